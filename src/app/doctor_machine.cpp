#include "app/command.hpp"
#include "app/data_folder.hpp"
#include "app/doctor.hpp"
#include "app/postgres_binaries.hpp"

#include <cerrno>
#include <fstream>
#include <set>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace app {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t mebibyte = 1024 * 1024;
constexpr std::uintmax_t space_fails_below = 100 * mebibyte, space_warns_below = 1024 * mebibyte;
constexpr rlim_t files_wanted = 4096;

finding examine_folder(fs::path const& data) {
    std::error_code error;
    fs::path there = data;
    while (!there.empty() && there != there.parent_path() && !fs::exists(there, error))
        there = there.parent_path();
    bool const made = there == data;
    if (auto const fault = made ? folder_fault(data) : ""; !fault.empty())
        return {"data folder", verdict::failed, fault,
                "Give the folder to this user, or choose another with --data."};
    if (!made && ::access(there.c_str(), W_OK | X_OK) != 0)
        return {"data folder", verdict::failed,
                fmt::format("{} is not there, and this user may not make it.", data.string()),
                "Make it for this user, or choose another with --data."};
    auto const free = fs::space(there, error).available;
    std::string const says =
        fmt::format("{} {}; {} MiB are free.", data.string(),
                    made ? "can be read and written" : "will be made at the first start", free / mebibyte);
    if (error || free >= space_warns_below) return {"data folder", verdict::ok, says};
    return {"data folder", free < space_fails_below ? verdict::failed : verdict::warning, says,
            "Make room on that disk."};
}

finding examine_key(configuration const& c) {
    if (c.secret_key) return {"secret key", verdict::ok, "It comes from CARRACK_SECRET_KEY."};
    fs::path const file = key_file_in(c.data);
    try {
        bool const there = crypto::load_key_file(file).has_value();
        return {"secret key", verdict::ok,
                fmt::format("{} {}.", file.string(),
                            there ? "holds it, for this user alone" : "will be made at the first start")};
    } catch (crypto::key_file_error const& e) {
        return {"secret key", verdict::failed, e.what(),
                "Mend the file or bring it back from a backup: what is sealed with one key no other opens."};
    }
}

// Secrets in a file that everybody can read.
std::vector<finding> examine_file(std::vector<setting_in_force> const& in_force) {
    std::set<std::string> files;
    for (auto const& s : in_force) {
        bool const secret = s.what->kind == setting_kind::secret || s.what->kind == setting_kind::secret_url;
        if (s.from == source::file && secret) files.insert(s.where.substr(s.where.find(" in ") + 4));
    }
    std::vector<finding> out;
    for (auto const& file : files) {
        struct stat about{};
        if (::stat(file.c_str(), &about) == 0 && (about.st_mode & 077) != 0)
            out.push_back({"configuration", verdict::warning,
                           fmt::format("{} holds secrets and can be read by other users.", file),
                           fmt::format("chmod 600 {}", file)});
    }
    return out;
}

finding examine_programs(configuration const& c) {
    std::ifstream in(c.data / "postgres" / "data" / "PG_VERSION");
    int version = 0;
    in >> version;
    try {
        auto const found = choose_postgres(version);
        return {"PostgreSQL", verdict::ok,
                fmt::format("The programs of version {} are in {}.", found.version, found.folder.string())};
    } catch (setup_error const& e) {
        return {"PostgreSQL", verdict::failed, e.what(), "Install the package and try again."};
    }
}

int try_to_bind(endpoint const& e) {  // 0, or errno
    bool const v6 = e.address.find(':') != std::string::npos;
    sockaddr_in6 six{};
    sockaddr_in four{};
    six.sin6_family = AF_INET6;
    four.sin_family = AF_INET;
    six.sin6_port = four.sin_port = htons(e.port);
    ::inet_pton(v6 ? AF_INET6 : AF_INET, e.address.c_str(),
                v6 ? static_cast<void*>(&six.sin6_addr) : &four.sin_addr);
    descriptor const s(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int const yes = 1;
    ::setsockopt(s.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto const address =
        v6 ? reinterpret_cast<sockaddr const*>(&six) : reinterpret_cast<sockaddr const*>(&four);
    bool const free =
        ::bind(s.get(), address, v6 ? sizeof six : sizeof four) == 0 && ::listen(s.get(), 1) == 0;
    return free ? 0 : errno;
}

finding examine_port(std::string const& what, std::string_view flag, endpoint const& e,
                     fs::path const& data) {
    if (e.port == 0) return {what, verdict::ok, "Any free port will be taken."};
    int const error = try_to_bind(e);
    if (error == 0) return {what, verdict::ok, fmt::format("{} is free.", to_string(e))};
    std::error_code ignored;
    if (error == EADDRINUSE && fs::exists(data / "lock", ignored) &&
        ::access((data / "lock").c_str(), R_OK | W_OK) == 0 &&
        !file_lock::try_take(data / "lock", file_lock::kind::exclusive))
        return {what, verdict::ok,
                fmt::format("{} is in use, and {} runs on this data folder.", to_string(e),
                            lock_holder(data / "lock"))};
    return {
        what, verdict::failed,
        fmt::format("{} cannot be listened on: {}.", to_string(e), std::generic_category().message(error)),
        fmt::format("Stop the other program, or choose another address with {}.", flag)};
}

finding examine_limits() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    std::string const says = fmt::format("{} files and connections may be open at once.", files.rlim_cur);
    if (files.rlim_cur >= files_wanted) return {"limits", verdict::ok, says};
    return {
        "limits", verdict::warning, says,
        fmt::format("Raise the limit: ulimit -n {}, or LimitNOFILE in the service's unit.", files_wanted)};
}

}  // namespace

std::vector<finding> examine_machine(configuration const& c, std::vector<setting_in_force> const& in_force) {
    std::vector<finding> out{examine_folder(c.data), examine_key(c)};
    for (auto& f : examine_file(in_force)) out.push_back(std::move(f));
    if (c.database_url.empty()) out.push_back(examine_programs(c));
    out.push_back(examine_port("address", "--listen", c.listen, c.data));
    if (c.metrics_listen.given())
        out.push_back(examine_port("metrics", "--metrics-listen", c.metrics_listen, c.data));
    out.push_back(examine_limits());
    return out;
}

}  // namespace app
