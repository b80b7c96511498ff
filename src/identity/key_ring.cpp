#include "identity/key_ring.hpp"

#include "core/random.hpp"
#include "crypto/digest.hpp"

#include <algorithm>
#include <stdexcept>

namespace identity {
namespace {

std::string context_of(std::string_view kid) { return "signing-key:" + std::string(kid); }

std::optional<crypto::signing_key> opened(signing_key_row const& row, crypto::secret_key const& opener) {
    std::string_view const sealed(reinterpret_cast<char const*>(row.secret_key.data()),
                                  row.secret_key.size());
    auto seed = crypto::open(opener, sealed, context_of(row.id));
    if (!seed || seed->size() != crypto::signing_key::seed_size) return std::nullopt;
    crypto::signing_key key(std::span<std::uint8_t const, crypto::signing_key::seed_size>(
        reinterpret_cast<std::uint8_t const*>(seed->data()), crypto::signing_key::seed_size));
    crypto::wipe(*seed);
    if (key.kid() != row.id) return std::nullopt;
    return key;
}

}  // namespace

key_ring::key_ring(std::vector<signing_key_row> const& rows, std::string issuer,
                   crypto::secret_key const& opener, core::steady::time_point loaded)
    : issuer_(std::move(issuer)) {
    for (signing_key_row const& row : rows) {
        crypto::signing_key::public_bytes key;
        if (row.public_key.size() != key.size())
            throw std::runtime_error("a signing key has another size than 32 bytes");
        std::ranges::copy(row.public_key, key.begin());
        set_.accept(key);
        published_.push_back(key);
        if (auto own = opened(row, opener))
            own_.push_back({*std::move(own), loaded + std::chrono::microseconds(row.starts_in_us)});
    }
}

crypto::signing_key const* key_ring::signer(core::steady::time_point at) const {
    if (issuer_.empty()) return nullptr;
    auto const found = std::ranges::find_if(own_, [at](own_key const& k) { return k.signs_from <= at; });
    return found == own_.end() ? nullptr : &found->key;
}

std::string key_ring::public_document() const {
    std::string out = R"({"keys":[)";
    for (auto const& key : published_) {
        if (out.back() == '}') out.push_back(',');
        out.append(R"({"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")")
            .append(crypto::key_thumbprint(key))
            .append(R"(","x":")")
            .append(crypto::to_base64url(key))
            .append("\"}");
    }
    return out.append("]}");
}

crypto::secret_key sealing_key_of(crypto::secret_key const& configured) {
    return configured.derive("carrack signing keys");
}

crypto::secret_key mails_key_of(crypto::secret_key const& configured) {
    return configured.derive("carrack mails");
}

bool opens_any(std::vector<signing_key_row> const& rows, crypto::secret_key const& opener) {
    return std::ranges::any_of(rows,
                               [&](signing_key_row const& row) { return opened(row, opener).has_value(); });
}

namespace {

crypto::signing_key key_of(std::string& seed) {
    std::span<std::uint8_t, crypto::signing_key::seed_size> const bytes(
        reinterpret_cast<std::uint8_t*>(seed.data()), crypto::signing_key::seed_size);
    core::fill_random(bytes);
    return crypto::signing_key{std::span<std::uint8_t const, crypto::signing_key::seed_size>(bytes)};
}

}  // namespace

signing_key_row make_signing_key(crypto::secret_key const& sealer) {
    std::string seed(crypto::signing_key::seed_size, '\0');
    crypto::signing_key key = key_of(seed);
    while (key.kid().starts_with('-')) key = key_of(seed);  // `carrack keys retire` would take it for a flag
    std::string const sealed = crypto::seal(sealer, seed, context_of(key.kid()));
    crypto::wipe(seed);
    return {.id = key.kid(),
            .public_key = {key.public_key().begin(), key.public_key().end()},
            .secret_key = {sealed.begin(), sealed.end()},
            .starts_in_us = 0};
}

}  // namespace identity
