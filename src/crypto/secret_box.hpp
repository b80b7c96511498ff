// Secrets at rest: XChaCha20-Poly1305 under a key that lives in a file or a variable of its own, never
// in the database beside what it protects.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace crypto {

// Thirty-two secret bytes, overwritten when they go.
class secret_key {
public:
    static constexpr std::size_t size = 32;

    static secret_key make();
    explicit secret_key(std::span<std::uint8_t const, size> bytes);
    // 64 hexadecimal digits, or base64 of 32 bytes in either alphabet; nothing for anything else.
    static std::optional<secret_key> parse(std::string_view text);
    secret_key(secret_key const&) = default;
    secret_key& operator=(secret_key const&) = default;
    ~secret_key();

    std::span<std::uint8_t const, size> bytes() const { return bytes_; }

    // Another key for another purpose; from it nobody learns this one.
    secret_key derive(std::string_view purpose) const;

private:
    secret_key() = default;
    std::array<std::uint8_t, size> bytes_{};
};

// `context` says what the secret belongs to ("webhook:0191…"): the same words are needed to open it, so
// that a sealed value cannot be moved to another row.
std::string seal(secret_key const& key, std::string_view plain, std::string_view context);
// Nothing when the key or the context is another one, or a single bit was changed.
std::optional<std::string> open(secret_key const& key, std::string_view sealed, std::string_view context);

// What is wrong with a key file and what to do about it, in one sentence.
struct key_file_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Nothing when there is no such file. Throws as below.
std::optional<secret_key> load_key_file(std::filesystem::path const& path);

// Reads the key, or makes the file with a new one (mode 0600). Two processes that start at once end up with
// the same key. Throws key_file_error for a file that others can read, or that holds no key.
secret_key load_or_make_key_file(std::filesystem::path const& path);

}  // namespace crypto
