#include "sample/schedule.hpp"

#include <algorithm>
#include <tuple>

namespace sample {
namespace {

using orders::order_status;

constexpr std::int64_t minute = 60'000'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t latest = 2 * minute;  // before now

core::timestamp later(core::timestamp t, std::int64_t us) { return {t.us + us}; }

// Parcels are packed and carried by day.
core::timestamp by_day(core::timestamp t) {
    std::int64_t const of_day = t.us % day;
    if (of_day >= 6 * hour && of_day < 19 * hour) return t;
    std::int64_t const morning = t.us - of_day + 6 * hour + of_day % (97 * minute);
    return {of_day < 6 * hour ? morning : morning + day};
}

std::int64_t pause_before(order_status to) {
    switch (to) {
        case order_status::confirmed: return 70 * minute;
        case order_status::processing: return 4 * hour;
        case order_status::shipped: return 17 * hour;
        default: return 53 * hour;
    }
}

// What happens too late for an order as young as that happens sooner.
void squeeze(std::vector<event>& of_one, core::timestamp now) {
    auto const placed = of_one.front().at.us;
    auto const have = now.us - latest - placed;
    auto const need = of_one.back().at.us - placed;
    if (need <= have) return;
    for (auto& e : of_one) e.at.us = placed + (e.at.us - placed) / minute * have / (need / minute + 1);
}

std::vector<event> events_of(std::size_t number, core::timestamp now) {
    order const& o = placed_orders()[number];
    auto const odd =
        static_cast<std::int64_t>(number * 17 % 53) * minute + static_cast<std::int64_t>(number) * 1'370'003;
    core::timestamp at = later(now, -o.hours_ago * hour + odd);
    std::vector<event> out{{at, number, deed::place}};
    auto const then = [&](std::int64_t pause, deed what, order_status to = order_status::pending) {
        at = by_day(later(at, pause + odd / 2));
        out.push_back({at, number, what, to});
    };
    if (o.paid) out.push_back({at = later(at, 6 * minute + odd / 3), number, deed::take_money});
    for (auto const step : steps_of(o)) then(pause_before(step), deed::step, step);
    if (o.ends_as == order_status::cancelled) then(80 * minute, deed::cancel, order_status::cancelled);
    if (o.refunded) then(3 * hour, deed::pay_back);
    squeeze(out, now);
    return out;
}

}  // namespace

core::timestamp opening(core::timestamp now) {
    return later(now, -(placed_orders().front().hours_ago + 9 * 24) * hour);
}

// A cancelled order is cancelled by somebody else, so its end is no step.
std::vector<order_status> steps_of(order const& o) {
    using enum order_status;
    auto const last = o.ends_as == cancelled ? o.cancelled_from : o.ends_as;
    std::vector<order_status> out;
    for (auto const step : {confirmed, processing, shipped, delivered}) {
        if (step > last) break;
        out.push_back(step);
    }
    return out;
}

std::vector<event> schedule(core::timestamp now) {
    std::vector<event> out;
    for (std::size_t i = 0; i < placed_orders().size(); ++i)
        for (auto const& e : events_of(i, now)) out.push_back(e);
    std::ranges::sort(out, {}, [](event const& e) { return std::tuple(e.at, e.order, e.what); });
    return out;
}

}  // namespace sample
