// Signing keys: renewed and taken out while servers run, so that no token is refused that is good, and none
// is good that shall not be.
#include "app/housekeeping.hpp"
#include "db/session.hpp"
#include "identity/keys.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using identity::key_state;
using identity::retire_how;

constexpr auto a_look_later = 1100ms;
crypto::secret_key key_of_the_shop() { return *crypto::secret_key::parse(std::string(64, '7')); }
crypto::secret_key another_key() { return *crypto::secret_key::parse(std::string(64, '8')); }

db::scope use(node& n) { return n.database.use(in(5s)); }
void run(node& n, std::string const& sql) { db::session(n.of.url).run(sql); }

std::string kid_of(std::string const& token) {
    auto const header = crypto::from_base64url(token.substr(0, token.find('.')));
    auto const read = json::parse(std::string(header->begin(), header->end()));
    return std::string(read.at("kid").as_string());
}

core::task<std::vector<std::string>> published(node& n) {
    auto const keys = co_await n.get("/.well-known/jwks.json", {});
    EXPECT_EQ(keys.field("cache-control"), "public, max-age=2");
    std::vector<std::string> out;
    for (auto const& key : keys.body.at("keys").as_array()) out.emplace_back(key.at("kid").as_string());
    co_return out;
}

// As if so many seconds had passed since the keys were made.
void let_pass(node& n, int seconds) {
    run(n, "update identity.signing_keys set active_at = active_at - interval '" + std::to_string(seconds) +
               " seconds'; update ops.versions set version = version + 1 where name = 'keys'");
}

core::task<int> session_status(node& n, std::string token) {
    co_return (co_await n.get("/v1/auth/session", token)).status;
}

TEST(identity_keys, a_new_key_is_known_everywhere_before_it_signs) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const before = co_await owner_token(a);
        EXPECT_EQ(co_await session_status(b, before), 200);
        auto const made = co_await identity::rotate_keys(use(a), key_of_the_shop());
        EXPECT_TRUE(made.has_value());
        std::string const fresh = made->key.id;
        EXPECT_EQ(made->state, key_state::coming);
        EXPECT_NEAR(static_cast<double>(made->key.signs_from.us - core::now().us), 5e6, 1e6);

        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b}) {
            EXPECT_THAT(co_await published(*n), testing::UnorderedElementsAre(kid_of(before), fresh));
            EXPECT_EQ(kid_of(co_await owner_token(*n)), kid_of(before)) << "its time has not come";
        }
        // Nobody looks any more: what they hold in memory says when it begins.
        auto const looked = look(a, "select version from ops.versions where name = 'keys'");
        co_await loop::sleep(4200ms);
        for (node* n : {&a, &b}) {
            std::string const token = co_await owner_token(*n);
            EXPECT_EQ(kid_of(token), fresh);
            for (node* other : {&a, &b}) {
                EXPECT_EQ(co_await session_status(*other, token), 200);
                EXPECT_EQ(co_await session_status(*other, before), 200) << "the old one goes on verifying";
            }
        }
        EXPECT_EQ(look(a, "select version from ops.versions where name = 'keys'"), looked);
        EXPECT_EQ(look(a,
                       "select string_agg(concat_ws(' ', actor_kind, action, resource_id), ',') from "
                       "audit.entries where resource = 'signing_keys'"),
                  "system carrack keys rotate " + fresh);
    });
}

TEST(identity_keys, a_superseded_key_goes_when_its_last_token_has_expired_and_not_before) {
    with_shop([](node& n) -> core::task<void> {
        std::string const old = kid_of(co_await owner_token(n));
        auto const retire = [&](std::string id) {
            return identity::retire_key(use(n), std::nullopt, id, retire_how::when_spent);
        };
        auto const refused_with = [&](std::string id) -> core::task<std::string> {
            auto const outcome = co_await retire(id);
            co_return outcome ? "" : std::string(outcome.error().what->code);
        };
        auto const trail = [&] { return look(n, "select count(*) from audit.entries"); };
        std::string const entries = trail();
        EXPECT_EQ(co_await refused_with(old), "signing_key_in_use");
        EXPECT_EQ(co_await refused_with("nothing like a key"), "signing_key_not_found");
        EXPECT_EQ(trail(), entries);
        auto const made = co_await identity::rotate_keys(use(n), key_of_the_shop());
        EXPECT_EQ(co_await refused_with(made->key.id), "signing_key_to_come");
        EXPECT_EQ(co_await refused_with(old), "signing_key_in_use") << "until the next one begins";
        let_pass(n, 6);
        auto const early = co_await retire(old);
        EXPECT_FALSE(early.has_value());
        EXPECT_EQ(early.error().what, &identity::signing_key_not_spent);
        auto const keys = co_await identity::list_keys(use(n));
        EXPECT_EQ(keys.size(), 2u);
        EXPECT_EQ(keys[1].key.id, old);
        EXPECT_EQ(keys[1].spent_at->us - keys[0].key.signs_from.us, 320'000'000);
        EXPECT_THAT(early.error().detail, testing::HasSubstr(core::to_string(*keys[1].spent_at)));
        let_pass(n, 312);
        EXPECT_EQ(co_await refused_with(old), "signing_key_not_spent");
        let_pass(n, 8);
        EXPECT_EQ(co_await refused_with(old), "");
        EXPECT_EQ(co_await refused_with(old), "signing_key_not_found") << "once";
        n.service.changed();
        EXPECT_THAT(co_await published(n), testing::ElementsAre(made->key.id));
    });
}

TEST(identity_keys, one_that_was_stolen_is_refused_everywhere_and_another_signs_at_once) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        auto const begun = co_await a.post("/v1/auth/login", std::string(R"({"email":")") + owner_email +
                                                                 R"(","password":")" + owner_password +
                                                                 R"(","refresh":"body"})");
        std::string const stolen = begun.text("access_token");
        EXPECT_EQ(co_await session_status(b, stolen), 200);
        std::string const waiting = "of a server that has looked a moment ago";
        EXPECT_FALSE(
            (co_await identity::retire_key(use(a), std::nullopt, kid_of(stolen), retire_how::at_once))
                .has_value())
            << "there would be none to sign with";
        auto const strange =
            co_await identity::retire_key(use(a), another_key(), kid_of(stolen), retire_how::at_once);
        EXPECT_EQ(strange.error().what, &identity::secret_key_differs);
        auto const done =
            co_await identity::retire_key(use(a), key_of_the_shop(), kid_of(stolen), retire_how::at_once);
        EXPECT_TRUE(done.has_value());
        EXPECT_EQ(done->successor->state, key_state::signing);
        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b}) {
            EXPECT_EQ(co_await session_status(*n, stolen), 401) << waiting;
            EXPECT_EQ(kid_of(co_await owner_token(*n)), done->successor->key.id);
        }
        auto const renewed = co_await b.post("/v1/auth/refresh",
                                             R"({"refresh_token":")" + begun.text("refresh_token") + "\"}");
        EXPECT_EQ(renewed.status, 200) << "nobody has to sign in again";
    });
}

TEST(identity_keys, one_that_is_not_in_use_is_taken_out_without_another) {
    with_shop([](node& n) -> core::task<void> {
        std::string const signing = kid_of(co_await owner_token(n));
        auto const coming = co_await identity::rotate_keys(use(n), key_of_the_shop());
        auto const done =
            co_await identity::retire_key(use(n), std::nullopt, coming->key.id, retire_how::at_once);
        EXPECT_TRUE(done && !done->successor);
        n.service.changed();
        EXPECT_THAT(co_await published(n), testing::ElementsAre(signing));
        EXPECT_EQ(kid_of(co_await owner_token(n)), signing);
    });
}

TEST(identity_keys, a_key_that_the_servers_could_not_open_is_not_made) {
    with_shop([](node& n) -> core::task<void> {
        auto const first = co_await identity::rotate_keys(use(n), key_of_the_shop());
        EXPECT_TRUE(first.has_value()) << "before anybody has signed in";
        auto const outcome = co_await identity::rotate_keys(use(n), another_key());
        EXPECT_EQ(outcome.error().what, &identity::secret_key_differs);
        EXPECT_EQ((co_await identity::list_keys(use(n))).size(), 1u);
        // A key that is still to come does not sign, so the first sign-in makes one that does.
        std::string const token = co_await owner_token(n);
        EXPECT_NE(kid_of(token), first->key.id);
        EXPECT_EQ(co_await session_status(n, token), 200);
    });
}

TEST(identity_keys, the_housekeeping_retires_what_nobody_needs_and_raises_the_version) {
    with_shop([](node& n) -> core::task<void> {
        std::string const old = kid_of(co_await owner_token(n));
        auto const made = co_await identity::rotate_keys(use(n), key_of_the_shop());
        app::housekeeping keeper(app::every_chore());
        auto const version = [&] { return look(n, "select version from ops.versions where name = 'keys'"); };
        for (int const seconds : {6, 310}) {
            let_pass(n, seconds);
            std::string const before = version();
            co_await keeper.run(n.database);
            EXPECT_EQ(version(), before) << "nothing to do";
            EXPECT_EQ((co_await identity::list_keys(use(n))).size(), 2u);
        }
        let_pass(n, 10);
        std::string const before = version();
        {
            db::session other(n.of.url);
            other.run("begin; select version from ops.versions where name = 'keys' for update");
            co_await keeper.run(n.database);
            EXPECT_EQ((co_await identity::list_keys(use(n))).size(), 2u) << "it waits for nobody";
            other.run("rollback");  // hanging up would let go of it some time later
        }
        co_await keeper.run(n.database);
        EXPECT_NE(version(), before);
        co_await loop::sleep(a_look_later);
        EXPECT_THAT(co_await published(n), testing::ElementsAre(made->key.id));
        EXPECT_EQ(
            look(n, "select count(*) from identity.signing_keys where retired_at is not null and id = '" +
                        old + "'"),
            "1");
    });
}

}  // namespace
