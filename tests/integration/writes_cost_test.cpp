// What one changes costs as many statements and round trips when it concerns a hundred rows as when it
// concerns two.
#include "catalog_world.hpp"
#include "identity_shop.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace {

using namespace integration;
using enum http::method;

struct cost {
    std::uint32_t statements = 0, round_trips = 0;
    auto operator<=>(cost const&) const = default;
};
std::ostream& operator<<(std::ostream& out, cost const& c) {
    return out << c.statements << " statements in " << c.round_trips << " round trips";
}

// What each kind of write cost with the first number of rows, and whether it does with the others.
class comparison {
public:
    void of(int n) { n_ = n; }
    // Fails the test when the write did.
    template <class Answer>
    Answer const& note(std::string const& what, int status, Answer const& a, cost c) {
        EXPECT_EQ(a.status, status) << what << " with " << n_ << ": " << a.body;
        EXPECT_GT(c.statements, 0u) << what;
        auto const [at, first] = seen_.emplace(what, c);
        EXPECT_EQ(c, at->second) << what << " with " << n_;
        return a;
    }
    answer const& note(std::string const& what, int status, answer const& a) {
        return note(what, status, a, {a.meter.statements, a.meter.round_trips});
    }
    heard const& note(std::string const& what, int status, heard const& h) {
        return note(what, status, h, {h.statements, h.round_trips});
    }
    std::size_t size() const { return seen_.size(); }

private:
    std::map<std::string, cost> seen_;
    int n_ = 0;
};

// "[…]" of what `of` says for each number up to n.
template <class Of>
std::string list_of(int n, Of of) {
    std::vector<std::string> parts;
    for (int i = 1; i <= n; ++i) parts.push_back(of(i));
    return fmt::format("[{}]", fmt::join(parts, ","));
}

// ---- the catalogue ----

std::string const categories = "/v1/admin/categories", products = "/v1/admin/products";

// So many categories, at the root or below one: their ids as a JSON list has them, in quotes with commas
// between.
std::string grow(catalog_visitor const& v, std::string const& word, int n, std::string const& parent = "") {
    return v.look(
        fmt::format("with made as (insert into catalog.categories (id, parent_id, handle, name) "
                    "select gen_random_uuid(), nullif('{}', '')::uuid, '{}-' || i, 'C' || i from "
                    "generate_series(1, {}) i "
                    "returning id) select string_agg('\"' || id || '\"', ',') from made",
                    parent, word, n));
}
std::string first_of(std::string const& ids) { return ids.substr(1, 36); }

core::task<void> write_categories(catalog_visitor& v, comparison& all, int n) {
    std::string const from = first_of(grow(v, fmt::format("from-{}", n), 1));
    std::string const to = first_of(grow(v, fmt::format("to-{}", n), 1));
    std::string const children = grow(v, fmt::format("child-{}", n), n, from);
    grow(v, fmt::format("grandchild-{}", n), n, first_of(children));
    grow(v, fmt::format("other-{}", n), n, to);
    std::string const body = fmt::format(R"({{"name":"One more of {}","parent_id":"{}"}})", n, from);
    answer const made = co_await v.post(categories, body);
    all.note("a category among others", 201, made);
    std::string const at = categories + "/" + made.text("/id");
    answer const first = co_await v.blind(patch, at, R"({"position":7,"name":"Renamed"})");
    all.note("another place among its siblings", 200, first);
    answer const moved = co_await v.blind(patch, at, fmt::format(R"({{"parent_id":"{}"}})", to));
    all.note("a move to other siblings", 200, moved);
    answer const tree =
        co_await v.blind(patch, categories + "/" + from, fmt::format(R"({{"parent_id":"{}"}})", to));
    all.note("a move of a whole tree", 200, tree);
    answer const gone = co_await v.blind(remove, at);
    all.note("a category less", 204, gone);
}

// Of n variants, pictures and tags.
std::string product_of(int n, std::string const& in) {
    auto const text = [](char const* pattern) {
        return [pattern](int i) { return fmt::format(fmt::runtime(pattern), i); };
    };
    std::string const variant =
        R"({{"options":[{{"name":"Size","value":"S{0}"}},{{"name":"Colour","value":"red"}}],)"
        R"("prices":[{{"currency":"USD","amount":{0}}}]}})";
    return fmt::format(
        R"({{"title":"Of {}","options":[{{"name":"Size","values":{}}},{{"name":"Colour","values":["red","blue"]}}],)"
        R"("variants":{},"media":{},"tags":{},"categories":[{}]}})",
        n, list_of(n, text(R"("S{}")")), list_of(n, text(variant.c_str())),
        list_of(n, text(R"({{"url":"https://example.com/{}"}})")), list_of(n, text(R"("tag-{}")")), in);
}

core::task<void> write_products(catalog_visitor& v, comparison& all, int n) {
    std::string const in = grow(v, fmt::format("in-{}", n), std::min(n, 50));
    std::string const other = grow(v, fmt::format("outside-{}", n), std::min(n, 50));
    answer const made = co_await v.post(products, product_of(n, in));
    all.note("a product of many parts", 201, made);
    std::string const at = products + "/" + made.text("/id");
    auto const part = [&](char const* list, int which) {
        return at + "/" + list + "/" + made.text(fmt::format("/{}/{}/id", list, which));
    };
    std::string const sizes = list_of(n, [&](int i) { return fmt::format(R"("S{}")", n + 1 - i); });
    answer const changed = co_await v.force(
        patch, at,
        fmt::format(
            R"({{"title":"Changed","tags":{},"categories":[{}],"options":[{{"name":"Colour","values":)"
            R"(["blue","red"]}},{{"name":"Width","was":"Size","values":{}}}]}})",
            list_of(n, [](int i) { return fmt::format(R"("other-{}")", i); }), other, sizes));
    all.note("other options, tags and categories", 200, changed);
    answer const added = co_await v.post(
        at + "/variants", R"({"options":[{"name":"Width","value":"S1"},{"name":"Colour","value":)"
                          R"("blue"}],"prices":[{"currency":"USD","amount":5}]})");
    all.note("a variant more", 201, added);
    answer const variant =
        co_await v.force(patch, part("variants", n - 1), R"({"position":0,"taxable":false})");
    all.note("the last variant first", 200, variant);
    answer const prices = co_await v.force(put, part("variants", 0) + "/prices",
                                           R"({"prices":[{"currency":"EUR","amount":5}]})");
    all.note("other prices", 200, prices);
    answer const less = co_await v.force(remove, part("variants", n - 1));
    all.note("a variant less", 200, less);
    answer const picture = co_await v.post(at + "/media", R"({"url":"https://example.com/more"})");
    all.note("a picture more", 201, picture);
    answer const order = co_await v.force(patch, part("media", n - 1), R"({"position":0})");
    all.note("the last picture first", 200, order);
    answer const faded = co_await v.force(remove, part("media", n - 1));
    all.note("a picture less", 200, faded);
    answer const gone = co_await v.force(remove, at);
    all.note("no product any more", 204, gone);
}

TEST(writes_cost, of_the_catalogue_is_the_same_with_two_ten_and_a_hundred_rows) {
    with_catalog([](catalog_visitor& v) -> core::task<void> {
        comparison all;
        for (int const n : {2, 10, 100}) {
            all.of(n);
            co_await write_categories(v, all, n);
            co_await write_products(v, all, n);
        }
        EXPECT_EQ(all.size(), 15u);
    });
}

// ---- roles, users and keys ----

// Rows that requests then name. The ids of n roles, with a comma between.
std::string make_rows(node& n, int round, int rows) {
    return look(
        n, fmt::format(
               "with made as (insert into identity.permissions (method, route, resource, operation) "
               "select m, '/v1/made/{0}/' || i, 'made', m || '{0}/' || i from generate_series(1, {1}) i, "
               "unnest(array['GET', 'PUT']) m returning id), "
               "roles as (insert into identity.roles (id, name) select gen_random_uuid(), 'Role {0}/' || i "
               "from generate_series(1, {1}) i returning id) "
               "select string_agg('\"' || id || '\"', ',') from roles",
               round, rows));
}
std::string made(char const* method, int round, int rows) {
    return list_of(rows, [&](int i) {
        return fmt::format(R"({{"method":"{}","route":"/v1/made/{}/{}"}})", method, round, i);
    });
}

core::task<void> write_roles(node& n, comparison& all, std::string token, int round, int rows) {
    auto const version = [](heard const& h) { return h.field("etag"); };
    std::string const list = "/v1/admin/roles";
    heard const role = co_await n.post(
        list, fmt::format(R"({{"name":"R{}","permissions":{}}})", round, made("GET", round, rows)), token);
    all.note("a role", 201, role);
    std::string const at = list + "/" + role.text("id");
    look(n,
         fmt::format("with u as (insert into identity.users (id, kind, email, name) select "
                     "gen_random_uuid(), 'staff', "
                     "'u{0}-' || i || '@example.com', 'U' from generate_series(1, {1}) i returning id), "
                     "h as (insert into identity.user_roles select id, '{2}' from u) select count(*) from u",
                     round, rows, role.text("id")));
    heard const other =
        co_await n.change(put, at + "/permissions", R"({"permissions":)" + made("PUT", round, rows) + "}",
                          token, version(role));
    all.note("other permissions of a role that many hold", 200, other);
    heard const guess = co_await n.post(
        "/v1/admin/permissions/simulate",
        fmt::format(R"({{"role_id":"{}","permissions":{}}})", role.text("id"), made("GET", round, rows)),
        token);
    all.note("what if", 200, guess);
    heard const copy = co_await n.post(at + "/copy", fmt::format(R"({{"name":"Copy {}"}})", round), token);
    all.note("a copy", 201, copy);
    heard const name =
        co_await n.change(patch, at, fmt::format(R"({{"name":"S{}"}})", round), token, version(other));
    all.note("another name", 200, name);
    heard const gone = co_await n.change(remove, list + "/" + copy.text("id"), "", token, version(copy));
    all.note("a role less", 204, gone);
}

core::task<void> write_users(node& n, comparison& all, std::string token, int round, std::string roles,
                             std::string others) {
    heard const user =
        co_await n.post("/v1/admin/users", user_body(fmt::format("x{}@example.com", round), roles), token);
    all.note("a user", 201, user);
    std::string const at = "/v1/admin/users/" + user.text("id");
    heard const other =
        co_await n.change(patch, at, R"({"roles":[)" + others + "]}", token, user.field("etag"));
    all.note("other roles of a user", 200, other);
    look(
        n,
        fmt::format(
            "with s as (insert into identity.sessions (id, user_id, expires_at) select gen_random_uuid(), "
            "'{}', now() + interval '1 hour' from generate_series(1, {}) returning 1) select count(*) from s",
            user.text("id"), std::ranges::count(roles, ',') + 1));
    heard const blocked = co_await n.change(patch, at, R"({"status":"blocked"})", token, other.field("etag"));
    all.note("a user with many sessions blocked", 200, blocked);
}

core::task<void> write_keys(node& n, comparison& all, std::string token, int round, int rows) {
    heard const key = co_await n.post(
        "/v1/admin/api-keys",
        fmt::format(R"({{"name":"K{}","permissions":{}}})", round, made("GET", round, rows)), token);
    all.note("a key", 201, key);
    heard const gone = co_await n.ask({.verb = remove,
                                       .path = "/v1/admin/api-keys/" + key.text("id"),
                                       .body = {},
                                       .token = token,
                                       .fields = {}});
    all.note("a key less", 204, gone);
}

TEST(writes_cost, of_rights_is_the_same_with_one_ten_and_a_hundred_rows) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        comparison all, first_time;
        int round = 0;
        for (int const rows : {1, 1, 10, 100}) {  // at first a loop has to learn who may what
            comparison& to = round == 0 ? first_time : all;
            to.of(rows);
            make_rows(n, ++round, rows);
            co_await write_roles(n, to, token, round, rows);
            int const roles = std::min(rows, 50);
            std::string const some = make_rows(n, 100 + round, roles),
                              others = make_rows(n, 200 + round, roles);
            co_await write_users(n, to, token, round, some, others);
            co_await write_keys(n, to, token, round, rows);
        }
        EXPECT_EQ(all.size(), 11u);
    });
}

}  // namespace
