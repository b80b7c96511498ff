// Users and roles made under an Idempotency-Key: once, also when eight ask at once.
#include "crypto/digest.hpp"
#include "identity_shop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;

core::task<heard> post_keyed(node& n, std::string path, std::string body, std::string token,
                             std::string key) {
    return n.ask({.verb = http::method::post,
                  .path = path,
                  .body = body,
                  .token = token,
                  .fields = {{"idempotency-key", key}}});
}

core::task<void> keep(node& n, std::string path, std::string body, std::string token, heard& into) {
    into = co_await post_keyed(n, std::move(path), std::move(body), std::move(token), "race");
}

// Eight at once: one does it, the others get its answer or are told to ask again.
core::task<void> race(node& n, std::string path, std::string body, std::string token) {
    std::vector<heard> got(8);
    std::vector<core::task<void>> all;
    for (heard& h : got) all.push_back(keep(n, path, body, token, h));
    co_await all_of(std::move(all));
    std::vector<std::string> winners;
    for (heard const& h : got)
        if (h.status == 201 && h.field("Idempotency-Replayed").empty()) winners.push_back(h.text("id"));
    EXPECT_EQ(winners.size(), 1u) << path;
    if (winners.empty()) co_return;
    for (heard const& h : got)
        if (h.status == 201)
            EXPECT_EQ(h.text("id"), winners.front());
        else
            EXPECT_EQ(h.code(), "idempotency_key_in_use") << h.body;
}

TEST(identity_idempotency, a_repeated_user_is_made_once) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const body = user_body("ada@example.com", quoted(role_id(n, "viewer")));
        auto const made = co_await post_keyed(n, "/v1/admin/users", body, token, "k");
        EXPECT_EQ(made.status, 201);
        std::string const before = fingerprint(n);
        auto const again = co_await post_keyed(n, "/v1/admin/users", body, token, "k");
        EXPECT_EQ(again.status, 201);
        EXPECT_EQ(again.body, made.body);
        EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
        std::string other_password = body;
        other_password.replace(body.find(staff_password), 1, "A");
        for (auto const& other : {other_password, user_body("ada@example.com", ""),
                                  user_body("bob@example.com", quoted(role_id(n, "viewer")))})
            EXPECT_EQ((co_await post_keyed(n, "/v1/admin/users", other, token, "k")).code(),
                      "idempotency_key_reused")
                << other;
        EXPECT_EQ(fingerprint(n), before);
        co_await race(n, "/v1/admin/users", user_body("carl@example.com", ""), token);
        EXPECT_EQ((co_await n.token_of("ada@example.com", staff_password)).empty(), false);
    });
}

TEST(identity_idempotency, a_password_leaves_no_digest_that_is_fast_to_guess) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const body = user_body("ada@example.com", "");
        EXPECT_EQ((co_await post_keyed(n, "/v1/admin/users", body, token, "k")).status, 201);
        auto const with_length = [](std::string_view part) {
            std::uint64_t const size = part.size();
            return std::string(reinterpret_cast<char const*>(&size), sizeof size) + std::string(part);
        };
        std::string const plain =
            crypto::sha256_hex(with_length("POST") + with_length("/v1/admin/users") + with_length(body));
        EXPECT_EQ(look(n, "select count(*) from ops.idempotency_keys"), "1");
        EXPECT_EQ(look(n, "select count(*) from ops.idempotency_keys where encode(fingerprint, 'hex') = '" +
                              plain + "'"),
                  "0");
    });
}

TEST(identity_idempotency, a_repeated_role_is_made_once) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const body = R"({"name":"Packers"})";
        auto const made = co_await post_keyed(n, "/v1/admin/roles", body, token, "k");
        EXPECT_EQ(made.status, 201);
        auto const again = co_await post_keyed(n, "/v1/admin/roles", body, token, "k");
        EXPECT_EQ(again.body, made.body);
        EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
        EXPECT_EQ((co_await post_keyed(n, "/v1/admin/roles", R"({"name":"Pickers"})", token, "k")).code(),
                  "idempotency_key_reused");
        co_await race(n, "/v1/admin/roles", R"({"name":"Drivers"})", token);
        EXPECT_EQ(look(n, "select count(*) from identity.roles where name in ('Packers', 'Drivers')"), "2");
    });
}

}  // namespace
