// Staff and shoppers are apart: what one's tokens, cookies and passwords are to the other, which is nothing;
// and all that a shopper does with a sign-in, on two servers.
#include "customers.hpp"
#include "db/session.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;
using namespace std::chrono_literals;
using enum http::method;
using testing::HasSubstr;

constexpr auto next_password = "another horse altogether";

core::task<heard> refreshed(node& n, std::string cookies, std::string body) {
    co_return co_await n.ask({.verb = post,
                              .path = "/v1/auth/refresh",
                              .body = body,
                              .token = {},
                              .fields = {{"cookie", cookies}}});
}

core::task<int> status(node& n, std::string path, std::string token) {
    co_return (co_await n.get(path, token)).status;
}

std::string path_of(http::route const& route) {
    std::string path = route.path;
    if (auto const at = path.find("{id}"); at != path.npos)
        path.replace(at, 4, core::to_string(core::make_uuid7()));
    return path;
}

// Every route of identity, by who has nothing to do with it: as one whose token is nonsense.
TEST(identity_audiences, a_token_of_the_other_is_no_token) {
    with_shop([](node& n) -> core::task<void> {
        std::string const shopper = co_await new_shopper(n), owner = co_await owner_token(n);
        auto const key = co_await n.post(
            "/v1/admin/api-keys",
            R"({"name":"K","permissions":[{"method":"GET","route":"/v1/admin/users"}]})", owner);
        EXPECT_EQ(key.status, 201);
        std::string const before = fingerprint(n);
        std::size_t of_staff = 0, of_shoppers = 0;
        for (auto const& route : n.of.routes.routes()) {
            using level = http::access::kind;
            bool const staffs = route->allow.level == level::permitted || route->allow.level == level::staff;
            if (!staffs && route->allow.level != level::customer) continue;
            ++(staffs ? of_staff : of_shoppers);
            auto const nonsense = co_await n.ask({.verb = route->verb,
                                                  .path = path_of(*route),
                                                  .body = "{ no JSON",
                                                  .token = "nonsense",
                                                  .fields = {}});
            for (auto const& token : staffs ? std::vector{shopper} : std::vector{owner, key.text("token")}) {
                auto const seen = co_await n.ask({.verb = route->verb,
                                                  .path = path_of(*route),
                                                  .body = "{ no JSON",
                                                  .token = token,
                                                  .fields = {}});
                EXPECT_EQ(seen.status, 401) << route->path;
                EXPECT_EQ(seen.body, nonsense.body) << route->path;
                EXPECT_EQ(seen.field("www-authenticate"), nonsense.field("www-authenticate"));
            }
        }
        EXPECT_GE(of_staff, 20u);
        EXPECT_EQ(of_shoppers, 2u);
        EXPECT_EQ(fingerprint(n), before);
    });
}

TEST(identity_audiences, one_address_may_be_both_and_each_signs_in_as_itself) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await new_shopper(n, owner_email);
        EXPECT_EQ((co_await n.get("/v1/auth/session", token)).text("audience"), "shop");
        EXPECT_EQ((co_await n.get("/v1/auth/session", co_await owner_token(n))).text("audience"), "admin");
        EXPECT_EQ((co_await shop_login(n, owner_email, owner_password)).code(), "invalid_credentials");
        auto const staff =
            co_await n.post("/v1/auth/login", R"({"audience":"admin","email":"owner@example.com",)"
                                              R"("password":")" +
                                                  std::string(shopper_password) + "\"}");
        EXPECT_EQ(staff.code(), "invalid_credentials");
        auto const odd = co_await n.post("/v1/auth/login",
                                         R"({"audience":"till","email":"a@example.com","password":"x"})");
        EXPECT_EQ(odd.body.at("errors").at(0).at("pointer").as_string(), "/audience");
    });
}

TEST(identity_audiences, guesses_at_one_account_leave_the_other_alone) {
    with_shop([](node& n) -> core::task<void> {
        co_await new_shopper(n, owner_email);
        for (int i = 0; i < 9; ++i)
            co_await n.ask({.verb = post,
                            .path = "/v1/auth/login",
                            .body = R"({"audience":"shop","email":"owner@example.com","password":"guess"})",
                            .token = {},
                            .fields = {},
                            .remote = "198.51.100." + std::to_string(i)});
        auto const slowed =
            co_await n.ask({.verb = post,
                            .path = "/v1/auth/login",
                            .body = R"({"audience":"shop","email":"owner@example.com","password":"x"})",
                            .token = {},
                            .fields = {},
                            .remote = "198.51.100.100"});
        EXPECT_EQ(slowed.code(), "too_many_attempts");
        EXPECT_FALSE((co_await owner_token(n)).empty());
    });
}

TEST(identity_audiences, refreshing_keeps_the_audience_and_each_has_a_cookie) {
    with_shop([](node& n) -> core::task<void> {
        co_await new_shopper(n);
        auto const shop = co_await shop_login(n);
        auto const staff = co_await n.post(
            "/v1/auth/login", R"({"email":"owner@example.com","password":"correct horse battery"})");
        EXPECT_THAT(staff.field("set-cookie"), testing::StartsWith("__Host-carrack_refresh="));
        std::string const both = "__Host-carrack_refresh=" + staff.refresh_cookie() +
                                 "; __Host-carrack_shop_refresh=" + shop.refresh_cookie();
        auto const shops = co_await refreshed(n, both, R"({"audience":"shop"})");
        EXPECT_EQ((co_await n.get("/v1/auth/session", shops.text("access_token"))).text("audience"), "shop");
        EXPECT_THAT(shops.field("set-cookie"), testing::StartsWith("__Host-carrack_shop_refresh="));
        auto const staffs = co_await refreshed(n, both, "");
        EXPECT_EQ((co_await n.get("/v1/auth/session", staffs.text("access_token"))).text("audience"),
                  "admin");
        EXPECT_THAT(staffs.field("set-cookie"), testing::StartsWith("__Host-carrack_refresh="));
        // With one cookie alone the other is not meant.
        auto const none = co_await refreshed(n, "__Host-carrack_refresh=" + staffs.refresh_cookie(),
                                             R"({"audience":"shop"})");
        EXPECT_EQ(none.code(), "refresh_token_invalid");
    });
}

// A token that lies in the other's cookie, or is said to be the other's, is refused and neither spent nor
// taken for a copy.
TEST(identity_audiences, a_refresh_token_is_good_for_its_own_audience_alone) {
    with_shop([](node& n) -> core::task<void> {
        co_await new_shopper(n);
        auto const in = co_await shop_login(n, shopper_email, shopper_password, R"(,"refresh":"body")");
        std::string const token = in.text("refresh_token");
        EXPECT_EQ(token.size(), 43u);
        std::string const body = R"("refresh_token":")" + token + "\"";
        EXPECT_EQ((co_await refreshed(n, "__Host-carrack_refresh=" + token, "")).code(),
                  "refresh_token_invalid");
        EXPECT_EQ((co_await refreshed(n, "", R"({"audience":"admin",)" + body + "}")).code(),
                  "refresh_token_invalid");
        auto const next = co_await refreshed(n, "", "{" + body + "}");
        EXPECT_EQ(next.status, 200) << "whose it is need not be said";
        EXPECT_EQ((co_await n.get("/v1/auth/session", next.text("access_token"))).text("audience"), "shop");
    });
}

TEST(identity_audiences, a_spent_token_of_a_shopper_ends_its_family_on_both_servers) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        co_await new_shopper(a);
        auto const in = co_await shop_login(a, shopper_email, shopper_password, R"(,"refresh":"body")");
        std::string const first = R"({"refresh_token":")" + in.text("refresh_token") + "\"}";
        auto const second = co_await refreshed(a, "", first);
        co_await refreshed(b, "", R"({"refresh_token":")" + second.text("refresh_token") + "\"}");
        EXPECT_EQ((co_await refreshed(b, "", first)).code(), "refresh_token_invalid");
        co_await loop::sleep(1100ms);
        for (node* n : {&a, &b})
            EXPECT_EQ(co_await status(*n, "/v1/shop/account", in.text("access_token")), 401);
    });
}

TEST(identity_audiences, a_shopper_signs_out_here_there_and_everywhere) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const first = co_await new_shopper(a);
        std::string const owner = co_await owner_token(a);
        auto const in = co_await shop_login(b);
        std::string const second = in.text("access_token");
        auto const third = (co_await shop_login(a)).text("access_token");
        EXPECT_EQ(co_await status(b, "/v1/shop/account", first), 200);

        auto const out =
            co_await a.ask({.verb = post,
                            .path = "/v1/auth/logout",
                            .body = R"({"audience":"shop"})",
                            .token = {},
                            .fields = {{"cookie", "__Host-carrack_shop_refresh=" + in.refresh_cookie()}}});
        EXPECT_THAT(out.field("set-cookie"), testing::StartsWith("__Host-carrack_shop_refresh=; "));
        EXPECT_EQ(co_await status(a, "/v1/shop/account", second), 401);
        auto const own = co_await a.get("/v1/auth/sessions", first);
        EXPECT_EQ(own.body.at("data").as_array().size(), 2u);
        std::string const other(own.body.at("data").at(0).at("id").as_string());
        EXPECT_EQ((co_await a.change(remove, "/v1/auth/sessions/" + other, "", owner, "")).code(),
                  "session_not_found");
        EXPECT_EQ((co_await a.change(remove, "/v1/auth/sessions/" + other, "", first, "")).status, 204);
        EXPECT_EQ(co_await status(a, "/v1/shop/account", third), 401);
        co_await loop::sleep(1100ms);
        for (auto const& gone : {second, third}) EXPECT_EQ(co_await status(b, "/v1/shop/account", gone), 401);

        EXPECT_EQ((co_await b.change(remove, "/v1/auth/sessions", "", first, "")).status, 204);
        EXPECT_EQ(co_await status(b, "/v1/shop/account", first), 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ(co_await status(a, "/v1/shop/account", first), 401);
        EXPECT_EQ(co_await status(a, "/v1/auth/session", owner), 200) << "nobody else";
        EXPECT_EQ(look(a,
                       "select string_agg(concat_ws(' ', actor_kind, resource), ', ' order by id) from "
                       "audit.entries "
                       "where action in ('POST /v1/auth/logout', 'DELETE /v1/auth/sessions/{id}', 'DELETE "
                       "/v1/auth/sessions')"),
                  "customer sessions, customer sessions, customer customers");
    });
}

TEST(identity_audiences, another_password_ends_a_shoppers_other_sign_ins_on_both_servers) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const here = co_await new_shopper(a);
        std::string const there = (co_await shop_login(b)).text("access_token");
        EXPECT_EQ(co_await status(a, "/v1/shop/account", there), 200);
        auto const body = [](std::string const& current) {
            return R"({"current_password":")" + current + R"(","new_password":")" + next_password + "\"}";
        };
        EXPECT_EQ((co_await a.post("/v1/auth/password", body("a wrong one"), here)).code(),
                  "current_password_wrong");
        EXPECT_EQ((co_await a.post("/v1/auth/password", body(shopper_password), here)).status, 204);
        EXPECT_EQ(co_await status(a, "/v1/shop/account", there), 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ(co_await status(b, "/v1/shop/account", there), 401);
        EXPECT_EQ(co_await status(b, "/v1/shop/account", here), 200);

        // Forgotten, and set by mail: that ends all of them.
        EXPECT_EQ((co_await shop_login(b, shopper_email, next_password)).status, 200);
        EXPECT_EQ((co_await a.post("/v1/auth/password/forgot", R"({"email":"ada@example.com"})")).status,
                  202);
        EXPECT_TRUE((co_await mails_of(a)).empty()) << "no member of staff has this address";
        EXPECT_EQ(
            (co_await a.post("/v1/auth/password/forgot", R"({"email":"ada@example.com","audience":"shop"})"))
                .status,
            202);
        auto const mails = co_await mails_of(a);
        EXPECT_EQ(mails.size(), 1u);
        EXPECT_EQ((co_await a.post("/v1/auth/password/reset", R"({"token":")" + token_in(mails.at(0)) +
                                                                  R"(","new_password":"one more password"})"))
                      .status,
                  204);
        EXPECT_EQ(co_await status(a, "/v1/shop/account", here), 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ(co_await status(b, "/v1/shop/account", here), 401);
        EXPECT_EQ((co_await shop_login(b, shopper_email, "one more password")).status, 200);
        EXPECT_EQ(look(a,
                       "select string_agg(concat_ws(' ', actor_kind, resource), ', ' order by id) from "
                       "audit.entries "
                       "where action like 'POST /v1/auth/password%'"),
                  "customer customers, customer customers");
    });
}

TEST(identity_audiences, whoever_is_blocked_is_out_on_both_servers_and_stays_so) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const shopper = co_await new_shopper(a), owner = co_await owner_token(a);
        auto const in = co_await shop_login(b, shopper_email, shopper_password, R"(,"refresh":"body")");
        std::string const path = "/v1/admin/customers/" + customer_id(a);
        auto const seen = co_await a.get(path, owner);
        EXPECT_EQ(seen.text("status"), "active");
        EXPECT_EQ((co_await a.change(patch, path, R"({"status":"blocked"})", owner, "\"7-x\"")).status, 412);
        auto const blocked =
            co_await a.change(patch, path, R"({"status":"blocked"})", owner, seen.field("etag"));
        EXPECT_EQ(blocked.status, 200);
        EXPECT_EQ(blocked.text("status"), "blocked");
        EXPECT_EQ(co_await status(a, "/v1/shop/account", shopper), 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ(co_await status(b, "/v1/shop/account", shopper), 401);
        EXPECT_EQ(
            (co_await refreshed(b, "", R"({"refresh_token":")" + in.text("refresh_token") + "\"}")).code(),
            "refresh_token_invalid");
        EXPECT_EQ((co_await shop_login(b)).code(), "invalid_credentials");
        std::string const trail = look(a, "select count(*) from audit.entries");
        EXPECT_EQ((co_await a.change(patch, path, R"({"status":"blocked"})", owner, "")).status, 200);
        EXPECT_EQ(look(a, "select count(*) from audit.entries"), trail) << "was so already";
        EXPECT_EQ((co_await a.change(patch, path, R"({"status":"active"})", owner, "")).status, 200);
        EXPECT_EQ((co_await shop_login(b)).status, 200);
        EXPECT_EQ(co_await status(a, "/v1/shop/account", shopper), 401) << "what was ended stays ended";
        EXPECT_EQ(
            look(a,
                 "select string_agg(actor_kind || ' ' || (changes->0->>'after'), ', ' order by id) from "
                 "audit.entries where resource = 'customers' and action like 'PATCH%'"),
            "staff blocked, staff active");
    });
}

core::task<std::string> listed(node& n, std::string token, std::string query) {
    std::string out;
    for (std::string after;;) {
        auto const page = co_await n.get("/v1/admin/customers?limit=2" + query + after, token);
        for (auto const& one : page.body.at("data").as_array())
            out += std::string(one.at("email").as_string()).substr(0, 2) + " ";
        if (page.body.at("next").is_null()) co_return out;
        after = "&after=" + page.text("next");
    }
}

TEST(identity_audiences, customers_are_listed_by_age_address_and_status) {
    with_shop([](node& n) -> core::task<void> {
        for (int i = 0; i < 5; ++i)
            db::session(n.of.url).run(
                "insert into identity.users (id, kind, email, status, email_verified_at) values "
                "('01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f1" +
                std::to_string(i) + "', 'customer', 'C" + std::to_string(i) + "@example.com', '" +
                (i == 1 || i == 3 ? "blocked" : "active") + "', now())");
        std::string const owner = co_await owner_token(n);
        EXPECT_EQ(co_await listed(n, owner, ""), "C4 C3 C2 C1 C0 ");
        EXPECT_EQ(co_await listed(n, owner, "&status=blocked"), "C3 C1 ");
        EXPECT_EQ(co_await listed(n, owner, "&status=active"), "C4 C2 C0 ");
        EXPECT_EQ(co_await listed(n, owner, "&email=c2@EXAMPLE.com"), "C2 ");
        EXPECT_EQ(co_await listed(n, owner, "&email=c2@example.com&status=blocked"), "");
        EXPECT_EQ(co_await listed(n, owner, "&email=owner@example.com"), "");
        EXPECT_EQ((co_await n.get("/v1/admin/customers?after=nonsense", owner)).code(), "cursor_invalid");
        EXPECT_EQ((co_await n.get(
                       "/v1/admin/customers/" + look(n, "select id from identity.users where kind = 'staff'"),
                       owner))
                      .code(),
                  "customer_not_found");
    });
}

TEST(identity_audiences, the_name_in_an_account_is_ones_own_to_change) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await new_shopper(n);
        auto const seen = co_await n.get("/v1/shop/account", token);
        auto const named = co_await n.change(patch, "/v1/shop/account", R"({"name":"Ada Byron"})", token,
                                             seen.field("etag"));
        EXPECT_EQ(named.text("name"), "Ada Byron");
        EXPECT_EQ(named.body.at("version").as_int64(), 2);
        auto const stale =
            co_await n.change(patch, "/v1/shop/account", R"({"name":"Eve"})", token, seen.field("etag"));
        EXPECT_EQ(stale.code(), "version_stale");
        auto const same = co_await n.change(patch, "/v1/shop/account", R"({"name":"Ada Byron"})", token, "");
        EXPECT_EQ(same.body.at("version").as_int64(), 2);
        auto const none = co_await n.change(patch, "/v1/shop/account", R"({"name":null})", token, "");
        EXPECT_TRUE(none.body.at("name").is_null());
        EXPECT_EQ((co_await shop_login(n)).status, 200) << "one may sign in without a name";
        auto const wrong =
            co_await n.change(patch, "/v1/shop/account", R"({"name":"","email":"x@example.com"})", token, "");
        EXPECT_EQ(wrong.status, 422);
        EXPECT_EQ(wrong.body.at("errors").as_array().size(), 2u);
        EXPECT_EQ(look(n, "select count(*) from audit.entries where changes::text like '%Byron%'"), "0");
        EXPECT_EQ(look(n,
                       "select count(*) from audit.entries where action = 'PATCH /v1/shop/account' and "
                       "actor_kind = 'customer'"),
                  "2");
    });
}

}  // namespace
