#include "cart/handlers.hpp"

#include "cart/rules.hpp"
#include "cart/store.hpp"
#include "http/json_write.hpp"
#include "work/context.hpp"
#include "work/shop.hpp"

namespace cart {
namespace {

constexpr db::refusal refusals[] = {work::key_taken};

// The cart for a change: locked, not ordered yet, and in the version that the caller has seen. From here on
// the copy in memory is the cart as it is going to be.
task<result<open_cart>> take_for_change(db::transaction& t, http::call const& c, core::uuid capability) {
    auto found = co_await lock_for_order(t, capability);
    if (!found) co_return cart_not_found;
    if (found->order_id) co_return already_ordered;
    if (auto const current = c.check_version(found->version); !current) co_return current.error();
    ++found->version;
    co_return std::move(*found);
}

task<result<cart_view>> put_line_in(db::transaction& t, http::call const& c, add_line_request const& in) {
    auto cart = co_await take_for_change(t, c, in.id);
    if (!cart) co_return cart.error();
    auto const line = put_in(*cart, core::make_uuid7(), in.variant_id, in.quantity.value);
    if (!line) co_return line.error();
    auto const offered = t.add(catalog::load_sellables, variants_in(*cart), cart->currency);
    co_await t.run();
    if (auto const sold = check_for_sale(offered.all(), in.variant_id, "/variant_id"); !sold)
        co_return sold.error();
    auto view = payable_view(in.id, *cart, offered.all());
    if (!view) co_return view.error();

    // From here on it succeeds.
    store::save_line(t, cart->id, *line);
    store::save_head(t, *cart);
    work::remember(t, c, add_line.success, std::string());
    co_return view;
}

task<result<cart_view>> change_line_in(db::transaction& t, http::call const& c,
                                       update_line_request const& in) {
    auto cart = co_await take_for_change(t, c, in.id);
    if (!cart) co_return cart.error();
    std::int64_t const before = quantity_of(*cart, in.line);
    auto const line = set_quantity(*cart, in.line, in.quantity.value);
    if (!line) co_return line.error();
    auto const offered = t.add(catalog::load_sellables, variants_in(*cart), cart->currency);
    co_await t.run();
    auto view = line->quantity > before ? payable_view(in.id, *cart, offered.all())
                                        : view_of(in.id, *cart, offered.all());
    if (!view) co_return view.error();

    // From here on it succeeds.
    store::save_line(t, cart->id, *line);
    store::save_head(t, *cart);
    co_return view;
}

task<result<cart_view>> drop_line_in(db::transaction& t, http::call const& c, remove_line_request const& in) {
    auto cart = co_await take_for_change(t, c, in.id);
    if (!cart) co_return cart.error();
    if (auto const taken = take_out(*cart, in.line); !taken) co_return taken.error();
    auto const offered = t.add(catalog::load_sellables, variants_in(*cart), cart->currency);
    co_await t.run();

    // From here on it succeeds.
    store::remove_line(t, in.line);
    store::save_head(t, *cart);
    co_return view_of(in.id, *cart, offered.all());
}

void apply(open_cart& cart, update_cart_request const& in) {
    if (in.email.given()) {
        cart.email.reset();
        if (*in.email) cart.email = (*in.email)->value;
    }
    if (in.shipping_address.given()) cart.shipping_address = *in.shipping_address;
    if (in.billing_address.given()) cart.billing_address = *in.billing_address;
    if (in.shipping_method_id.given())
        cart.shipping_method.reset();  // put back when it is known to be offered
}

task<result<cart_view>> change_cart_in(db::transaction& t, http::call const& c,
                                       update_cart_request const& in) {
    auto cart = co_await take_for_change(t, c, in.id);
    if (!cart) co_return cart.error();
    apply(*cart, in);
    bool const chooses = in.shipping_method_id.given() && in.shipping_method_id->has_value();
    db::ticket<shipping> offer;
    if (chooses) offer = store::add_find_offer(t, **in.shipping_method_id, cart->currency);
    auto const offered = t.add(catalog::load_sellables, variants_in(*cart), cart->currency);
    co_await t.run();
    if (chooses) cart->shipping_method = offer.first();
    if (auto const fine = check_choices(in, !chooses || cart->shipping_method); !fine) co_return fine.error();
    auto view = chooses ? payable_view(in.id, *cart, offered.all()) : view_of(in.id, *cart, offered.all());
    if (!view) co_return view.error();

    // From here on it succeeds.
    if (in.shipping_address.given())
        store::save_address(t, cart->id, store::address_kind::shipping, cart->shipping_address);
    if (in.billing_address.given())
        store::save_address(t, cart->id, store::address_kind::billing, cart->billing_address);
    store::save_head(t, *cart);
    co_return view;
}

task<result<core::nothing>> insert_cart_in(db::transaction& t, open_cart const& cart, core::uuid capability) {
    store::insert_cart(t, cart.id, capability, cart.currency);
    co_return core::nothing{};
}

}  // namespace

std::string etag_of(core::uuid capability, open_cart const& c, std::span<catalog::sellable const> offered) {
    std::string body;
    http::write(body, view_of(capability, c, offered));
    return http::make_etag(body, c.version);
}

task<result<cart_view>> begin_cart(http::call& c, create_cart_request in) {
    core::uuid const capability = core::make_random_uuid();
    open_cart const cart{.id = core::make_uuid7(),
                         .version = 1,
                         .currency = in.currency ? *in.currency : work::service<work::shop>(c).currency};
    auto const stored = co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return insert_cart_in(t, cart, capability); });
    if (!stored) co_return stored.error();
    co_return view_of(capability, cart, {});
}

task<result<cart_view>> show_cart(http::call& c, get_cart_request in) {
    auto const found = co_await store::find(work::database(c), in.id);
    if (!found) co_return cart_not_found;
    auto const offered =
        co_await work::database(c).all(catalog::load_sellables, variants_in(*found), found->currency);
    co_return view_of(in.id, *found, offered);
}

task<result<cart_view>> change_cart(http::call& c, update_cart_request in) {
    co_return co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return change_cart_in(t, c, in); });
}

task<result<cart_view>> put_line(http::call& c, add_line_request in) {
    auto done = co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return put_line_in(t, c, in); });
    });
    if (!c.ready_answer) co_return done;
    // Its first answer is not kept: it would hold the cart's id, which must not be stored in the clear.
    c.ready_answer.reset();
    c.reply_fields.emplace_back("Idempotency-Replayed", "true");
    co_return co_await show_cart(c, {in.id});
}

task<result<cart_view>> change_line(http::call& c, update_line_request in) {
    co_return co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return change_line_in(t, c, in); });
}

task<result<cart_view>> drop_line(http::call& c, remove_line_request in) {
    co_return co_await work::database(c).transact({},
                                                  [&](db::transaction& t) { return drop_line_in(t, c, in); });
}

}  // namespace cart
