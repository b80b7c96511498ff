// Access tokens: EdDSA-signed JWTs (RFC 7515, 8037, 9068) in the one form that we issue ourselves.
// Whatever differs from that form in its header is refused before anything in it is read (RFC 8725).
#pragma once

#include "core/time.hpp"
#include "core/uuid.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace crypto {

inline constexpr std::size_t token_size_max = 4096;
inline constexpr std::chrono::seconds leeway_max{30};

struct access_claims {
    std::string iss;
    core::uuid sub;  // the user
    std::string aud;
    core::timestamp exp;  // whole seconds in the token; fractions are cut off
    core::timestamp nbf;
    core::timestamp iat;
    core::uuid jti;
    core::uuid sid;  // the sign-in that this token belongs to
    std::string client_id;

    bool operator==(access_claims const&) const = default;
};

enum class token_fault : std::uint8_t {
    oversized,
    malformed,  // not three parts of strict base64url, or claims that are missing or of another type
    header,     // not exactly the header of one of our keys
    signature,
    issuer,
    audience,
    expired,
    not_yet_valid,
};
std::string_view to_string(token_fault f);  // for logs; a client is told 401 and no more

class signing_key {
public:
    static constexpr std::size_t seed_size = 32;
    using public_bytes = std::array<std::uint8_t, 32>;
    using signature = std::array<std::uint8_t, 64>;

    static signing_key make();
    explicit signing_key(std::span<std::uint8_t const, seed_size> seed);  // Ed25519's private key
    signing_key(signing_key const&) = default;
    signing_key& operator=(signing_key const&) = default;
    ~signing_key();

    std::string const& kid() const { return kid_; }  // the key's thumbprint (RFC 7638)
    public_bytes const& public_key() const { return public_; }
    signature sign(std::string_view message) const;

private:
    std::string kid_;
    public_bytes public_{};
    std::array<std::uint8_t, 64> secret_{};
};

std::string key_thumbprint(signing_key::public_bytes const& key);

// Strictly as RFC 8032 says: 64 bytes, S in range, no point of small order.
bool is_signed(std::string_view message, std::span<std::uint8_t const> signature,
               signing_key::public_bytes const& by);

std::string sign(access_claims const& claims, signing_key const& by);

// The keys whose signatures count.
class key_set {
public:
    key_set() = default;
    explicit key_set(signing_key::public_bytes const& only) { accept(only); }

    void accept(signing_key::public_bytes const& key);  // verify with it

    std::uint64_t revision() const { return revision_; }  // another after each change, in no set twice

    struct accepted {
        std::string kid;
        std::string header;  // the only one that tokens of this key have, in base64url
        signing_key::public_bytes key;
    };
    accepted const* find(std::string_view header) const;

private:
    std::vector<accepted> accepted_;
    std::uint64_t revision_ = 0;
};

struct token_rules {
    std::string issuer;
    std::string audience;
    std::chrono::seconds leeway{5};   // at most leeway_max; more is refused by throwing std::invalid_argument
    std::string other_audience = {};  // of who issues for two; the claims say for which a token is
};

std::variant<access_claims, token_fault> verify(std::string_view token, key_set const& keys,
                                                token_rules const& rules, core::timestamp now);

// What one thread has verified: a token's signature is paid for once, its times are looked at every
// time. Bounded; the longest unused goes first. Forgets everything when the keys change.
class verified_tokens {
public:
    explicit verified_tokens(token_rules rules, std::size_t capacity = 4096);

    // The claims stay valid until the next call.
    std::variant<access_claims const*, token_fault> verify(std::string_view token, key_set const& keys,
                                                           core::timestamp now);

    std::size_t size() const { return by_digest_.size(); }

private:
    using digest = std::array<std::uint64_t, 2>;
    struct hash {
        std::size_t operator()(digest const& d) const { return static_cast<std::size_t>(d[0]); }
    };
    struct entry {
        digest key;
        access_claims claims;
    };

    digest digest_of(std::string_view token) const;
    void forget_all();

    token_rules rules_;
    std::size_t capacity_;
    std::array<unsigned char, 16> secret_;  // keys the digest, so that nobody can aim at a neighbour's
    std::uint64_t revision_ = 0;
    std::list<entry> recent_;  // the latest used in front
    std::unordered_map<digest, std::list<entry>::iterator, hash> by_digest_;
};

}  // namespace crypto
