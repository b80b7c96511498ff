// The keys that sign access tokens, as one process holds them: read from the database, opened with the
// configured key. Never changed once it is made: a key that is still to come begins to sign when its time has
// come, without another look.
#pragma once

#include "crypto/jwt.hpp"
#include "crypto/secret_box.hpp"
#include "identity/store_rights.hpp"

#include <memory>

namespace identity {

class key_ring {
public:
    // `rows`, the newest first, as they were at `loaded`. A key that the opener does not open still verifies.
    key_ring(std::vector<signing_key_row> const& rows, std::string issuer, crypto::secret_key const& opener,
             core::steady::time_point loaded = core::steady::now());

    std::string const& issuer() const { return issuer_; }  // the shop's, of all servers; empty: not yet
    // What signs at that moment: the newest of our keys that has begun. Null without one, or without an
    // issuer to sign as.
    crypto::signing_key const* signer(core::steady::time_point at = core::steady::now()) const;
    crypto::key_set const& keys() const { return set_; }  // to verify with
    std::string public_document() const;                  // a JSON Web Key Set (RFC 7517, 8037)

private:
    struct own_key {
        crypto::signing_key key;
        core::steady::time_point signs_from;
    };

    std::string issuer_;
    crypto::key_set set_;
    std::vector<own_key> own_;  // the newest first
    std::vector<crypto::signing_key::public_bytes> published_;
};

// What seals the signing keys, made from the configured key.
crypto::secret_key sealing_key_of(crypto::secret_key const& configured);
crypto::secret_key mails_key_of(crypto::secret_key const& configured);  // seals the tokens in mails
bool opens_any(std::vector<signing_key_row> const& rows, crypto::secret_key const& opener);

// A new key, its secret half sealed: a row to store.
signing_key_row make_signing_key(crypto::secret_key const& sealer);

}  // namespace identity
