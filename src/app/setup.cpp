#include "app/setup.hpp"

#include "app/command.hpp"
#include "app/on_database.hpp"
#include "app/routes.hpp"
#include "crypto/digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace app {
namespace {

constexpr std::chrono::seconds patience{60};

// Each of them may lead through the pooler, the owner's too where there is one role only.
db::options options_for(configuration const& s, std::string const& url) {
    return {.url = url, .unnamed_statements = s.pooled_transactions};
}

core::task<void> sync(db::scope db, http::registry const& routes, ::identity::permission_changes& out) {
    auto const declared = routes.permissions();
    auto const done =
        co_await db.transact({}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
            out = co_await ::identity::sync_permissions(t, declared);
            co_return core::nothing{};
        });
    if (!done)
        throw setup_error("The permissions could not be brought up to date: " +
                          std::string(done.error().what->message));
}

core::task<void> make_owner(db::scope db, configuration const& s, setup_done& done) {
    crypto::password_pool passwords;
    std::string const password = s.owner_password.empty() ? crypto::random_token(12) : s.owner_password;
    auto const made = co_await ::identity::ensure_owner(db, passwords, {s.owner_email, "Owner", password});
    if (!made) {
        std::string why(made.error().what->message);
        for (auto const& v : made.error().violations)
            why += " " + v.pointer.substr(1) + " " + v.message + ".";
        throw setup_error("The owner could not be made: " + why, exit_usage);
    }
    if (!*made) co_return;
    done.owner_email = s.owner_email;
    if (s.owner_password.empty()) done.owner_password = password;
}

std::string public_address(configuration const& s, std::string listening) {
    return s.public_url.empty() ? listening : s.public_url;
}

// The published password is for a shop that nobody else can reach.
core::task<void> load_sample(db::scope db, configuration const& s, setup_heard const& heard,
                             setup_done& done) {
    crypto::password_pool passwords;
    auto const currency = core::currency::unchecked(s.currency);  // checked when the settings were read
    sample::hiring const staff{
        is_loopback(s.listen) ? std::string(sample::staff_password) : crypto::random_token(12), heard.hired};
    done.sample_loaded = (co_await sample::load(db, passwords, currency,
                                                public_address(s, "http://" + to_string(s.listen)), staff))
                             .has_value();
    done.sample_there = done.sample_loaded || co_await sample::is_there(db);
}

core::task<void> find_published_among(db::scope db, crypto::password_pool& passwords,
                                      std::span<sample::account const> all, ::identity::account_kind of,
                                      setup_done& done) {
    for (sample::account const& who : all)
        if (co_await ::identity::signs_in_with(db, passwords, of, std::string(who.email),
                                               std::string(sample::staff_password)))
            done.published.emplace_back(who.email);
}

// A shop that was tried out on one's own machine, and listens for others now.
core::task<void> find_published(db::scope db, setup_done& done) {
    crypto::password_pool passwords;
    using kind = ::identity::account_kind;
    co_await find_published_among(db, passwords, sample::staff, kind::staff, done);
    co_await find_published_among(db, passwords, sample::shoppers, kind::customer, done);
}

std::string holders_of(::identity::permission_holders const& one) {
    if (one.roles.empty() && one.api_keys.empty()) return "No role held it.";
    std::string out;
    if (!one.roles.empty()) out = fmt::format("Held by: {}.", fmt::join(one.roles, ", "));
    if (!one.api_keys.empty())
        out += fmt::format("{}API keys that hold it: {}.", out.empty() ? "" : " ",
                           fmt::join(one.api_keys, ", "));
    return out;
}

}  // namespace

::identity::permission_changes sync_permissions(configuration const& settings,
                                                std::string const& database_url) {
    http::registry routes;
    add_domain_routes(routes);
    ::identity::permission_changes out;
    on_database(options_for(settings, database_url), patience,
                [&](db::scope db) { return sync(db, routes, out); });
    return out;
}

std::vector<std::string> sentences_about(::identity::permission_changes const& done) {
    std::vector<std::string> out;
    for (auto const& gone : done.retired)
        out.push_back(fmt::format("The permission {} is retired: its route is gone. {}", gone.permission,
                                  holders_of(gone)));
    for (auto const& back : done.revived)
        out.push_back(fmt::format("The permission {} counts again: its route is back. {}", back.permission,
                                  holders_of(back)));
    return out;
}

void show_sample_pictures_at(configuration const& settings, std::string const& database_url,
                             std::string_view address) {
    std::string const shown = public_address(settings, std::string(address));
    on_database(options_for(settings, database_url), patience,
                [&](db::scope db) { return sample::move_pictures(db, shown); });
}

void make_configured_owner(configuration const& settings, std::string const& database_url) {
    if (settings.owner_password.empty()) return;
    setup_done done;
    on_database(options_for(settings, database_url), patience,
                [&](db::scope db) { return make_owner(db, settings, done); });
}

setup_done set_up_shop(configuration const& settings, cluster_urls const& urls, setup_heard heard) {
    for (std::string const& sentence : sentences_about(sync_permissions(settings, urls.app)))
        heard.told(sentence);
    setup_done done;
    db::options const options = options_for(settings, urls.app);
    on_database(options, patience, [&](db::scope db) { return make_owner(db, settings, done); });
    if (!done.owner_email.empty()) heard.owner_made(done);
    if (settings.sample)
        on_database(options_for(settings, urls.owner), patience,
                    [&](db::scope db) { return load_sample(db, settings, heard, done); });
    if (!is_loopback(settings.listen))
        on_database(options, patience, [&](db::scope db) { return find_published(db, done); });
    return done;
}

}  // namespace app
