// What every request of staff pays before its handler: the token, seen for the first time and again, and the
// permission; and the cursor of a list.
#include "crypto/jwt.hpp"
#include "identity/rights_table.hpp"
#include "work/page.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace std::chrono_literals;

constexpr core::timestamp now{1'800'000'000'000'000};
crypto::token_rules const rules{.issuer = "https://shop.example", .audience = "carrack", .leeway = 5s};

std::string token_by(crypto::signing_key const& key) {
    return crypto::sign({.iss = rules.issuer,
                         .sub = core::make_uuid7(),
                         .aud = rules.audience,
                         .exp = {now.us + 600'000'000},
                         .nbf = now,
                         .iat = now,
                         .jti = core::make_uuid7(),
                         .sid = core::make_uuid7(),
                         .client_id = "admin"},
                        key);
}

void verify_new_token(benchmark::State& state) {
    auto const key = crypto::signing_key::make();
    crypto::key_set const keys(key.public_key());
    std::string const token = token_by(key);
    for (auto _ : state) benchmark::DoNotOptimize(crypto::verify(token, keys, rules, now));
}
BENCHMARK(verify_new_token);

void verify_known_token(benchmark::State& state) {
    auto const key = crypto::signing_key::make();
    crypto::key_set const keys(key.public_key());
    std::string const token = token_by(key);
    crypto::verified_tokens seen(rules);
    for (auto _ : state) benchmark::DoNotOptimize(seen.verify(token, keys, now));
}
BENCHMARK(verify_known_token);

// A shop with 100 permissions, 100 roles that hold each of them, which makes 10,000 grants, and as many users
// as the argument says, each with three of the roles.
identity::rights_table::contents shop_with(std::int64_t users) {
    identity::rights_table::contents all{};
    for (std::int32_t n = 0; n < 100; ++n)
        all.permissions.push_back({.id = n,
                                   .method = n % 2 == 0 ? "GET" : "POST",
                                   .route = "/v1/admin/things-" + std::to_string(n) + "/{id}",
                                   .resource = "things",
                                   .operation = "operation" + std::to_string(n),
                                   .retired = false});
    for (int r = 0; r < 100; ++r) {
        all.roles.push_back({.id = core::make_uuid7(), .everything = false, .permissions = {}});
        for (std::int32_t n = 0; n < 100; ++n) all.roles.back().permissions.push_back(n);
    }
    for (std::int64_t n = 0; n < users; ++n) {
        all.holders.push_back({core::make_uuid7(), {}});
        for (std::int64_t const r : {n, n + 1, n + 2})
            all.holders.back().roles.push_back(all.roles[static_cast<std::size_t>(r % 100)].id);
    }
    return all;
}

// As the doorkeeper does it: where a route's permission stands is found once.
void check_permission(benchmark::State& state) {
    identity::rights_table::contents all = shop_with(state.range(0));
    core::uuid const user = all.holders.back().user_id;
    identity::rights_table const table(std::move(all));
    auto const place = table.find("POST", "/v1/admin/things-51/{id}");
    for (auto _ : state) {
        benchmark::DoNotOptimize(table.blocked(user));
        benchmark::DoNotOptimize(table.reach_of(user, place).is_nowhere());
    }
}
BENCHMARK(check_permission)->Arg(10)->Arg(10'000);

// Of somebody whose grants all end at two locations.
void check_permission_at_locations(benchmark::State& state) {
    identity::rights_table::contents all = shop_with(state.range(0));
    http::locations const two{core::make_uuid7(), core::make_uuid7()};
    for (auto& p : all.permissions) p.by_location = true;
    for (auto& role : all.roles)
        for (std::int32_t const id : role.permissions)
            for (core::uuid const& location : two) {
                role.limited.push_back(id);
                role.locations.push_back(location);
            }
    core::uuid const user = all.holders.back().user_id;
    identity::rights_table const table(std::move(all));
    auto const place = table.find("POST", "/v1/admin/things-51/{id}");
    for (auto _ : state) {
        benchmark::DoNotOptimize(table.blocked(user));
        benchmark::DoNotOptimize(table.reach_of(user, place).includes(two[1]));
    }
}
BENCHMARK(check_permission_at_locations)->Arg(10)->Arg(10'000);

void check_permission_by_its_name(benchmark::State& state) {
    identity::rights_table::contents all = shop_with(state.range(0));
    core::uuid const user = all.holders.back().user_id;
    identity::rights_table const table(std::move(all));
    for (auto _ : state)
        benchmark::DoNotOptimize(table.holds(user, table.find("POST", "/v1/admin/things-51/{id}")));
}
BENCHMARK(check_permission_by_its_name)->Arg(10)->Arg(10'000);

// What a change of rights costs each process, once.
void make_rights_table(benchmark::State& state) {
    identity::rights_table::contents const all = shop_with(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(identity::rights_table(all));
}
BENCHMARK(make_rights_table)->Arg(10)->Arg(10'000)->Unit(benchmark::kMillisecond);

void make_and_read_cursor(benchmark::State& state) {
    std::vector<std::string> const key{"2026-01-01T00:00:00.000000Z", core::to_string(core::make_uuid7())};
    for (auto _ : state)
        benchmark::DoNotOptimize(work::read_cursor(work::make_cursor("-created_at", key), "-created_at", 2));
}
BENCHMARK(make_and_read_cursor);

}  // namespace
