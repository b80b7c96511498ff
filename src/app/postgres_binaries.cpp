#include "app/postgres_binaries.hpp"

#include "app/command.hpp"
#include "app/parsing.hpp"
#include "app/process.hpp"
#include "db/migrate.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace app {

namespace fs = std::filesystem;

namespace {

bool has_programs(fs::path const& folder) {
    return ::access((folder / "postgres").c_str(), X_OK) == 0 &&
           ::access((folder / "initdb").c_str(), X_OK) == 0;
}

// "postgres (PostgreSQL) 15.18 (Debian …)" or "PostgreSQL 16beta1": the first number of the text.
int major_version_in(std::string const& text) {
    auto const digit = text.find_first_of("0123456789");
    if (digit == std::string::npos) return 0;
    auto const end = std::min(text.find_first_not_of("0123456789", digit), text.size());
    return static_cast<int>(parse_number(text.substr(digit, end - digit), 0, 1000).value_or(0));
}

void add(std::vector<postgres_binaries>& found, fs::path const& folder, int version) {
    if (folder.empty() || !has_programs(folder)) return;
    std::error_code error;
    fs::path const real = fs::canonical(folder, error);
    for (auto const& f : found)
        if (f.folder == real) return;
    if (version == 0)
        version = major_version_in(run_to_end({.words = {(real / "postgres").string(), "--version"}}).output);
    if (version != 0) found.push_back({real, version});
}

// Folders with the version in their name need no program run to know it.
void add_versioned(std::vector<postgres_binaries>& found, fs::path const& root, std::string const& prefix) {
    std::error_code error;
    for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
        std::string const name = at->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        auto const version = parse_number(name.substr(prefix.size()), 1, 1000);
        if (version) add(found, at->path() / "bin", static_cast<int>(*version));
    }
}

void add_from_path(std::vector<postgres_binaries>& found) {
    char const* const path = std::getenv("PATH");
    std::string rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        auto const colon = std::min(rest.find(':'), rest.size());
        fs::path const folder = rest.substr(0, colon);
        rest.erase(0, colon + 1);
        if (!folder.is_absolute()) continue;
        add(found, folder, 0);
        if (::access((folder / "pg_config").c_str(), X_OK) == 0) {
            std::string told = run_to_end({.words = {(folder / "pg_config").string(), "--bindir"}}).output;
            told.erase(told.find_last_not_of(" \n") + 1);
            add(found, told, 0);
        }
    }
}

void newest_first(std::vector<postgres_binaries>& found) {
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return a.version > b.version; });
}

std::vector<postgres_binaries> find_in_usual_places() {
    std::vector<postgres_binaries> found;
    add_versioned(found, "/usr/lib/postgresql", "");  // Debian and its kin
    add_versioned(found, "/usr/lib", "postgresql");   // Alpine, Gentoo
    add_versioned(found, "/usr", "pgsql-");           // the RPMs of postgresql.org
    newest_first(found);
    return found;
}

std::optional<postgres_binaries> pick(std::vector<postgres_binaries> const& found, int version) {
    for (auto const& f : found)
        if (version == 0 ? f.version >= db::oldest_server : f.version == version) return f;
    return std::nullopt;
}

}  // namespace

std::vector<postgres_binaries> find_postgres() {
    auto found = find_in_usual_places();
    add(found, "/usr/local/pgsql/bin", 0);
    add_from_path(found);
    newest_first(found);
    return found;
}

postgres_binaries choose_postgres(int version) {
    if (auto const usual = pick(find_in_usual_places(), version)) return *usual;
    return choose_postgres(version, find_postgres());
}

postgres_binaries choose_postgres(int version, std::vector<postgres_binaries> const& found) {
    if (auto const any = pick(found, version)) return *any;
    std::string list;
    for (auto const& f : found)
        list += fmt::format("{}PostgreSQL {} in {}", list.empty() ? "" : ", ", f.version, f.folder.string());
    if (list.empty()) list = "none was found";
    if (version != 0)
        throw setup_error(
            fmt::format("The database in the data folder was made by PostgreSQL {0} and needs that version's "
                        "programs ({1}); install the package postgresql-{0}.",
                        version, list));
    throw setup_error(
        fmt::format("PostgreSQL {} or newer is needed to run a private database ({}); install the package "
                    "postgresql, or set CARRACK_DATABASE_URL to a server you have.",
                    db::oldest_server, list));
}

}  // namespace app
