// Tokens that the shop's own key has signed and that are wrong in one claim: as whoever had stolen the key
// for a moment would make them, or another program with the same key. Each is 401 by the doorkeeper, and a
// valid one still works.
#include "db/session.hpp"
#include "identity/audience.hpp"
#include "identity/key_ring.hpp"
#include "identity/rules.hpp"
#include "identity_shop.hpp"

#include "crypto/digest.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;
using namespace std::chrono_literals;

core::bytes bytes_of(std::optional<std::string> const& hex) { return *crypto::from_hex(hex.value()); }

// The shop's keys as the process that signs has them.
identity::key_ring ring_of(node& n) {
    auto const rows = db::session(n.of.url).query(
        "select id, encode(public_key, 'hex'), encode(secret_key, 'hex') from identity.signing_keys");
    std::vector<identity::signing_key_row> keys;
    for (auto const& row : rows) keys.push_back({row[0].value(), bytes_of(row[1]), bytes_of(row[2]), 0});
    return {keys, "https://shop.test", n.of.shared.sealing_key()};
}

core::timestamp moved(core::timestamp t, std::chrono::seconds by) {
    return {t.us + std::chrono::microseconds(by).count()};
}

TEST(identity_forged_tokens, signed_by_our_own_key_and_wrong_in_one_claim_are_refused) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        auto const ring = ring_of(n);
        if (ring.signer() == nullptr) throw std::runtime_error("the key of the shop does not open");
        crypto::token_rules const rules{.issuer = "https://shop.test",
                                        .audience = std::string(identity::staff_audience)};
        auto const seen = crypto::verify(token, ring.keys(), rules, core::now());
        auto const* const good = std::get_if<crypto::access_claims>(&seen);
        if (good == nullptr) throw std::runtime_error("the owner's token does not verify");
        EXPECT_EQ(good->exp.us - good->iat.us, std::chrono::microseconds(5min).count());
        EXPECT_EQ(good->nbf, good->iat);

        using change = void (*)(crypto::access_claims&);
        std::pair<char const*, change> const changes[] = {
            {"another issuer", [](auto& c) { c.iss = "https://elsewhere.test"; }},
            {"the issuer and a slash", [](auto& c) { c.iss += "/"; }},
            {"no issuer", [](auto& c) { c.iss.clear(); }},
            {"the shoppers' audience", [](auto& c) { c.aud = identity::shop_audience; }},
            {"another audience", [](auto& c) { c.aud = "carrack"; }},
            {"no audience", [](auto& c) { c.aud.clear(); }},
            {"expired for half a minute", [](auto& c) { c.exp = moved(core::now(), -30s); }},
            {"expired long ago", [](auto& c) { c.exp = moved(c.exp, -24h); }},
            {"not yet valid", [](auto& c) { c.nbf = moved(core::now(), 31s); }},
            {"issued in the future", [](auto& c) { c.iat = moved(core::now(), 31s); }},
        };
        for (auto const& [what, apply] : changes) {
            crypto::access_claims claims = *good;
            apply(claims);
            auto const answer = co_await n.get("/v1/admin/users", crypto::sign(claims, *ring.signer()));
            EXPECT_EQ(answer.status, 401) << what;
            EXPECT_EQ(answer.code(), "access_token_invalid") << what;
            EXPECT_EQ(answer.field("www-authenticate"), "Bearer error=\"invalid_token\"") << what;
        }
        // The same by another key, which says of itself that it is ours.
        EXPECT_EQ(
            (co_await n.get("/v1/admin/users", crypto::sign(*good, crypto::signing_key::make()))).status,
            401);
        // By the right key with nothing changed it is as good as the one that was given out.
        EXPECT_EQ((co_await n.get("/v1/admin/users", crypto::sign(*good, *ring.signer()))).status, 200);
        EXPECT_EQ((co_await n.get("/v1/admin/users", token)).status, 200);
    });
}

}  // namespace
