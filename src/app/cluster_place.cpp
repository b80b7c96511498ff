#include "app/cluster_place.hpp"

#include "app/command.hpp"
#include "app/postmaster.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t socket_path_max = 100;  // bytes, of the 107 that fit

std::string error_text() { return std::generic_category().message(errno); }

std::string short_hash(std::string_view text) {  // FNV-1a: tells folders apart, hides nothing
    std::uint64_t hash = 14695981039346656037ULL;
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return fmt::format("{:012x}", hash & 0xFFFF'FFFF'FFFFULL);
}

identity require(std::optional<identity> found, std::string const& whom) {
    if (!found)
        throw setup_error(fmt::format(
            "The system has no name for the user {}, and PostgreSQL will not run without one; add the "
            "user, or set CARRACK_DATABASE_URL to a server you have.",
            whom));
    return *found;
}

identity unprivileged_user() {
    if (auto const postgres = find_identity("postgres"); postgres && postgres->user != 0) return *postgres;
    return require(find_identity("nobody"), "nobody");
}

// A folder of mode 0700 that belongs to `as`, or to us.
void make_private(fs::path const& folder, std::optional<identity> const& as) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        throw setup_error(fmt::format("The folder {} cannot be made: {}.", folder.string(), error_text()));
    if (as && ::lchown(folder.c_str(), as->user, as->group) != 0)
        throw setup_error(fmt::format("The folder {} cannot be given to the user {}: {}.", folder.string(),
                                      as->name, error_text()));
}

void refuse_foreign(fs::path const& folder, uid_t wanted) {
    struct stat about{};
    bool const there = ::lstat(folder.c_str(), &about) == 0;
    if (there && S_ISDIR(about.st_mode) && about.st_uid == wanted && (about.st_mode & 077) == 0) return;
    throw setup_error(fmt::format("{} must be a folder that only its owner can enter, and is not; remove it.",
                                  folder.string()));
}

// What is left of a data folder that somebody deleted, its cluster elsewhere included.
void set_aside(fs::path const& home, say_function const& say) {
    std::error_code error;
    if (!fs::exists(home / "data" / "PG_VERSION", error)) {
        fs::remove_all(home, error);
        return;
    }
    stop_postmaster(home / "data");
    fs::path const aside = fmt::format("{}.old-{}", home.string(), std::time(nullptr));
    fs::rename(home, aside);
    say(fmt::format(
        "A database of an earlier data folder at this place was kept as {}; remove it when it is not needed.",
        aside.string()));
}

fs::path place_elsewhere(fs::path const& data, identity const& as, say_function const& say) {
    fs::path const root = "/var/lib/carrack";
    std::error_code error;
    fs::create_directories(root, error);
    if (error)
        throw setup_error(fmt::format("The folder {} cannot be made: {}.", root.string(), error.message()));
    ::chmod(root.c_str(), 0755);
    std::string name = data.filename().string();
    name.erase(0, name.find_first_not_of('.'));
    fs::path const home = root / fmt::format("{}-{}", name, short_hash(data.string()));
    if (fs::exists(fs::symlink_status(home))) set_aside(home, say);
    make_private(home, as);
    if (!can_enter(as, home))
        throw setup_error(
            fmt::format("The user {} can reach neither {} nor {}; choose another folder with --data.",
                        as.name, data.string(), home.string()));
    fs::create_symlink(home, data / "postgres");
    say(fmt::format("PostgreSQL runs as the user {}, who cannot reach {}; its files are in {}.", as.name,
                    data.string(), home.string()));
    return home;
}

cluster_place settle_as_root(fs::path const& data, say_function const& say) {
    fs::path const link = data / "postgres";
    std::error_code error;
    auto const status = fs::symlink_status(link, error);
    bool const linked = fs::is_symlink(status);
    if (linked && !fs::is_directory(link, error))
        throw setup_error(fmt::format(
            "The database of {} lay in {}, which is no longer there; bring it back, or remove {} to begin "
            "with an empty one.",
            data.string(), fs::read_symlink(link).string(), link.string()));
    struct stat about{};
    bool const there = ::stat(link.c_str(), &about) == 0;
    // A cluster stays with the user who made it; one that was never given to anybody goes to ours.
    identity const as = there && about.st_uid != 0
                            ? require(find_identity(about.st_uid), std::to_string(about.st_uid))
                            : unprivileged_user();
    if (!linked) make_private(link, as);
    if (fs::path const home = fs::canonical(link); can_enter(as, home)) return {home, as, as.name};
    if (linked || fs::exists(link / "data", error))
        throw setup_error(fmt::format(
            "PostgreSQL runs as the user {}, who can no longer reach {}; let the folders above it be "
            "entered (chmod o+x), or move the data folder.",
            as.name, fs::canonical(link).string()));
    fs::remove(link);
    return {place_elsewhere(data, as, say), as, as.name};
}

bool fits(fs::path const& folder) {
    return (folder / fmt::format(".s.PGSQL.{}", cluster_port)).string().size() <= socket_path_max;
}

fs::path short_folder(cluster_place const& place) {
    std::string const name = short_hash(place.home.string());
    std::error_code error;
    if (place.as) {
        fs::path const root = "/run/carrack";
        fs::create_directories(root, error);
        if (!error) return root / name;
    }
    char const* const runtime = std::getenv("XDG_RUNTIME_DIR");
    struct stat about{};
    bool const usable = !place.as && runtime != nullptr && ::stat(runtime, &about) == 0 &&
                        about.st_uid == ::geteuid() && fits(fs::path(runtime) / ("carrack-" + name));
    return fs::path(usable ? runtime : "/tmp") / ("carrack-" + name);
}

}  // namespace

cluster_place settle_cluster(fs::path const& data, say_function const& say) {
    if (::geteuid() == 0) return settle_as_root(data, say);
    fs::path const home = data / "postgres";
    make_private(home, std::nullopt);
    struct stat about{};
    if (::stat(home.c_str(), &about) != 0 || about.st_uid != ::geteuid())
        throw setup_error(
            fmt::format(
                "The database in {} belongs to another user; run this as that user (or as root, when root "
                "made it), or choose another folder with --data.",
                home.string()),
            exit_usage);
    return {fs::canonical(home), std::nullopt,
            require(find_identity(::geteuid()), std::to_string(::geteuid())).name};
}

fs::path settle_sockets(cluster_place const& place) {
    fs::path folder = place.home / "run";
    if (!fits(folder)) folder = short_folder(place);
    make_private(folder, place.as);
    refuse_foreign(folder, place.as ? place.as->user : ::geteuid());
    return folder;
}

}  // namespace app
