// Carts against a real PostgreSQL, as the application's role.
#include "cart/cart.hpp"
#include "cart/store.hpp"
#include "cart_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace integration;
using http::method;
using testing::HasSubstr;

constexpr auto address = R"({"name":"Ada Lovelace","line1":"12 Rue Crème","line2":"2nd floor","city":"Genève",
                             "postal_code":"1201","country":"CH"})";

core::task<void> fill_and_read(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    answer const mugs = co_await v.add(path, s.mug, 2);
    EXPECT_EQ(mugs.status, 201);
    EXPECT_EQ(mugs.number("/version"), 2);
    answer const cups = co_await v.add(path, s.cup, 3);
    EXPECT_EQ(cups.number("/lines/1/quantity"), 3);
    answer const more = co_await v.add(path, s.mug, 1);
    EXPECT_EQ(more.at("/lines").as_array().size(), 2U);
    EXPECT_EQ(more.number("/lines/0/quantity"), 3);
    EXPECT_EQ(more.text("/lines/0/product_title"), "The mug");
    EXPECT_EQ(more.text("/lines/0/sku"), "SKU-mug");
    EXPECT_EQ(more.number("/lines/0/total/amount"), 3 * 1999);
    EXPECT_EQ(more.number("/totals/total/amount"), 3 * 1999 + 3 * 250);

    answer const changed = co_await v.send(method::patch, path,
                                           std::string(R"({"email":"ada@example.com","shipping_address":)") +
                                               address + R"(,"shipping_method_id":")" + s.post + "\"}");
    EXPECT_EQ(changed.status, 200);
    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.body, changed.body) << "what a write answers is what a read answers";
    EXPECT_EQ(read.number("/version"), 5);
    EXPECT_EQ(read.text("/shipping_address/city"), "Genève");
    EXPECT_EQ(read.number("/totals/shipping/amount"), 490);
    EXPECT_TRUE(read.at("/billing_address").is_null());
    EXPECT_LE(read.meter.round_trips, 2U);
    EXPECT_LE(changed.meter.round_trips, 3U);

    answer const cleared = co_await v.send(
        method::patch, path,
        R"({"email":null,"shipping_address":null,"shipping_method_id":null,"discount_codes":[]})");
    EXPECT_TRUE(cleared.at("/email").is_null());
    EXPECT_TRUE(cleared.at("/shipping_address").is_null());
    EXPECT_TRUE(cleared.at("/shipping_method").is_null());
    EXPECT_EQ((co_await v.send(method::get, path)).body, cleared.body);

    std::string const line = path + "/lines/" + read.text("/lines/0/id");
    answer const fewer = co_await v.send(method::patch, line, R"({"quantity":1})");
    EXPECT_EQ(fewer.number("/lines/0/quantity"), 1);
    answer const gone = co_await v.send(method::remove, line);
    EXPECT_EQ(gone.at("/lines").as_array().size(), 1U);
    EXPECT_EQ((co_await v.send(method::get, path)).body, gone.body);
    EXPECT_EQ((co_await v.send(method::remove, line)).code(), "cart_line_not_found");
}

TEST(cart, is_filled_changed_and_read_back) {
    cart_shop const s;
    in_shop(s, fill_and_read);
    EXPECT_EQ(s.look("select count(*) from audit.entries"), "0");
}

core::task<void> keep_no_capability(cart_visitor& v, cart_shop const& s) {
    answer const made = co_await v.send(method::post, "/v1/shop/carts", "{}");
    EXPECT_EQ(made.text("/currency"), "USD") << "the shop's own";
    std::string const id = made.text("/id");
    EXPECT_EQ(id[14], '4') << "a random id, not one that tells the time: " << id;
    std::string const plain = id.substr(0, 8);
    EXPECT_EQ(s.look("select count(*) from sales.carts c where c::text like '%" + plain + "%'"), "0");
}

TEST(cart, keeps_only_a_digest_of_its_id) {
    cart_shop const s;
    in_shop(s, keep_no_capability);
}

struct refused_line {
    char const* what;
    std::string variant;
    std::int64_t quantity;
    int status;
    char const* code;
    char const* pointer;
};

core::task<void> refuse_lines(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    co_await v.add(path, s.mug, 9'999);
    std::string const before = s.look("select string_agg(l::text, ',') from sales.cart_lines l");
    refused_line const cases[] = {
        {"unknown", uuid_text(), 1, 422, "variant_not_for_sale", "/variant_id"},
        {"a draft", s.draft, 1, 422, "variant_not_for_sale", "/variant_id"},
        {"archived", s.archived, 1, 422, "variant_not_for_sale", "/variant_id"},
        {"no id at all", "mug", 1, 422, "invalid_request", "/variant_id"},
        {"none", s.cup, 0, 422, "invalid_request", "/quantity"},
        {"less than none", s.cup, -1, 422, "invalid_request", "/quantity"},
        {"too many", s.cup, 10'001, 422, "invalid_request", "/quantity"},
        {"together too many", s.mug, 2, 422, "quantity_too_large", "/quantity"},
        {"a sum beyond all money", s.bowl, 1'000, 409, "cart_total_too_large", nullptr},
    };
    for (refused_line const& e : cases) {
        answer const got = co_await v.add(path, e.variant, e.quantity);
        EXPECT_EQ(got.status, e.status) << e.what;
        EXPECT_EQ(got.code(), e.code) << e.what;
        if (e.pointer != nullptr) EXPECT_EQ(got.text("/errors/0/pointer"), e.pointer) << e.what;
    }
    EXPECT_EQ((co_await v.add("/v1/shop/carts/" + uuid_text(), s.mug, 1)).code(), "cart_not_found");
    answer const dollars = co_await v.send(method::post, "/v1/shop/carts", R"({"currency":"USD"})");
    answer const no_price = co_await v.add("/v1/shop/carts/" + dollars.text("/id"), s.mug, 1);
    EXPECT_EQ(no_price.code(), "variant_not_for_sale");
    EXPECT_EQ(s.look("select string_agg(l::text, ',') from sales.cart_lines l"), before)
        << "nothing was written";
    EXPECT_EQ((co_await v.send(method::get, path)).number("/version"), 2) << "nor counted";
}

TEST(cart, refuses_what_it_cannot_hold) {
    cart_shop const s;
    in_shop(s, refuse_lines);
}

core::task<void> refuse_changes(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    answer const bad = co_await v.send(
        method::patch, path,
        R"({"email":"nobody","shipping_address":{"name":"","city":"X","country":"ZZ"},"discount_codes":[""]})");
    EXPECT_EQ(bad.status, 422);
    std::vector<std::string> pointers;
    for (auto const& e : bad.at("/errors").as_array()) pointers.emplace_back(e.at("pointer").as_string());
    EXPECT_THAT(pointers,
                testing::UnorderedElementsAre("/email", "/shipping_address/name", "/shipping_address/line1",
                                              "/shipping_address/country", "/discount_codes/0"));
    answer const codes = co_await v.send(method::patch, path,
                                         R"({"email":"a@example.com","discount_codes":["SUMMER","Été"]})");
    EXPECT_EQ(codes.status, 422);
    EXPECT_EQ(codes.code(), "discount_code_unknown");
    EXPECT_EQ(codes.text("/errors/0/pointer"), "/discount_codes/0");
    EXPECT_EQ(codes.text("/errors/1/pointer"), "/discount_codes/1");
    for (std::string const& list :
         {"null", "\"SUMMER\"", R"(["A","A","A","A","A","A","A","A","A","A","A"])"}) {
        answer const got = co_await v.send(method::patch, path, R"({"discount_codes":)" + list + "}");
        EXPECT_EQ(got.code(), "invalid_request") << list;
        EXPECT_EQ(got.text("/errors/0/pointer"), "/discount_codes") << list;
    }
    answer const all = co_await v.send(
        method::patch, path, R"({"discount_codes":["A"],"shipping_method_id":")" + uuid_text() + "\"}");
    EXPECT_EQ(all.status, 422);
    EXPECT_EQ(all.code(), "discount_code_unknown");
    EXPECT_EQ(all.text("/errors/0/pointer"), "/discount_codes/0");
    EXPECT_EQ(all.text("/errors/1/pointer"), "/shipping_method_id");
    EXPECT_EQ(all.text("/errors/1/code"), "shipping_method_not_offered");
    EXPECT_TRUE((co_await v.send(method::get, path)).at("/email").is_null()) << "nothing changed";
    for (std::string const& method_id : {uuid_text(), s.mug}) {
        answer const got =
            co_await v.send(method::patch, path, R"({"shipping_method_id":")" + method_id + "\"}");
        EXPECT_EQ(got.code(), "shipping_method_not_offered");
        EXPECT_EQ(got.text("/errors/0/pointer"), "/shipping_method_id");
    }
    s.run("update sales.shipping_methods set archived_at = now()");
    answer const archived =
        co_await v.send(method::patch, path, R"({"shipping_method_id":")" + s.post + "\"}");
    EXPECT_EQ(archived.code(), "shipping_method_not_offered");

    EXPECT_EQ((co_await v.send(method::patch, path, R"({"email":"a@example.com"})", {.if_match = version(1)}))
                  .status,
              200);
    answer const late = co_await v.send(method::patch, path, R"({"email":null})", {.if_match = version(1)});
    EXPECT_EQ(late.status, 412);
    EXPECT_EQ((co_await v.send(method::get, path)).text("/email"), "a@example.com");
}

TEST(cart, refuses_changes_with_every_fault_at_once) {
    cart_shop const s;
    in_shop(s, refuse_changes);
}

core::task<void> repeat_with_key(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    answer const first = co_await v.add(path, s.mug, 2, {.idempotency_key = "k1"});
    EXPECT_EQ(first.status, 201);
    answer const again = co_await v.add(path, s.mug, 2, {.idempotency_key = "k1"});
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_THAT(again.fields, testing::Contains(testing::Pair("Idempotency-Replayed", "true")));
    EXPECT_EQ((co_await v.add(path, s.mug, 3, {.idempotency_key = "k1"})).code(), "idempotency_key_reused");
    std::string const other = co_await v.new_cart();
    EXPECT_EQ((co_await v.add(other, s.mug, 2, {.idempotency_key = "k1"})).number("/version"), 2)
        << "another cart's keys are its own";
    std::string const plain = path.substr(path.rfind('/') + 1);
    EXPECT_EQ(s.look("select count(*) from ops.idempotency_keys k where k::text like '%" + plain + "%'"),
              "0");
}

TEST(cart, adds_once_under_one_key) {
    cart_shop const s;
    in_shop(s, repeat_with_key);
}

core::task<void> keep(cart_visitor& v, std::string target, std::string body, sender from, answer& into) {
    into = co_await v.send(method::post, std::move(target), std::move(body), std::move(from));
}

core::task<std::vector<answer>> eight(cart_visitor& v, std::string target, std::string body, sender from) {
    std::vector<answer> got(8);
    std::vector<core::task<void>> all;
    for (answer& a : got) all.push_back(keep(v, target, body, from, a));
    co_await all_of(std::move(all));
    co_return got;
}

core::task<void> race_under_a_key(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    // Eight times as many would be too many, which is nobody's concern who asks once.
    std::string const line = R"({"variant_id":")" + s.mug + R"(","quantity":9000})";
    expect_done_once(co_await eight(v, path + "/lines", line, {.idempotency_key = "one"}));
    EXPECT_EQ((co_await v.send(method::get, path)).number("/lines/0/quantity"), 9000);

    std::string const express = R"({"code":"express","name":"Express","rates":[]})";
    expect_done_once(
        co_await eight(v, "/v1/admin/shipping-methods", express, {.who = staff(), .idempotency_key = "one"}));
    EXPECT_EQ(s.look("select count(*) from audit.entries"), "1");
}

TEST(cart, races_under_one_key_are_done_once) {
    cart_shop const s;
    in_shop(s, race_under_a_key);
}

core::task<void> add_one(cart_visitor& v, cart_shop const& s, std::string path) {
    EXPECT_EQ((co_await v.add(path, s.mug, 1)).status, 201);
}

core::task<void> race(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    std::vector<core::task<void>> all;
    for (int i = 0; i < 16; ++i) all.push_back(add_one(v, s, path));
    co_await all_of(std::move(all));
    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.number("/lines/0/quantity"), 16);
    EXPECT_EQ(read.number("/version"), 17);
}

TEST(cart, loses_nothing_when_sixteen_add_at_once) {
    cart_shop const s;
    in_shop(s, race);
}

core::task<void> keep_the_budget(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    std::uint32_t statements = 0;
    for (int i = 0; i < 100; ++i) {
        std::string const variant = uuid_text();
        s.product("p" + std::to_string(i), variant, "now()", "null", 100);
        answer const got = co_await v.add(path, variant, 1);
        EXPECT_EQ(got.status, 201);
        if (i == 0) statements = got.meter.statements;
        EXPECT_EQ(got.meter.statements, statements) << "with " << i + 1 << " lines";
    }
    answer const full = co_await v.add(path, s.mug, 1);
    EXPECT_EQ(full.code(), "cart_full");
    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.meter.statements, 2U);
    EXPECT_EQ(read.number("/totals/total/amount"), 100 * 100);
}

TEST(cart, costs_the_same_statements_with_a_hundred_lines) {
    cart_shop const s;
    in_shop(s, keep_the_budget);
}

core::task<void> follow_the_catalogue(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    co_await v.add(path, s.mug, 1);
    co_await v.add(path, s.cup, 2);
    s.run("update catalog.prices set amount = 300 where variant_id = '" + s.cup + "'");
    s.run("update catalog.products set archived_at = now() where handle = 'mug'");
    answer const read = co_await v.send(method::get, path);
    EXPECT_FALSE(read.at("/lines/0/for_sale").as_bool());
    EXPECT_EQ(read.number("/totals/subtotal/amount"), 600);
    answer const gone = co_await v.send(method::remove, path + "/lines/" + read.text("/lines/0/id"));
    EXPECT_EQ(gone.status, 200);
}

TEST(cart, shows_todays_prices) {
    cart_shop const s;
    in_shop(s, follow_the_catalogue);
}

core::task<void> keep_drafts_to_itself(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    co_await v.add(path, s.mug, 2);
    co_await v.add(path, s.cup, 1);
    s.run("update catalog.products set published_at = null, title = 'The secret' where handle = 'mug'");
    s.run("update catalog.prices set amount = 4242 where variant_id = '" + s.mug + "'");
    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.text("/lines/0/variant_id"), s.mug);
    EXPECT_EQ(read.number("/lines/0/quantity"), 2);
    EXPECT_FALSE(read.at("/lines/0/for_sale").as_bool());
    for (auto const* field :
         {"product_handle", "product_title", "variant_title", "sku", "image_url", "unit_price", "total"})
        EXPECT_TRUE(read.at(std::string("/lines/0/") + field).is_null()) << field;
    EXPECT_EQ(read.text("/lines/1/product_title"), "The cup");
    EXPECT_EQ(read.number("/totals/total/amount"), 250);
}

TEST(cart, shows_nothing_of_what_left_the_shop) {
    cart_shop const s;
    in_shop(s, keep_drafts_to_itself);
}

core::task<void> outgrow_money(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    co_await v.add(path, s.mug, 2);
    answer const full = co_await v.add(path, s.cup, 3);
    s.run("update catalog.prices set amount = 1000000000000000 where variant_id in ('" + s.mug + "', '" +
          s.cup + "')");
    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.status, 200);
    EXPECT_TRUE(read.at("/totals").is_null());
    EXPECT_EQ(read.number("/lines/0/unit_price/amount"), 1'000'000'000'000'000);
    EXPECT_TRUE(read.at("/lines/0/total").is_null());
    EXPECT_EQ((co_await v.send(method::patch, path, R"({"email":"a@example.com"})")).status, 200);
    EXPECT_EQ((co_await v.add(path, s.bowl, 1)).code(), "cart_total_too_large");
    std::string const lines = path + "/lines/";
    std::string const mug = lines + full.text("/lines/0/id"), cup = lines + full.text("/lines/1/id");
    EXPECT_EQ((co_await v.send(method::patch, mug, R"({"quantity":3})")).code(), "cart_total_too_large");
    EXPECT_TRUE((co_await v.send(method::patch, mug, R"({"quantity":1})")).at("/totals").is_null());
    EXPECT_EQ((co_await v.send(method::remove, cup)).number("/totals/total/amount"), 1'000'000'000'000'000);
    EXPECT_EQ((co_await v.send(method::patch, path, R"({"shipping_method_id":")" + s.post + "\"}")).code(),
              "cart_total_too_large");
}

TEST(cart, can_be_read_and_emptied_when_prices_rose_beyond_money) {
    cart_shop const s;
    in_shop(s, outgrow_money);
}

// ---- what the checkout calls ----

core::task<core::result<core::nothing>> order_it(db::transaction& t, core::uuid capability) {
    auto const found = co_await cart::lock_for_order(t, capability);
    EXPECT_TRUE(found.has_value());
    if (!found) co_return core::not_found;
    EXPECT_EQ(found->lines.size(), 1U);
    EXPECT_EQ(found->shipping_address->city.value, "Genève");
    EXPECT_FALSE(found->shipping_address->company.has_value());
    EXPECT_EQ(found->shipping_method->amount, 490);
    EXPECT_FALSE(found->order_id.has_value());
    static constexpr db::statement<db::none(core::uuid, core::uuid)> insert_order{
        "test.insert_order",
        "insert into sales.orders (id, cart_id, tracking_digest, email, currency)"
        " values ($1, $2, sha256('x'), 'ada@example.com', 'EUR')"};
    core::uuid const order = core::make_uuid7();
    t.add(insert_order, order, found->id);
    cart::mark_ordered(t, found->id, order);
    co_return core::nothing{};
}

core::task<core::result<core::nothing>> miss_it(db::transaction& t) {
    EXPECT_FALSE((co_await cart::lock_for_order(t, core::make_random_uuid())).has_value());
    co_return core::nothing{};
}

core::task<void> become_an_order(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    answer const added = co_await v.add(path, s.mug, 2);
    co_await v.send(
        method::patch, path,
        std::string(R"({"shipping_address":)") + address + R"(,"shipping_method_id":")" + s.post + "\"}");
    core::uuid const capability = *core::parse_uuid(added.text("/id"));
    db::usage meter;
    auto const scope = v.env.database().use(in(5s), &meter);
    auto const done =
        co_await scope.transact({}, [capability](db::transaction& t) { return order_it(t, capability); });
    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(meter.round_trips, 2U) << "lock and read; write and commit";
    EXPECT_TRUE((co_await scope.transact({}, miss_it)).has_value());

    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.status, 200);
    EXPECT_TRUE(read.at("/ordered").as_bool());
    std::string const line = path + "/lines/" + read.text("/lines/0/id");
    EXPECT_EQ((co_await v.add(path, s.cup, 1)).code(), "cart_already_ordered");
    EXPECT_EQ((co_await v.send(method::patch, line, R"({"quantity":5})")).code(), "cart_already_ordered");
    EXPECT_EQ((co_await v.send(method::remove, line)).code(), "cart_already_ordered");
    EXPECT_EQ((co_await v.send(method::patch, path, R"({"email":null})")).code(), "cart_already_ordered");
    EXPECT_EQ((co_await v.send(method::get, path)).body, read.body) << "nothing changed";
}

TEST(cart, becomes_an_order_once_and_changes_no_more) {
    cart_shop const s;
    in_shop(s, become_an_order);
}

}  // namespace
