#include "app/cluster_files.hpp"

#include "app/command.hpp"
#include "app/descriptor.hpp"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace app {

namespace fs = std::filesystem;

namespace {

std::string quoted(std::string const& text) {  // a string in postgresql.conf
    std::string out = "'";
    for (char const c : text) (out += c) += c == '\'' ? "'" : "";
    return out + "'";
}

// Linux tells of every error while writing back from 5.8 on; before, syncfs() might hide one.
bool syncfs_tells_all() {
    utsname system{};
    int major = 0, minor = 0;
    return ::uname(&system) == 0 && std::sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 8));
}

std::string settings_text(cluster_settings const& s) {
    return fmt::format(
        "# Written by Carrack at every start; change settings with ALTER SYSTEM instead.\n"
        "listen_addresses = ''\n"
        "port = 5432\n"
        "unix_socket_directories = {}\n"
        "unix_socket_permissions = 0700\n"
        "hba_file = {}\n"
        "ident_file = {}\n"
        "password_encryption = 'scram-sha-256'\n"
        "max_connections = 100\n"
        "shared_buffers = '128MB'\n"
        "fsync = on\n"
        "full_page_writes = on\n"
        "synchronous_commit = on\n"
        "jit = off\n"
        "# Small queries gain nothing from it, and its shared memory is scarce in containers.\n"
        "max_parallel_workers_per_gather = 0\n"
        "random_page_cost = 1.1\n"
        "logging_collector = off\n"
        "log_destination = 'stderr'\n"
        "log_line_prefix = '%m [%p] '\n"
        "# What shoppers type does not belong into this log.\n"
        "log_min_error_statement = 'panic'\n"
        "log_error_verbosity = 'terse'\n"
        "log_timezone = 'UTC'\n"
        "timezone = 'UTC'\n"
        "datestyle = 'iso, mdy'\n"
        "# After a crash everything is synced before it is read: file by file that takes seconds.\n"
        "recovery_init_sync_method = '{}'\n",
        quoted(s.sockets.string()), quoted((s.pgdata / "carrack_hba.conf").string()),
        quoted((s.pgdata / "carrack_ident.conf").string()), syncfs_tells_all() ? "syncfs" : "fsync");
}

// The kernel says who connects: the user that PostgreSQL runs as, and root, who could read the files
// anyway. Nobody else gets past the socket's folder, and nobody has a password to lose.
std::string ident_text(cluster_settings const& s) {
    std::string out = "# Written by Carrack at every start.\n";
    for (std::string_view const role : {"carrack_app", "carrack_owner", "postgres"}) {
        out += fmt::format("carrack \"{}\" {}\n", s.cluster_user, role);
        if (s.cluster_user != "root") out += fmt::format("carrack root {}\n", role);
    }
    return out;
}

constexpr std::string_view hba_text =
    "# Written by Carrack at every start.\n"
    "local all all peer map=carrack\n";

void write_file(fs::path const& file, std::string_view text, std::optional<identity> const& as) {
    std::ifstream current(file);
    std::stringstream content;
    content << current.rdbuf();
    if (current && content.str() == text) return;

    // O_EXCL: the folder belongs to another user when we are root, and we follow no link of theirs.
    fs::path const fresh = file.string() + ".new";
    ::unlink(fresh.c_str());
    descriptor const fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    bool const written = fd.get() >= 0 &&
                         ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         (!as || ::fchown(fd.get(), as->user, as->group) == 0) && ::fsync(fd.get()) == 0 &&
                         ::rename(fresh.c_str(), file.c_str()) == 0;
    if (!written)
        throw setup_error(
            fmt::format("{} cannot be written: {}.", file.string(), std::generic_category().message(errno)));
}

}  // namespace

void write_cluster_files(fs::path const& into, cluster_settings const& s) {
    write_file(into / "carrack_hba.conf", hba_text, s.as);
    write_file(into / "carrack_ident.conf", ident_text(s), s.as);
    write_file(into / "carrack.conf", settings_text(s), s.as);
}

void include_settings(fs::path const& pgdata) {
    std::ofstream conf(pgdata / "postgresql.conf", std::ios::app);
    conf << "\ninclude 'carrack.conf'\n";
    conf.flush();
    if (!conf) throw setup_error(fmt::format("{} cannot be written.", (pgdata / "postgresql.conf").string()));
}

std::string_view setup_sql() {
    return "create role carrack_owner login;\n\n"
           "create role carrack_app login;\n\n"
           "create database carrack owner carrack_owner;\n\n"
           "revoke all on database carrack from public;\n\n"
           "grant connect on database carrack to carrack_app;\n\n";
}

}  // namespace app
