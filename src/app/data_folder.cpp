#include "app/data_folder.hpp"

#include "app/command.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace app {

namespace fs = std::filesystem;

void prepare_data_folder(fs::path const& data) {
    std::error_code error;
    bool const there = fs::exists(data, error);
    bool const made = !there && fs::create_directories(data, error);
    if (!there && error)
        throw setup_error(fmt::format("The data folder {} cannot be made: {}; choose another with --data.",
                                      data.string(), error.message()),
                          exit_usage);
    if (made) ::chmod(data.c_str(), ::geteuid() == 0 ? 0711 : 0700);
    if (auto fault = folder_fault(data); !fault.empty()) throw setup_error(fault, exit_usage);
}

std::string folder_fault(fs::path const& data) {
    struct stat about{};
    if (::stat(data.c_str(), &about) != 0)
        return fmt::format("The data folder {} cannot be used: {}; choose another with --data.",
                           data.string(), std::generic_category().message(errno));
    if (!S_ISDIR(about.st_mode))
        return fmt::format("{} is a file, not a folder; choose another with --data.", data.string());
    if (::access(data.c_str(), R_OK | W_OK | X_OK) != 0)
        return fmt::format(
            "The data folder {} cannot be read and written by this user: {}; give it to the user or choose "
            "another with --data.",
            data.string(), std::generic_category().message(errno));
    return {};
}

fs::path key_file_in(fs::path const& data) { return data / "secret.key"; }

crypto::secret_key find_or_make_secret_key(configuration const& settings) {
    if (settings.secret_key) return *settings.secret_key;
    try {
        return crypto::load_or_make_key_file(key_file_in(settings.data));
    } catch (crypto::key_file_error const& e) {
        throw setup_error(e.what(), exit_usage);
    }
}

bool holds_cluster(fs::path const& data) {
    std::error_code error;
    if (fs::exists(data / "postgres" / "data" / "PG_VERSION", error)) return true;
    // It may lie elsewhere, or out of our sight: what is wrong then is told by whoever opens it.
    return error || fs::is_symlink(fs::symlink_status(data / "postgres", error));
}

void require_shop(configuration const& settings) {
    if (!settings.database_url.empty()) return;
    std::error_code error;
    if (fs::exists(settings.data, error))
        if (auto fault = folder_fault(settings.data); !fault.empty()) throw setup_error(fault, exit_usage);
    if (!holds_cluster(settings.data))
        throw setup_error(
            fmt::format("There is no shop in {}; `carrack up` makes one, or name another with --data.",
                        settings.data.string()),
            exit_usage);
}

std::optional<file_lock> file_lock::try_take(fs::path const& file, kind k) {
    descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd.get() < 0)
        throw setup_error(
            fmt::format("{} cannot be opened: {}; the data folder belongs to another user, or choose another "
                        "with --data.",
                        file.string(), std::generic_category().message(errno)),
            exit_usage);
    while (::flock(fd.get(), (k == kind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return std::nullopt;
        if (errno != EINTR)
            throw setup_error(fmt::format("{} cannot be locked: {}; keep the data folder on a local disk.",
                                          file.string(), std::generic_category().message(errno)),
                              exit_usage);
    }
    return file_lock(std::move(fd));
}

void file_lock::write(std::string_view who) const {
    if (::ftruncate(fd_.get(), 0) == 0) (void)!::pwrite(fd_.get(), who.data(), who.size(), 0);
}

std::string lock_holder(fs::path const& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

}  // namespace app
