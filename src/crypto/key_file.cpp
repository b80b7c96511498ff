// The file of a secret key: made once, whole or not at all, and never shared with other users.
#include "crypto/digest.hpp"
#include "crypto/secret_box.hpp"
#include "crypto/sodium.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace crypto {
namespace {

struct descriptor {
    int fd;
    explicit descriptor(int f) : fd(f) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor() {
        if (fd >= 0) close(fd);
    }
};

[[noreturn]] void refuse(std::filesystem::path const& path, std::string const& why) {
    throw key_file_error("The key file " + path.string() + " " + why);
}

std::string system_reason() { return std::strerror(errno); }

// Wiped however its scope is left.
struct wiped_text {
    std::string value;
    ~wiped_text() { wipe(value); }
};

secret_key read_key(int fd, std::filesystem::path const& path) {
    struct stat about{};
    if (fstat(fd, &about) != 0) refuse(path, "cannot be examined: " + system_reason() + ".");
    if (!S_ISREG(about.st_mode)) refuse(path, "is not a regular file; name another place for it.");
    if ((about.st_mode & 077) != 0)
        refuse(path, "can be read by other users; run `chmod 600 " + path.string() +
                         "`, and replace the key if others may have seen it.");
    if (about.st_uid != geteuid() && about.st_uid != 0)
        refuse(path, "belongs to another user; let the user that runs the server own it.");
    wiped_text text{std::string(257, '\0')};
    ssize_t const got = read(fd, text.value.data(), text.value.size());
    if (got < 0) refuse(path, "cannot be read: " + system_reason() + ".");
    std::string_view line(text.value.data(), static_cast<std::size_t>(got));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    auto key = secret_key::parse(line);
    if (!key)
        refuse(path,
               "does not hold a key: expected 32 bytes in base64 or hexadecimal; restore it from a backup.");
    return *key;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t const put = write(fd, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

// Written beside its place and linked there when it is complete on disk: a crash leaves no half key, and of
// two processes the first link wins.
void make_file(std::filesystem::path const& path) {
    std::filesystem::path const draft = path.string() + "." + random_token(9) + ".new";
    descriptor const file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0) refuse(path, "cannot be made: " + system_reason() + ".");
    wiped_text text{to_hex(secret_key::make().bytes()) + "\n"};
    bool const written = write_all(file.fd, text.value) && fsync(file.fd) == 0;
    bool const placed = written && (link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
    std::string const reason = system_reason();
    unlink(draft.c_str());
    if (!placed) refuse(path, "cannot be made: " + reason + ".");
    std::filesystem::path const folder = path.has_parent_path() ? path.parent_path() : ".";
    descriptor const directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory.fd >= 0) fsync(directory.fd);
}

}  // namespace

std::optional<secret_key> load_key_file(std::filesystem::path const& path) {
    descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (file.fd >= 0) return read_key(file.fd, path);
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP) refuse(path, "is a symbolic link; name the file itself.");
    refuse(path, "cannot be read: " + system_reason() + ".");
}

secret_key load_or_make_key_file(std::filesystem::path const& path) {
    if (auto key = load_key_file(path)) return *key;
    make_file(path);
    if (auto key = load_key_file(path)) return *key;
    refuse(path, "is gone again just after it was made.");
}

}  // namespace crypto
