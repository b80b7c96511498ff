#include "app/migration.hpp"

#include "db/address.hpp"
#include "db/error.hpp"

#include <fmt/format.h>

namespace app {

namespace {

constexpr char const* address_not_understood =
    "The database's address cannot be understood; write postgresql://user:password@host:5432/database, with "
    "what is "
    "special in a password percent-encoded.";

std::string sentence(std::string text) {
    // libpq breaks its lines before a hint.
    for (std::size_t at; (at = text.find(" \t")) != std::string::npos;) text.replace(at, 2, ". ");
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text.ends_with('.') || text.ends_with('?') ? text : text + ".";
}

// libpq quotes what it cannot understand, passwords included; we don't.
bool is_about_the_address(std::string_view text) {
    for (std::string_view const mark :
         {"URI", "connection info string", "connection option", "percent-encoded"})
        if (text.find(mark) != std::string_view::npos) return true;
    return false;
}

// What libpq says when there is no libpq says what to install.
bool is_about_the_library(std::string_view text) {
    return text.find("client library") != std::string_view::npos;
}

constexpr char const* remedy_for_the_way =
    "Check that the database server runs, that CARRACK_DATABASE_URL (for migrations "
    "CARRACK_DATABASE_OWNER_URL) names it, and that it lets this machine in.";

std::string remedy_for(std::string_view sqlstate) {
    if (sqlstate == "3D000") return "Make that database, or name another in CARRACK_DATABASE_URL.";
    if (sqlstate == "42501") return "Let an administrator grant the role CONNECT on that database.";
    return "Correct the role and its password in CARRACK_DATABASE_URL (for migrations "
           "CARRACK_DATABASE_OWNER_URL), or let the role in (pg_hba.conf on the server).";
}

}  // namespace

void in_plain_words(std::function<void()> const& work) {
    try {
        work();
    } catch (db::migration_refused const& e) {
        throw setup_error(sentence(e.what()));
    } catch (db::refused const& e) {
        throw database_trouble(sentence(e.what()), remedy_for(e.sqlstate()));
    } catch (db::unavailable const& e) {
        if (is_about_the_address(e.what())) throw setup_error(address_not_understood, exit_usage);
        if (is_about_the_library(e.what())) throw setup_error(sentence(e.what()));
        throw database_trouble(sentence(e.what()), remedy_for_the_way);
    } catch (std::invalid_argument const&) {
        throw setup_error(address_not_understood, exit_usage);
    } catch (db::error const& e) {
        std::string const what =
            sentence(fmt::format("The database refused {}", e.what()));  // names the statement
        if (e.sqlstate() != "42501") throw setup_error(what);
        throw setup_error(
            what + " Run carrack migrate with CARRACK_DATABASE_OWNER_URL naming a role that may do that.");
    }
}

void check_named_database(configuration const& settings) {
    if (settings.database_url.empty()) return;
    in_plain_words([&] { db::pending(settings.database_owner_url); });
}

db::migrated migrate_database(database_at_hand const& at, say_function const& say) {
    db::migrated done;
    in_plain_words([&] {
        db::migrate_options options;
        options.owner_url = at.owner_url();
        if (at.app_url() != at.owner_url()) {
            auto const app = db::parse_address(at.app_url());
            options.app_role = app.user;
            options.app_role_password = app.password;
        }
        options.applied = [&](db::migration const& m) {
            say(fmt::format("Migrated: {:04}_{}.", m.number, m.name));
        };
        done = db::migrate(options);
    });
    if (done.role_created) say("Made the role that the server connects as.");
    if (done.single_role) say(single_role_warning);
    return done;
}

}  // namespace app
