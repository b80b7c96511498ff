// Shipping methods: what shoppers may choose from, and how staff keep them.
#include "audit/audit.hpp"
#include "cart/handlers.hpp"
#include "cart/rules.hpp"
#include "cart/store.hpp"
#include "work/shop.hpp"

#include <algorithm>
#include <charconv>

namespace cart {
namespace {

constexpr std::string_view by_position = "position";
constexpr std::string_view audited_as = "shipping";
constexpr db::refusal refusals[] = {work::key_taken, {"shipping_method_code_unique", &method_code_taken}};

result<store::page_key> read_after(std::optional<work::page_cursor> const& after) {
    if (!after) return store::page_key{};
    auto const parts = work::read_cursor(after->value, by_position, 2);
    if (!parts) return parts.error();
    std::string const& digits = parts->front();
    store::page_key key;
    auto const [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), key.position);
    auto const id = core::parse_uuid(parts->back());
    if (bad != std::errc() || end != digits.data() + digits.size() || !id) return work::cursor_invalid;
    key.id = *id;
    return key;
}

template <class Row>
std::vector<std::string> key_of(Row const& last) {
    return {std::to_string(last.position), core::to_string(last.id)};
}

shipping_method_view view_of(store::method_row const& m) {
    shipping_method_view v{.id = m.id,
                           .code = m.code,
                           .name = m.name,
                           .position = m.position,
                           .rates = {},
                           .archived = m.archived,
                           .version = m.version};
    for (std::size_t i = 0; i < m.amounts.size(); ++i) v.rates.push_back({m.amounts[i], m.currencies.at(i)});
    return v;
}

void set_rates(store::method_row& m, shipping_rates rates) {
    std::ranges::sort(rates.items, {}, &shipping_rate::currency);  // as they will be read back
    m.currencies.clear();
    m.amounts.clear();
    for (shipping_rate const& rate : rates.items) {
        m.currencies.push_back(rate.currency);
        m.amounts.push_back(rate.amount.value);
    }
}

task<result<shipping_method_view>> offer_in(db::transaction& t, http::call const& c,
                                            store::method_row const& m) {
    shipping_method_view const view = view_of(m);
    store::insert_method(t, m);
    audit::record(t, work::actor_of(c), audited_as, m.id, audit::created(view));
    work::remember(t, c, create_method.success, view);
    co_return view;
}

task<result<shipping_method_view>> change_in(db::transaction& t, http::call const& c,
                                             update_method_request const& in) {
    auto const before = co_await store::lock_method(t, in.id);
    if (!before) co_return method_not_found;
    if (auto const current = c.check_version(before->version); !current) co_return current.error();

    store::method_row after = *before;
    if (in.name.given()) after.name = in.name->value;
    if (in.position.given()) after.position = in.position->value;
    if (in.archived.given()) after.archived = *in.archived;
    if (in.rates.given()) set_rates(after, *in.rates);
    if (audit::changed(view_of(*before), view_of(after)).empty()) co_return view_of(after);  // there already
    // From here on it succeeds.
    ++after.version;
    store::update_method(t, after);
    if (in.rates.given()) store::replace_rates(t, after);
    shipping_method_view view = view_of(after);
    audit::record(t, work::actor_of(c), audited_as, in.id, audit::changed(view_of(*before), view));
    co_return view;
}

}  // namespace

task<result<http::page<shipping_offer>>> page_offers(http::call& c, list_offers_request in) {
    auto const after = read_after(in.after);
    if (!after) co_return after.error();
    core::currency const currency = in.currency ? *in.currency : work::service<work::shop>(c).currency;
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await store::list_offers(work::database(c), currency, *after, limit + 1);
    http::page<shipping_offer> out;
    out.next.value = work::trim_page(rows, limit, by_position, key_of<store::offer_row>);
    for (store::offer_row& row : rows)
        out.data.push_back({row.id, std::move(row.code), std::move(row.name), {row.amount, currency}});
    co_return out;
}

task<result<http::page<shipping_method_view>>> page_methods(http::call& c, list_methods_request in) {
    auto const after = read_after(in.after);
    if (!after) co_return after.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await store::list_methods(work::database(c), *after, limit + 1);
    http::page<shipping_method_view> out;
    out.next.value = work::trim_page(rows, limit, by_position, key_of<store::method_row>);
    for (store::method_row const& row : rows) out.data.push_back(view_of(row));
    co_return out;
}

task<result<shipping_method_view>> offer_method(http::call& c, create_method_request in) {
    if (auto const sound = check_rates(in.rates.items); !sound) co_return sound.error();
    store::method_row m{.id = core::make_uuid7(),
                        .code = std::move(in.code.value),
                        .name = std::move(in.name.value),
                        .position = in.position ? in.position->value : 0};
    set_rates(m, std::move(in.rates));
    co_return co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals, [&](db::transaction& t) { return offer_in(t, c, m); });
    });
}

task<result<shipping_method_view>> change_method(http::call& c, update_method_request in) {
    if (in.rates.given())
        if (auto const sound = check_rates(in.rates->items); !sound) co_return sound.error();
    co_return co_await work::database(c).transact({},
                                                  [&](db::transaction& t) { return change_in(t, c, in); });
}

core::uuid add_method(db::transaction& t, new_method m, work::actor const& by) {
    store::method_row row{.id = core::make_uuid7(), .code = m.code, .name = m.name, .position = m.position};
    std::ranges::sort(m.rates, {}, &core::money::currency);  // as they will be read back
    for (core::money const& rate : m.rates) {
        row.currencies.push_back(rate.currency);
        row.amounts.push_back(rate.amount);
    }
    store::insert_method(t, row);
    audit::record(t, by, audited_as, row.id, audit::created(view_of(row)));
    return row.id;
}

}  // namespace cart
