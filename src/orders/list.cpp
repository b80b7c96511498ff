// The list of orders: which statement gives it, and where it begins and ends.
#include "orders/list.hpp"

namespace orders {
namespace {

constexpr core::timestamp long_ago{-62'135'596'800'000'000};   // the year 1
constexpr core::timestamp far_ahead{253'402'300'799'000'000};  // the year 9999

order_key before_first(bool oldest_first) {
    order_key k{oldest_first ? long_ago : far_ahead, {}};
    if (!oldest_first) k.id.bytes.fill(0xff);
    return k;
}

// The fragment as an ILIKE pattern: its own % and _ mean themselves.
std::string pattern(std::string_view fragment) {
    std::string out = "%";
    for (char const ch : fragment) {
        if (ch == '%' || ch == '_' || ch == '\\') out.push_back('\\');
        out.push_back(ch);
    }
    return out + "%";
}

}  // namespace

core::task<std::vector<summary_row>> list_orders_by(db::scope in, order_filter f,
                                                    std::optional<order_key> after, std::int64_t limit) {
    order_key const from = after.value_or(before_first(f.oldest_first));
    core::timestamp const since = f.placed_after.value_or(long_ago);
    core::timestamp const until = f.placed_before.value_or(far_ahead);
    if (f.email_fragment || f.number) {
        std::optional<std::string> like;
        if (f.email_fragment) like = pattern(*f.email_fragment);
        co_return co_await in.all(f.oldest_first ? search_oldest : search_newest, from.placed_at, from.id,
                                  since, until, limit, f.status, like, f.number);
    }
    if (f.status)
        co_return co_await in.all(f.oldest_first ? list_status_oldest : list_status_newest, from.placed_at,
                                  from.id, since, until, limit, *f.status);
    co_return co_await in.all(f.oldest_first ? list_oldest : list_newest, from.placed_at, from.id, since,
                              until, limit);
}

}  // namespace orders
