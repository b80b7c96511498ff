// The keys that sign access tokens, as one process holds them: read from the database, opened with the
// configured key. Never changed once it is made.
#pragma once

#include "crypto/jwt.hpp"
#include "crypto/secret_box.hpp"
#include "identity/store_rights.hpp"

#include <memory>

namespace identity {

class key_ring {
public:
    // `rows` in the order of preference. A key that the opener does not open still verifies.
    key_ring(std::vector<signing_key_row> const& rows, std::string issuer, crypto::secret_key const& opener);

    bool can_sign() const { return can_sign_; }            // has a key to sign with, and an issuer to sign as
    std::string const& issuer() const { return issuer_; }  // the shop's, of all servers; empty: not yet
    // The keys to verify with, and the one to sign with if there is one.
    crypto::key_set const& keys() const { return set_; }
    std::string public_document() const;  // a JSON Web Key Set (RFC 7517, 8037)

private:
    std::string issuer_;
    crypto::key_set set_;
    bool can_sign_;
    std::vector<crypto::signing_key::public_bytes> published_;
};

// What seals the signing keys, made from the configured key.
crypto::secret_key sealing_key_of(crypto::secret_key const& configured);
bool opens_any(std::vector<signing_key_row> const& rows, crypto::secret_key const& opener);

// A new key, its secret half sealed: a row to store.
signing_key_row make_signing_key(crypto::secret_key const& sealer);

}  // namespace identity
