#include "sample/trade.hpp"

#include "audit/audit.hpp"
#include "orders/orders.hpp"
#include "sample/schedule.hpp"

#include <stdexcept>

namespace sample {
namespace {

using orders::order_status;

constexpr std::string_view action = "carrack sample";

// The tables are ours: what the shop refuses of them is our mistake.
template <class T>
T expect(core::result<T> r, std::string_view what) {
    if (r) return std::move(*r);
    throw std::logic_error("the sample shop's " + std::string(what) + ": " +
                           std::string(r.error().what->code));
}

// Who has ordered it: as themselves, if they have an account.
work::actor shopper(order const& o, crew const& all) {
    work::actor a = work::command(std::string(action));
    a.kind = http::principal_kind::guest;
    if (auto const known = all.shoppers.find(customers()[o.customer].email); known != all.shoppers.end())
        a.kind = http::principal_kind::customer, a.id = known->second;
    return a;
}

work::actor member(std::optional<core::uuid> id) {
    work::actor a = work::command(std::string(action));
    if (id) a.kind = http::principal_kind::staff, a.id = id;
    return a;
}

struct shelves {
    std::vector<inventory::counted> counts;
    std::vector<inventory::backorders> limits;
};

void fill(shelves& s, variant const& v, core::uuid id, core::uuid at_harbour, core::uuid at_loft) {
    s.counts.push_back({id, at_harbour, v.at_harbour});
    if (v.at_loft > 0) s.counts.push_back({id, at_loft, v.at_loft});
    if (v.backorders > 0) s.limits.push_back({id, at_harbour, v.backorders});
}

std::int64_t units_at(shelves const& s, core::uuid location) {
    std::int64_t units = 0;
    for (auto const& c : s.counts) units += c.location_id == location ? c.on_hand : 0;
    return units;
}

struct counter {  // what an order needs of the shop
    variants_by_sku on_sale;
    std::vector<core::uuid> methods;  // as in `ways`
};

core::uuid fill_cart(db::transaction& t, order const& o, counter const& c) {
    auto const capability = core::make_random_uuid();
    customer const& who = customers()[o.customer];
    cart::open_cart cart{.id = core::make_uuid7(),
                         .currency = core::currency::unchecked(o.in_eur ? "EUR" : "USD"),
                         .email = std::string(who.email),
                         .order_id = {},
                         .lines = {},
                         .shipping_address = address_of(who),
                         .billing_address = {},
                         .shipping_method = cart::shipping{c.methods.at(o.way), {}, {}}};
    for (order_line const& l : o.lines)
        if (!l.sku.empty()) cart.lines.push_back({core::make_uuid7(), c.on_sale.at(l.sku), l.quantity});
    cart::add_cart(t, capability, cart);
    return capability;
}

core::task<core::result<orders::order_record>> move(db::transaction& t, core::uuid id, order const& o,
                                                    order_status to, work::actor by) {
    std::optional<std::string> reason;
    if (to == o.ends_as && !o.reason.empty()) reason = o.reason;
    return orders::move_on(t, {.order_id = id, .to = to, .reason = reason, .expected_seq = {}}, by);
}

core::task<core::uuid> check_out(db::transaction& t, order const& o, counter const& c, work::actor by) {
    auto const cart = fill_cart(t, o, c);
    co_return expect(co_await orders::place(t, cart, orders::payment_provider::manual, by), "order").order.id;
}

core::task<void> do_to(db::transaction& t, core::uuid id, event const& e, crew by) {
    using orders::payment_state;
    order const& o = placed_orders()[e.order];
    switch (e.what) {
        case deed::place: break;
        case deed::take_money:
            expect(co_await orders::pay(t, id, payment_state::captured, member(by.manager)), "payment");
            break;
        case deed::step: expect(co_await move(t, id, o, e.to, member(by.packer)), "transition"); break;
        case deed::cancel:
            expect(co_await move(t, id, o, e.to, o.by_customer ? shopper(o, by) : member(by.manager)),
                   "cancellation");
            break;
        case deed::pay_back:
            expect(co_await orders::pay(t, id, payment_state::refunded, member(by.manager)), "refund");
            break;
    }
}

}  // namespace

core::task<core::uuid> open_location(db::transaction& t, place at) {
    auto const id = co_await inventory::ensure_location(
        t, work::command(std::string(action)), std::string(at.code), std::string(at.name), at.priority);
    if (!id) throw std::logic_error("the sample shop's location is archived");
    co_return *id;
}

core::task<variants_by_sku> stock_up(db::transaction& t, goods all) {
    work::actor const by = work::command(std::string(action));
    auto const products = expect(co_await catalog::import_products(t, by, all.drafts), "goods");
    auto const at_harbour = co_await open_location(t, harbour);
    auto const at_loft = co_await open_location(t, loft);
    shelves stock;
    variants_by_sku out;
    for (std::size_t i = 0; i < products.size(); ++i)
        for (std::size_t n = 0; n < products[i].variant_ids.size(); ++n) {
            variant const& v = all.rows[i]->variants[n];
            out.emplace(v.sku, products[i].variant_ids[n]);
            if (all.rows[i]->now == state::on_sale)
                fill(stock, v, products[i].variant_ids[n], at_harbour, at_loft);
        }
    (void)inventory::set_on_hand(t, stock.counts, by);
    for (core::uuid const location : {at_harbour, at_loft})
        audit::record(t, by, "stock", location, {{"units", "0", std::to_string(units_at(stock, location))}});
    inventory::set_backorder_limits(t, stock.limits);
    co_return out;
}

core::task<std::size_t> trade(db::transaction& t, variants_by_sku on_sale, crew by, core::currency shop,
                              weeks past) {
    counter c{std::move(on_sale), {}};
    for (std::int64_t position = 0; way const& w : ways) {
        cart::new_method m{std::string(w.code), std::string(w.name), position++, {}};
        m.rates = {{w.usd, core::currency::unchecked("USD")}, {w.eur, core::currency::unchecked("EUR")}};
        if (shop.code() != "USD" && shop.code() != "EUR") m.rates.push_back({same_figure(w.usd, shop), shop});
        c.methods.push_back(cart::add_method(t, std::move(m), work::command(std::string(action))));
    }
    std::vector<core::uuid> ids(placed_orders().size());
    for (event const& e : schedule(past.now)) {
        co_await past.told.mark(t, e.at);
        if (e.what == deed::place)
            ids[e.order] =
                co_await check_out(t, placed_orders()[e.order], c, shopper(placed_orders()[e.order], by));
        else
            co_await do_to(t, ids[e.order], e, by);
    }
    co_return ids.size();
}

}  // namespace sample
