#include "sample/chronicle.hpp"

#include "sample/statements.hpp"

namespace sample {

core::task<void> chronicle::mark(db::transaction& t, core::timestamp shown) {
    // In its own round trip, behind all that the last moment has queued.
    real_.push_back(*co_await t.first(clock_now));
    shown_.push_back(shown);
}

core::task<void> chronicle::date_back(db::transaction& t) const {
    if (!*co_await t.first(may_date_back)) co_return;
    t.add(date_back_orders, real_, shown_);
    t.add(date_back_goods, real_, shown_);
    t.add(date_back_trail, real_, shown_);
    t.add(date_back_heads);
    co_await t.run();
}

}  // namespace sample
