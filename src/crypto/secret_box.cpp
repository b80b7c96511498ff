#include "crypto/secret_box.hpp"

#include "core/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/sodium.hpp"

#include <algorithm>

namespace crypto {
namespace {

constexpr char format_version = 1;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t head_size = 1 + nonce_size;

unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

}  // namespace

secret_key secret_key::make() {
    secret_key key;
    core::fill_random(key.bytes_);
    return key;
}

secret_key::secret_key(std::span<std::uint8_t const, size> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

secret_key::~secret_key() { sodium_memzero(bytes_.data(), bytes_.size()); }

std::optional<secret_key> secret_key::parse(std::string_view text) {
    std::optional<core::bytes> read;
    if (text.size() == 64) {
        read = from_hex(text);
    } else if (text.size() == 43 || text.size() == 44) {
        if (text.size() == 44 && text.back() != '=') return std::nullopt;
        std::string plain(text.substr(0, 43));
        std::replace(plain.begin(), plain.end(), '+', '-');
        std::replace(plain.begin(), plain.end(), '/', '_');
        read = from_base64url(plain);
        wipe(plain);
    }
    if (!read || read->size() != size) return std::nullopt;
    secret_key key(std::span<std::uint8_t const, size>(read->data(), size));
    sodium_memzero(read->data(), read->size());
    return key;
}

secret_key secret_key::derive(std::string_view purpose) const {
    secret_key out;
    crypto_generichash(out.bytes_.data(), size, crypto::bytes_of(purpose), purpose.size(), bytes_.data(),
                       size);
    return out;
}

std::string seal(secret_key const& key, std::string_view plain, std::string_view context) {
    start_sodium();
    std::string out(head_size + plain.size() + tag_size, '\0');
    out[0] = format_version;
    core::fill_random(std::span(bytes_of(out) + 1, nonce_size));
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(out) + head_size, nullptr, bytes_of(plain),
                                               plain.size(), bytes_of(context), context.size(), nullptr,
                                               bytes_of(out) + 1, key.bytes().data());
    return out;
}

std::optional<std::string> open(secret_key const& key, std::string_view sealed, std::string_view context) {
    start_sodium();
    if (sealed.size() < head_size + tag_size || sealed[0] != format_version) return std::nullopt;
    std::string plain(sealed.size() - head_size - tag_size, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes_of(plain), nullptr, nullptr, bytes_of(sealed) + head_size, sealed.size() - head_size,
            bytes_of(context), context.size(), bytes_of(sealed) + 1, key.bytes().data()) != 0)
        return std::nullopt;
    return plain;
}

}  // namespace crypto
