// Grants limited to locations, against a real PostgreSQL: given, copied, handed on, refused, taken back, in
// force.
#include "db/error.hpp"
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

constexpr auto roles = "/v1/admin/roles";

std::string etag_of(heard const& r) { return r.field("etag"); }

// Stock at two locations, one unit of one thing at each.
struct yards {
    std::string north, south, closed;

    explicit yards(node& n) {
        db::session owner(n.of.url);
        north = add(n, "north");
        south = add(n, "south");
        closed = add(n, "closed");
        owner.run("update inventory.locations set archived_at = now() where code = 'closed'");
        owner.run(
            "insert into catalog.products (id, handle, title) values (gen_random_uuid(), 'mug', 'Mug');"
            "insert into catalog.variants (id, product_id, position, title)"
            " select gen_random_uuid(), id, 0, 'Mug' from catalog.products;"
            "insert into inventory.stock (variant_id, location_id, on_hand)"
            " select v.id, l.id, 1 from catalog.variants v, inventory.locations l where l.archived_at is "
            "null");
    }
    static std::string add(node& n, std::string const& code) {
        std::string const id = core::to_string(core::make_uuid7());
        db::session(n.of.url).run("insert into inventory.locations (id, code, name) values ('" + id + "', '" +
                                  code + "', 'Yard')");
        return id;
    }
};

std::string at(std::string_view method, std::string_view route, std::string const& places = "") {
    return fmt::format(R"({{"method":"{}","route":"{}"{}}})", method, route,
                       places.empty() ? "" : R"(,"locations":[)" + places + "]");
}
std::string see_stock(std::string const& places = "") { return at("GET", "/v1/admin/stock", places); }
std::string see_places(std::string const& places = "") { return at("GET", "/v1/admin/locations", places); }
std::string two(std::string const& a, std::string const& b) { return quoted(a) + "," + quoted(b); }

std::string permissions(std::string const& list) { return R"({"permissions":[)" + list + "]}"; }
std::string named(std::string const& name, std::string const& list) {
    return R"({"name":")" + name + R"(","permissions":[)" + list + "]}";
}

// Where the stock lies that somebody sees: "north south ", or why they see none.
core::task<std::string> sees(node& n, yards const& y, std::string token) {
    auto const r = co_await n.get("/v1/admin/stock", token);
    if (r.status != 200) co_return r.code();
    std::string out;
    for (auto const& row : r.body.at("data").as_array())
        out += row.at("location_id").as_string() == y.north ? "north " : "south ";
    auto const sorted = out == "south north " ? std::string("north south ") : out;
    co_return sorted;
}

std::string limits(node& n) {
    return look(
        n,
        "select md5(concat((select string_agg(g::text, ',' order by g::text) from identity.grants g),"
        " (select string_agg(l::text, ',' order by l::text) from identity.grant_locations l),"
        " (select string_agg(k::text, ',' order by k::text) from identity.api_key_grants k),"
        " (select string_agg(l::text, ',' order by l::text) from identity.api_key_grant_locations l)))");
}

TEST(identity_limits, a_role_is_given_shown_changed_and_copied_with_its_limits) {
    with_shop([](node& n) -> core::task<void> {
        yards const y(n);
        std::string const owner = co_await owner_token(n);
        std::string const wanted = see_stock(two(y.south, y.north)) + "," + see_places();
        auto const made = co_await n.post(roles, named("yard", wanted), owner);
        EXPECT_EQ(made.status, 201);
        std::string const path = std::string(roles) + "/" + made.text("id");
        auto const shown = co_await n.get(path, owner);
        EXPECT_EQ(shown.body, made.body);
        auto const& held = shown.body.at("permissions");
        EXPECT_EQ(held.at(0).at("route").as_string(), "/v1/admin/locations");
        EXPECT_TRUE(held.at(0).at("by_location").as_bool());
        EXPECT_EQ(held.at(0).as_object().if_contains("locations"), nullptr) << "left out: everywhere";
        EXPECT_EQ(held.at(1).at("locations").as_array().size(), 2u);
        EXPECT_THAT(
            look(n, "select changes::text from audit.entries where resource = 'roles' and resource_id = '" +
                        made.text("id") + "'"),
            testing::HasSubstr("GET /v1/admin/stock at " + y.north + ", " + y.south));

        auto const copy = co_await n.post(path + "/copy", R"({"name":"yard too"})", owner);
        EXPECT_EQ(copy.status, 201);
        EXPECT_EQ(copy.body.at("permissions"), made.body.at("permissions"));

        auto const same =
            co_await n.change(put, path + "/permissions", permissions(wanted), owner, etag_of(shown));
        EXPECT_EQ(etag_of(same), etag_of(shown)) << "there already";
        auto const narrower =
            co_await n.change(put, path + "/permissions",
                              permissions(see_stock(quoted(y.north)) + "," + see_places(quoted(y.south))),
                              owner, etag_of(shown));
        EXPECT_EQ(narrower.status, 200);
        EXPECT_EQ(narrower.body.at("permissions").at(0).at("locations").at(0).as_string(), y.south);
        EXPECT_EQ(narrower.body.at("permissions").at(1).at("locations").as_array().size(), 1u);
        auto const free =
            co_await n.change(put, path + "/permissions", permissions(see_stock()), owner, etag_of(narrower));
        EXPECT_EQ(free.body.at("permissions").at(0).as_object().if_contains("locations"), nullptr);
        EXPECT_EQ(
            look(n,
                 "select count(*) from identity.grant_locations l join identity.roles r on r.id = l.role_id"
                 " where r.name = 'yard'"),
            "0");
    });
}

TEST(identity_limits, a_limit_names_a_location_in_use_of_a_permission_that_has_some) {
    with_shop([](node& n) -> core::task<void> {
        yards const y(n);
        std::string const owner = co_await owner_token(n);
        std::string const before = limits(n);
        auto const wrong =
            co_await n.post(roles,
                            named("odd", see_stock(two(y.closed, core::to_string(core::make_uuid7()))) + "," +
                                             at("GET", "/v1/admin/users", quoted(y.north)) + "," +
                                             at("POST", "/v1/admin/locations", quoted(y.north))),
                            owner);
        EXPECT_EQ(wrong.status, 422);
        std::string seen;
        for (auto const& e : wrong.body.at("errors").as_array())
            seen +=
                std::string(e.at("pointer").as_string()) + " " + std::string(e.at("code").as_string()) + "\n";
        EXPECT_EQ(seen,
                  "/permissions/0/locations/0 unknown_location\n/permissions/0/locations/1 unknown_location\n"
                  "/permissions/1/locations not_limitable\n/permissions/2/locations not_limitable\n");
        EXPECT_EQ((co_await n.post(roles, named("odd", R"({"id":1,"locations":[]})"), owner)).status, 422);
        EXPECT_EQ(limits(n), before);
        // Nor does the database take one, whoever writes it.
        db::session by(n.of.url);
        std::string const role =
            "insert into identity.roles (id, name) values (gen_random_uuid(), 'by hand');";
        auto const by_hand = [&](std::string const& sql) -> std::string {
            try {
                by.run("begin;" + role + sql + "commit");
            } catch (db::error const& e) {
                by.run("rollback");
                return std::string(e.constraint());
            }
            return "taken";
        };
        EXPECT_EQ(
            by_hand(
                "insert into identity.grants (role_id, permission_id, limited) select r.id, p.id, true from"
                " identity.roles r, identity.permissions p where r.name = 'by hand' and p.operation ="
                " 'listUsers';"),
            "grant_can_be_limited");
        EXPECT_EQ(
            by_hand("with g as (insert into identity.grants (role_id, permission_id) select r.id, p.id from"
                    " identity.roles r, identity.permissions p where r.name = 'by hand' and p.operation ="
                    " 'listStock' returning role_id, permission_id)"
                    " insert into identity.grant_locations (role_id, permission_id, location_id)"
                    " select role_id, permission_id, gen_random_uuid() from g;"),
            "location_of_limited_grant")
            << "an unlimited grant has no locations";
        // A limited grant that lost its rows is held nowhere, not everywhere.
        std::string const ada = co_await token_with(n, "ada", see_stock(quoted(y.north)));
        EXPECT_EQ(co_await sees(n, y, ada), "north ");
        by.run(
            "delete from identity.grant_locations; update ops.versions set version = version + 1 where name ="
            " 'rights'");
        co_await loop::sleep(1100ms);
        EXPECT_EQ(co_await sees(n, y, ada), "permission_denied");
    });
}

TEST(identity_limits, somebody_sees_where_any_role_of_theirs_lets_them) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        yards const y(a);
        std::string const owner = co_await owner_token(a);
        std::string const ada = co_await token_with(a, "ada", see_stock(quoted(y.north)));
        EXPECT_EQ(co_await sees(a, y, ada), "north ");
        EXPECT_EQ(co_await sees(b, y, ada), "north ");
        auto const session = co_await a.get("/v1/auth/session", ada);
        EXPECT_EQ(session.body.at("permissions").at(0).at("locations").at(0).as_string(), y.north);

        auto const other = co_await a.post(roles, named("south", see_stock(quoted(y.south))), owner);
        std::string const user =
            "/v1/admin/users/" + look(a, "select id from identity.users where email = 'ada@example.com'");
        std::string const both = quoted(role_id(a, "ada")) + "," + quoted(other.text("id"));
        EXPECT_EQ((co_await a.change(patch, user, R"({"roles":[)" + both + "]}", owner, "")).status, 200);
        EXPECT_EQ(co_await sees(a, y, ada), "north south ");
        // A changed limit is in force on the other process within the second after which it looks.
        std::string const path = std::string(roles) + "/" + other.text("id");
        EXPECT_EQ((co_await a.change(put, path + "/permissions", permissions(see_stock(quoted(y.north))),
                                     owner, etag_of(co_await a.get(path, owner))))
                      .status,
                  200);
        EXPECT_EQ(co_await sees(a, y, ada), "north ");
        co_await loop::sleep(1100ms);
        EXPECT_EQ(co_await sees(b, y, ada), "north ");
        EXPECT_EQ((co_await a.change(put, path + "/permissions", permissions(see_stock()), owner,
                                     etag_of(co_await a.get(path, owner))))
                      .status,
                  200);
        EXPECT_EQ(co_await sees(a, y, ada), "north south ") << "one role without a limit is enough";
    });
}

TEST(identity_limits, nobody_hands_out_more_than_their_own_locations) {
    with_shop([](node& n) -> core::task<void> {
        yards const y(n);
        std::string const owner = co_await owner_token(n);
        std::string const clerk = co_await token_with(
            n, "clerk",
            std::string(user_and_role_rights) + "," + see_stock(quoted(y.north)) + "," +
                at("GET", "/v1/admin/roles/{id}") + "," + at("POST", "/v1/admin/roles/{id}/copy") + "," +
                at("POST", "/v1/admin/api-keys"));
        auto const wide = co_await n.post(roles, named("wide", see_stock(two(y.north, y.south))), owner);
        auto const free = co_await n.post(roles, named("free", see_stock()), owner);
        auto const own = co_await n.post(roles, named("own", see_stock(quoted(y.north))), owner);
        std::string const before = fingerprint(n) + limits(n);
        auto const code = [&](heard const& r) { return r.code(); };
        for (std::string const& list :
             {see_stock(), see_stock(quoted(y.south)), see_stock(two(y.north, y.south))}) {
            EXPECT_EQ(code(co_await n.post(roles, named("new", list), clerk)), "rights_exceeded") << list;
            EXPECT_EQ(code(co_await n.post("/v1/admin/api-keys", named("key", list), clerk)),
                      "rights_exceeded");
            auto const changed =
                co_await n.change(put, std::string(roles) + "/" + own.text("id") + "/permissions",
                                  permissions(list), clerk, etag_of(own));
            EXPECT_EQ(changed.code(), "rights_exceeded") << list;
        }
        for (auto const* role : {&wide, &free}) {
            std::string const path = std::string(roles) + "/" + role->text("id");
            EXPECT_EQ(code(co_await n.post(path + "/copy", R"({"name":"copy"})", clerk)), "rights_exceeded");
            EXPECT_EQ(code(co_await n.change(put, path + "/permissions",
                                             permissions(see_stock(quoted(y.north))), clerk, etag_of(*role))),
                      "rights_exceeded")
                << "nor narrows what is wider than theirs";
            EXPECT_EQ(code(co_await n.post("/v1/admin/users",
                                           user_body("x@example.com", quoted(role->text("id"))), clerk)),
                      "rights_exceeded");
        }
        std::string const theirs = std::string(roles) + "/" + role_id(n, "clerk");
        auto const held = co_await n.get(theirs, clerk);
        EXPECT_EQ(
            code(co_await n.change(put, theirs + "/permissions",
                                   permissions(see_stock(two(y.north, y.south))), clerk, etag_of(held))),
            "rights_exceeded");
        EXPECT_EQ(fingerprint(n) + limits(n), before) << "and nothing has changed";
        EXPECT_EQ((co_await n.post(roles, named("new", see_stock(quoted(y.north))), clerk)).status, 201);
        EXPECT_EQ((co_await n.post(std::string(roles) + "/" + own.text("id") + "/copy", R"({"name":"copy"})",
                                   clerk))
                      .status,
                  201);
    });
}

TEST(identity_limits, nobody_adds_a_location_to_a_role_that_they_hold) {
    with_shop([](node& n) -> core::task<void> {
        yards const y(n);
        std::string const owner = co_await owner_token(n);
        std::string const rest = std::string(user_and_role_rights) + "," + at("GET", "/v1/admin/roles/{id}");
        std::string const clerk = co_await token_with(n, "clerk", rest + "," + see_stock(quoted(y.north)));
        auto const extra = co_await n.post(roles, named("extra", see_stock(two(y.north, y.south))), owner);
        std::string const user =
            "/v1/admin/users/" + look(n, "select id from identity.users where email = 'clerk@example.com'");
        std::string const both = quoted(role_id(n, "clerk")) + "," + quoted(extra.text("id"));
        EXPECT_EQ((co_await n.change(patch, user, R"({"roles":[)" + both + "]}", owner, "")).status, 200);
        std::string const path = std::string(roles) + "/" + role_id(n, "clerk");
        std::string const before = limits(n);
        auto const wider = co_await n.change(put, path + "/permissions",
                                             permissions(rest + "," + see_stock(two(y.north, y.south))),
                                             clerk, etag_of(co_await n.get(path, clerk)));
        EXPECT_EQ(wider.code(), "own_role");
        EXPECT_EQ(limits(n), before);
        EXPECT_EQ(refusals(n), "PUT /v1/admin/roles/{id}/permissions roles own_role");
    });
}

TEST(identity_limits, a_key_reaches_no_farther_than_its_maker_does_now) {
    with_shop([](node& n) -> core::task<void> {
        yards const y(n);
        std::string const owner = co_await owner_token(n);
        std::string const clerk = co_await token_with(
            n, "clerk", at("POST", "/v1/admin/api-keys") + "," + see_stock(two(y.north, y.south)));
        auto const key =
            co_await n.post("/v1/admin/api-keys", named("both", see_stock(two(y.north, y.south))), clerk);
        EXPECT_EQ(key.status, 201);
        auto const narrow =
            co_await n.post("/v1/admin/api-keys", named("one", see_stock(quoted(y.south))), clerk);
        EXPECT_EQ(narrow.body.at("permissions").at(0).at("locations").at(0).as_string(), y.south);
        EXPECT_EQ(co_await sees(n, y, key.text("token")), "north south ");
        EXPECT_EQ(co_await sees(n, y, narrow.text("token")), "south ");
        std::string const path = std::string(roles) + "/" + role_id(n, "clerk");
        EXPECT_EQ((co_await n.change(put, path + "/permissions", permissions(see_stock(quoted(y.north))),
                                     owner, etag_of(co_await n.get(path, owner))))
                      .status,
                  200);
        EXPECT_EQ(co_await sees(n, y, key.text("token")), "north ");
        EXPECT_EQ(co_await sees(n, y, narrow.text("token")), "permission_denied");
        auto const shown = co_await n.get("/v1/admin/api-keys/" + key.text("id"), owner);
        EXPECT_EQ(shown.body.at("permissions").at(0).at("locations").as_array().size(), 2u) << "as given";
    });
}

// A permission that its endpoint's next release does not limit any more: its limited grants are kept, and let
// nobody in.
TEST(identity_limits, an_endpoint_that_is_no_longer_divided_lets_nobody_in_by_a_part) {
    with_shop([](node& n) -> core::task<void> {
        yards const y(n);
        std::string const ada = co_await token_with(n, "ada", see_stock(quoted(y.north)));
        EXPECT_EQ(co_await sees(n, y, ada), "north ");
        auto declared = n.of.routes.permissions();
        for (http::permission& p : declared) p.by_location = false;
        auto const synced = co_await n.database.use(in(10s)).transact(
            {}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
                co_await identity::sync_permissions(t, declared);
                co_return core::nothing{};
            });
        EXPECT_TRUE(synced.has_value());
        EXPECT_EQ(look(n, "select string_agg(operation, ',') from identity.permissions where by_location"),
                  "listStock");
        for (auto const& r : n.of.routes.routes())
            if (r->operation == "listStock") r->allow = http::access::permission("stock");
        EXPECT_EQ((co_await n.get("/v1/admin/stock", ada)).code(), "permission_denied");
        EXPECT_EQ(look(n, "select count(*) from identity.grant_locations"), "1");
    });
}

}  // namespace
