#include "identity_shop.hpp"

#include "http/origin.hpp"

#include "db/session.hpp"
#include "inventory/inventory.hpp"
#include "inventory/routes.hpp"
#include "lent.hpp"
#include "loop/loop.hpp"

#include <gtest/gtest.h>

namespace integration {

using namespace std::chrono_literals;

std::string heard::field(std::string_view name) const {
    for (auto const& [n, v] : fields)
        if (n == name) return v;
    return {};
}

std::string heard::code() const {
    return body.is_object() && body.get_object().contains("code") ? text("code") : "";
}

std::string heard::text(std::string_view member) const {
    json::value const* const v = body.is_object() ? body.get_object().if_contains(member) : nullptr;
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string{};
}

std::string heard::refresh_cookie() const {
    std::string const set = field("set-cookie");
    auto const equals = set.find('=');
    return equals == set.npos ? std::string{} : set.substr(equals + 1, set.find(';') - equals - 1);
}

namespace {
crypto::secret_key test_key() { return *crypto::secret_key::parse(std::string(64, '7')); }
}  // namespace

process::process(std::string u, std::string address, std::optional<crypto::secret_key> key)
    : passwords({.threads = 2, .queue_limit = 64, .idle_exit = 5000ms}),
      shared({.address = std::move(address), .key = key.value_or(test_key())}, passwords),
      url(std::move(u)) {
    audit::add_routes(routes);
    identity::add_routes(routes);
    inventory::add_routes(routes);
}

node::node(process& p, db::database& d)
    : of(p),
      database(d),
      service(p.shared, d),
      door(service),
      env(d),
      answered{p.routes},
      places{inventory::find_locations_in_use} {
    env.lend<identity::service>(service);
    env.lend<work::rights>(service);
    env.lend(answered);
    env.lend(sealing());
    env.lend(places);
}

core::task<heard> node::ask(asked what) {
    http::request in;
    in.verb = what.verb;
    in.target = what.path;
    in.path = what.path.substr(0, what.path.find('?'));
    if (in.path.size() < what.path.size()) in.query = what.path.substr(in.path.size() + 1);
    in.body = what.body;
    in.fields = what.fields;
    if (!what.token.empty()) in.fields.emplace_back("authorization", "Bearer " + what.token);
    http::call c{.in = in, .env = env};
    c.request_id = "test-request";
    c.remote = what.remote;
    c.by = integration::in(10s);
    c.cross_site = http::is_cross_site(in, false, {});
    c.idempotency_key = in.field("idempotency-key");
    c.if_match = http::read_if_match(in.field("if-match"), !in.field("if-match").empty());

    auto const found = of.routes.find(in.verb, in.path);
    c.to = found.to;
    http::reply r;
    if (auto const admitted = co_await door.admit(c); !admitted)
        r = http::problem_reply(admitted.error(), c.request_id);
    else if (c.to->raw)
        r = co_await c.to->raw(c);
    else if (c.to->declared->match == http::precondition::required && !c.if_match.given)
        r = http::problem_reply(core::version_required, c.request_id);
    else {
        auto input = http::assemble_input(*c.to, found, in);
        r = input ? co_await c.to->invoke(c, std::move(*input))
                  : http::problem_reply(input.error(), c.request_id);
    }
    heard out{.status = r.status,
              .body = {},
              .fields = r.fields,
              .statements = c.meter.statements,
              .round_trips = c.meter.round_trips,
              .budget = 0};
    if (c.to->declared != nullptr) {
        out.budget = c.to->declared->statements;
        EXPECT_LE(out.statements, out.budget) << what.path;
    }
    out.fields.insert(out.fields.end(), c.reply_fields.begin(), c.reply_fields.end());
    if (!r.body.empty()) out.body = json::parse(r.body);
    co_return out;
}

core::task<heard> node::post(std::string path, std::string body, std::string token) {
    co_return co_await ask(
        {.verb = http::method::post, .path = path, .body = body, .token = token, .fields = {}});
}

core::task<heard> node::get(std::string path, std::string token) {
    co_return co_await ask(
        {.verb = http::method::get, .path = path, .body = {}, .token = token, .fields = {}});
}

core::task<heard> node::change(http::method verb, std::string path, std::string body, std::string token,
                               std::string etag) {
    asked what{.verb = verb, .path = path, .body = body, .token = token, .fields = {}};
    if (!etag.empty()) what.fields.emplace_back("if-match", etag);
    co_return co_await ask(what);
}

core::task<std::string> node::token_of(std::string email, std::string password) {
    auto const in =
        co_await post("/v1/auth/login", R"({"email":")" + email + R"(","password":")" + password + "\"}");
    EXPECT_EQ(in.status, 200);
    co_return in.text("access_token");
}

namespace {

core::task<void> set_up(node& n) {
    auto const declared = n.of.routes.permissions();
    auto const synced = co_await n.database.use(in(10s)).transact(
        {}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
            co_await identity::sync_permissions(t, declared);
            co_return core::nothing{};
        });
    EXPECT_TRUE(synced.has_value());
    auto const made = co_await identity::ensure_owner(n.database.use(in(10s)), n.of.passwords,
                                                      {owner_email, "Olive Owner", owner_password});
    EXPECT_TRUE(made.has_value() && *made);
}

}  // namespace

void with_shop(std::function<core::task<void>(node&)> body) {
    auto const database = fresh_database();
    process p(database.app_url());
    with_database(options_for(p.url), [&](db::database& d) -> core::task<void> {
        node n(p, d);
        co_await set_up(n);
        co_await body(n);
    });
}

void with_two_processes(std::function<core::task<void>(node&, node&)> body) {
    with_shop([&](node& first) -> core::task<void> {
        process second(first.of.url, "http://127.0.0.1:9");
        db::database database(loop::event_loop::current(), options_for(second.url));
        node other(second, database);
        co_await body(first, other);
        co_await database.close();
    });
}

std::string look(node& n, std::string const& sql) {
    auto const rows = db::session(n.of.url).query(sql);
    return rows.empty() ? "nothing" : rows[0][0].value_or("null");
}

std::string role_id(node& n, std::string const& name) {
    return look(n, "select id from identity.roles where name = '" + name + "'");
}

core::task<std::string> owner_token(node& n) { co_return co_await n.token_of(owner_email, owner_password); }

std::string user_body(std::string const& email, std::string const& roles) {
    return R"({"email":")" + email + R"(","name":"Ada","password":")" + staff_password + R"(","roles":[)" +
           roles + "]}";
}
std::string quoted(std::string const& s) { return "\"" + s + "\""; }

core::task<std::string> token_with(node& n, std::string name, std::string permissions) {
    std::string const owner = co_await owner_token(n);
    auto const role = co_await n.post(
        "/v1/admin/roles", R"({"name":")" + name + R"(","permissions":[)" + permissions + "]}", owner);
    EXPECT_EQ(role.status, 201) << name;
    auto const user =
        co_await n.post("/v1/admin/users", user_body(name + "@example.com", quoted(role.text("id"))), owner);
    EXPECT_EQ(user.status, 201) << name;
    co_return co_await n.token_of(name + "@example.com", staff_password);
}

std::string fingerprint(node& n) {
    return look(
        n,
        "select md5((select coalesce(string_agg(u::text, ',' order by id), '') from identity.users u)"
        " || (select coalesce(string_agg(r::text, ',' order by id), '') from identity.roles r)"
        " || (select coalesce(string_agg(g::text, ',' order by role_id, permission_id), '') from "
        "identity.grants g)"
        " || (select coalesce(string_agg(ur::text, ',' order by user_id, role_id), '') from "
        "identity.user_roles ur)"
        " || (select count(*)::text from audit.entries where not changes @> '[{\"field\":\"refused\"}]'))");
}

std::string refusals(node& n) {
    return look(
        n,
        "select coalesce(string_agg(concat_ws(' ', action, resource, changes->0->>'after'), ', ' order "
        "by id), '') from audit.entries where changes @> '[{\"field\":\"refused\",\"before\":null}]'"
        " and request_id = 'test-request' and actor_kind = 'staff' and actor_id is not null");
}

}  // namespace integration
