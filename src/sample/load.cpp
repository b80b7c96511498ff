#include "identity/api.hpp"
#include "identity/identity.hpp"
#include "sample/pictures.hpp"
#include "sample/sample.hpp"
#include "sample/schedule.hpp"
#include "sample/statements.hpp"
#include "sample/trade.hpp"

#include <stdexcept>

namespace sample {
namespace {

// Accounts that are there already, after a start that was broken off, stay as they are.
core::task<std::optional<core::uuid>> hire(db::scope db, crypto::password_pool& passwords, account who,
                                           hiring as) {
    auto const made = co_await identity::add_staff(
        db, passwords, {std::string(who.email), std::string(who.name), as.password}, std::string(who.role));
    if (made && as.told) as.told(who, as.password);
    if (made) co_return *made;
    if (made.error().what == &identity::email_taken) co_return std::nullopt;
    throw std::runtime_error("the sample shop's " + std::string(who.role) +
                             " could not be made: " + std::string(made.error().what->message));
}

core::task<std::optional<core::uuid>> enrol(db::scope db, crypto::password_pool& passwords, account who,
                                            hiring as) {
    auto const made = co_await identity::add_customer(
        db, passwords, {std::string(who.email), std::string(who.name), as.password});
    if (!made) throw std::runtime_error("the sample shop's customers could not be made");
    if (*made && as.told) as.told(who, as.password);
    co_return *made;
}

// What an operator does, at one of the two places alone. The place is made with the role's limit, before
// the goods.
core::task<void> divide_work(db::scope db, account who) {
    auto const at = co_await db.transact({}, [](db::transaction& t) -> core::task<core::result<core::uuid>> {
        auto const id = co_await open_location(t, harbour);
        co_await t.commit();
        co_return id;
    });
    co_await identity::ensure_limited_role(
        db, std::string(who.role), "Moves orders on, and sees what lies at the harbour warehouse alone",
        "operator", {*at});
}

using outcome = std::optional<loaded>;

core::task<core::result<outcome>> open_shop(db::transaction& t, crew by, core::currency currency,
                                            std::string address, core::timestamp began) {
    t.add(one_at_a_time);
    co_await t.run();  // what is read below is read after the lock
    if (!*co_await t.first(is_empty)) co_return outcome{};
    auto all = all_goods(currency, address);
    loaded done{.products = all.drafts.size()};
    chronicle past(began, opening(began));
    auto on_sale = co_await stock_up(t, std::move(all));
    done.variants = on_sale.size();
    done.orders = co_await trade(t, std::move(on_sale), by, currency, {began, past});
    co_await past.date_back(t);
    co_return outcome{done};
}

}  // namespace

core::task<std::optional<loaded>> load(db::scope db, crypto::password_pool& passwords,
                                       core::currency currency, std::string address, hiring staff_as) {
    if (!*co_await db.first(is_empty)) co_return std::nullopt;
    auto const began = *co_await db.first(clock_now);
    crew by;
    by.manager = co_await hire(db, passwords, staff[0], staff_as);
    by.packer = co_await hire(db, passwords, staff[1], staff_as);
    co_await hire(db, passwords, staff[2], staff_as);
    for (account const& who : shoppers)
        if (auto const made = co_await enrol(db, passwords, who, staff_as))
            by.shoppers.emplace(who.email, *made);
    co_await divide_work(db, staff[3]);
    co_await hire(db, passwords, staff[3], staff_as);
    auto const done = co_await db.transact(
        {}, [&](db::transaction& t) { return open_shop(t, by, currency, address, began); });
    if (!done) throw std::logic_error("the sample shop could not be opened");
    co_return *done;
}

core::task<bool> is_there(db::scope db) {
    co_return *co_await db.first(is_the_sample, std::string(staff[0].email),
                                 std::string(deck_products().front().handle));
}

core::task<void> move_pictures(db::scope db, std::string address) {
    auto const done =
        co_await db.transact({}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
            t.add(readdress_pictures, address + std::string(pictures_path), picture_names());
            co_await t.commit();
            co_return core::nothing{};
        });
    if (!done) throw std::logic_error("the sample shop's pictures could not be moved");
}

work::statement_list statements() {
    static constexpr db::statement_info const* all[] = {
        &is_empty,        &one_at_a_time,   &clock_now,       &may_date_back,      &date_back_orders,
        &date_back_goods, &date_back_trail, &date_back_heads, &readdress_pictures, &is_the_sample};
    return all;
}

}  // namespace sample
