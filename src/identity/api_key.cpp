#include "identity/api_key.hpp"

#include "core/random.hpp"
#include "crypto/digest.hpp"

#include <array>

namespace identity {
namespace {

constexpr std::string_view mark = "carrack_";
constexpr std::size_t shown_bytes = 4;
constexpr std::size_t prefix_size = mark.size() + 2 * shown_bytes;
constexpr std::size_t secret_size = 43;
constexpr std::size_t token_size = prefix_size + 1 + secret_size;

core::bytes digest_of(std::string_view token) {
    auto const digest = crypto::sha256(token);
    return {digest.begin(), digest.end()};
}

}  // namespace

api_key make_api_key() {
    std::array<std::uint8_t, shown_bytes> shown;
    core::fill_random(shown);
    api_key out;
    out.prefix = std::string(mark) + crypto::to_hex(shown);
    out.token = out.prefix + "_" + crypto::random_token();
    out.digest = digest_of(out.token);
    return out;
}

bool has_api_key_form(std::string_view token) { return token.starts_with(mark); }

std::optional<core::bytes> api_key_digest(std::string_view token) {
    if (!has_api_key_form(token) || token.size() != token_size || token[prefix_size] != '_')
        return std::nullopt;
    return digest_of(token);
}

}  // namespace identity
