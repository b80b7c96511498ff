#include "app/command.hpp"
#include "app/json_text.hpp"
#include "app/migration.hpp"
#include "app/setup.hpp"
#include "app/stop_signal.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace app {

namespace {

constexpr own_flag flags[] = {{"--json", "", "the outcome as a JSON object"}};

void say(std::string_view sentence) { fmt::print(stderr, "{}\n", sentence); }

std::string as_json(std::vector<::identity::retired_permission> const& retired) {
    std::string out;
    for (auto const& gone : retired) {
        std::string roles;
        for (std::string const& role : gone.roles) roles += (roles.empty() ? "" : ",") + json_text(role);
        out += fmt::format("{}{{\"permission\":{},\"roles\":[{}]}}", out.empty() ? "" : ",",
                           json_text(gone.permission), roles);
    }
    return out;
}

int run(invocation const& i) {
    catch_stop_signals();
    database_at_hand const at(i.settings, database_at_hand::purpose::command, "migrate", say);
    auto const done = migrate_database(at, say);
    auto const retired = sync_permissions(i.settings, at.app_url());
    for (auto const& gone : retired) say(sentence_about(gone));
    make_configured_owner(i.settings, at.app_url());
    if (i.given.has("--json"))
        fmt::print("{{\"from\":{},\"to\":{},\"single_role\":{},\"retired\":[{}]}}\n", done.from, done.to,
                   done.single_role, as_json(retired));
    else if (done.from == done.to)
        fmt::print("The database is up to date, at migration {}.\n", done.to);
    else
        fmt::print("The database is now at migration {}; it was at {}.\n", done.to, done.from);
    return exit_done;
}

}  // namespace

command const migrate_command{"migrate", "", "brings the database's tables up to date", flags, 0, true, run};

}  // namespace app
