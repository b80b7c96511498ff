// `carrack keys`: the keys that sign access tokens, shown, renewed, taken out. Servers go on running
// meanwhile.
#include "app/command.hpp"
#include "app/data_folder.hpp"
#include "app/database_at_hand.hpp"
#include "app/json_text.hpp"
#include "app/migration.hpp"
#include "app/on_database.hpp"
#include "app/stop_signal.hpp"
#include "db/migrate.hpp"
#include "identity/keys.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace app {
namespace {

constexpr own_flag flags[] = {
    {"--json", "", "the outcome as JSON"},
    {"--now", "", "with retire: at once, for a key that was stolen; sign-ins go on with a refresh"},
};
constexpr std::chrono::seconds patience{30};

using ::identity::signing_key_view;

void say(std::string_view sentence) { fmt::print(stderr, "{}\n", sentence); }

std::optional<crypto::secret_key> key_at_hand(configuration const& settings) {
    if (settings.secret_key) return settings.secret_key;
    try {
        return crypto::load_key_file(key_file_in(settings.data));
    } catch (crypto::key_file_error const& e) {
        throw setup_error(e.what(), exit_usage);
    }
}

crypto::secret_key required_key(configuration const& settings) {
    if (auto key = key_at_hand(settings)) return *key;
    throw setup_error(
        "There is no secret key at hand; set CARRACK_SECRET_KEY to the servers', or name their data folder "
        "with "
        "--data.",
        exit_usage);
}

void on_shop(configuration const& settings, std::function<core::task<void>(db::scope)> const& work) {
    require_shop(settings);
    database_at_hand const at(settings, database_at_hand::purpose::command, "keys", say);
    in_plain_words([&] { db::require_current_schema(at.app_url()); });
    on_database({.url = at.app_url(), .unnamed_statements = settings.pooled_transactions}, patience, work);
}

[[noreturn]] void refuse(core::problem const& why) {
    throw setup_error(why.detail.empty() ? std::string(why.what->message) : why.detail);
}

std::string to_json(signing_key_view const& v) {
    std::string const spent = v.spent_at ? json_text(core::to_string(*v.spent_at)) : "null";
    return fmt::format(R"({{"key":{},"state":{},"created_at":{},"signs_from":{},"spent_at":{}}})",
                       json_text(v.key.id), json_text(::identity::name_of(v.state)),
                       json_text(core::to_string(v.key.created_at)),
                       json_text(core::to_string(v.key.signs_from)), spent);
}

std::string describe(signing_key_view const& v) {
    std::string const from = core::to_string(v.key.signs_from);
    switch (v.state) {
        case ::identity::key_state::coming: return fmt::format("{} will sign from {}\n", v.key.id, from);
        case ::identity::key_state::signing: return fmt::format("{} signs since {}\n", v.key.id, from);
        case ::identity::key_state::superseded: break;
    }
    return fmt::format("{} verifies tokens that are good until {}\n", v.key.id, core::to_string(*v.spent_at));
}

int list(invocation const& i) {
    std::vector<signing_key_view> keys;
    on_shop(i.settings, [&](db::scope db) -> core::task<void> { keys = co_await ::identity::list_keys(db); });
    if (!i.given.has("--json")) {
        for (auto const& key : keys) fmt::print("{}", describe(key));
        if (keys.empty()) fmt::print("There is no key yet; the first sign-in makes one.\n");
        return exit_done;
    }
    std::string out = "[";
    for (auto const& key : keys) out += (out.size() > 1 ? ",\n  " : "\n  ") + to_json(key);
    fmt::print("{}\n]\n", out);
    return exit_done;
}

int rotate(invocation const& i) {
    std::optional<signing_key_view> made;
    crypto::secret_key const key = required_key(i.settings);
    on_shop(i.settings, [&](db::scope db) -> core::task<void> {
        auto done = co_await ::identity::rotate_keys(db, key);
        if (!done) refuse(done.error());
        made = *std::move(done);
    });
    fmt::print("{}", i.given.has("--json") ? to_json(*made) + "\n" : describe(*made));
    return exit_done;
}

int retire(invocation const& i) {
    std::string const id = i.given.words[1];
    auto const how =
        i.given.has("--now") ? ::identity::retire_how::at_once : ::identity::retire_how::when_spent;
    ::identity::retired_key done;
    auto const key = key_at_hand(i.settings);
    on_shop(i.settings, [&](db::scope db) -> core::task<void> {
        auto outcome = co_await ::identity::retire_key(db, key, id, how);
        if (!outcome) refuse(outcome.error());
        done = *std::move(outcome);
    });
    if (i.given.has("--json")) {
        fmt::print("{{\"retired\":{},\"successor\":{}}}\n", json_text(id),
                   done.successor ? to_json(*done.successor) : "null");
        return exit_done;
    }
    fmt::print("{} is retired: no token of it is good any more.\n", id);
    if (done.successor) fmt::print("{}", describe(*done.successor));
    return exit_done;
}

int complain(std::string_view sentence) {
    fmt::print(stderr, "carrack: {} Write carrack keys list, rotate, or retire KEY.\n", sentence);
    return exit_usage;
}

int run(invocation const& i) {
    auto const& words = i.given.words;
    if (words.empty()) return complain("keys needs to know what to do.");
    std::string const& what = words[0];
    if (what != "list" && what != "rotate" && what != "retire")
        return complain(fmt::format("keys does not know \"{}\".", what));
    if (what == "retire" && words.size() < 2) return complain("retire needs to know which key.");
    if (what != "retire" && words.size() > 1)
        return complain(fmt::format("{} does not know what to do with \"{}\".", what, words[1]));
    if (what != "retire" && i.given.has("--now")) return complain("--now goes with retire alone.");
    catch_stop_signals();
    if (what == "list") return list(i);
    return what == "rotate" ? rotate(i) : retire(i);
}

}  // namespace

command const keys_command{
    "keys",
    "list|rotate|retire [KEY]",
    "shows, renews and takes out the keys that sign access tokens",
    flags,
    2,
    true,
    &run,
    "A new key begins to sign a few seconds after it was made, when every server has it; the one before it "
    "verifies until its last token has expired, and is then retired by the servers' housekeeping.\n"};

}  // namespace app
