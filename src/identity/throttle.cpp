#include "identity/throttle.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace identity {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t window_s = std::chrono::seconds(tries_window).count();

struct limit {
    std::string_view name;
    std::int64_t most;
    bool (*counts)(seen_try const&);
    bool spares_known = false;  // does not hold where the account has signed in before
};

constexpr limit limits[] = {
    {"account", tries_of_account, [](seen_try const& t) { return t.of_account; }},
    {"account-new-addresses", tries_from_new_addresses,
     [](seen_try const& t) { return t.of_account && !t.known; }, true},
    {"account-address", tries_from_one_address,
     [](seen_try const& t) { return t.of_account && t.from_here; }},
    {"address", tries_of_address, [](seen_try const& t) { return t.from_here; }},
};

// Of those that count, oldest first.
std::vector<std::int64_t> ages_of(std::span<seen_try const> tries, bool with_pending,
                                  bool (*counts)(seen_try const&)) {
    std::vector<std::int64_t> out;
    for (seen_try const& t : tries)
        if (counts(t) && (with_pending || !t.pending) && t.age_us < window_s * second_us)
            out.push_back(t.age_us);
    std::ranges::sort(out, std::greater{});
    return out;
}

throttling refusal(std::string_view policy, std::int64_t quota, std::int64_t of_s, std::int64_t wait_us) {
    return {.verdict = throttle_verdict::refuse,
            .policy = policy,
            .quota = quota,
            .window_s = of_s,
            .retry_after_s = (wait_us + second_us - 1) / second_us};
}

throttling longer(throttling const& a, throttling const& b) {
    return b.retry_after_s > a.retry_after_s ? b : a;
}

// So many of these have to become older than the window that there is room for one more.
throttling count(limit const& l, std::vector<std::int64_t> const& ages) {
    if (std::ssize(ages) < l.most) return {};
    std::int64_t const age = ages[ages.size() - static_cast<std::size_t>(l.most)];
    return refusal(l.name, l.most, window_s, window_s * second_us - age);
}

throttling pause_after(std::vector<std::int64_t> const& ages) {
    std::int64_t const beyond = std::ssize(ages) - tries_without_pause;
    if (beyond < 0) return {};
    std::int64_t const pause_s = std::int64_t{1} << std::min<std::int64_t>(beyond, 10);
    std::int64_t const left = pause_s * second_us - ages.back();
    return left > 0 ? refusal("account-pause", 1, pause_s, left) : throttling{};
}

throttling hold_against(std::span<seen_try const> tries, bool known_here, bool with_pending) {
    throttling out;
    for (limit const& l : limits)
        if (!l.spares_known || !known_here)
            out = longer(out, count(l, ages_of(tries, with_pending, l.counts)));
    return longer(out, pause_after(ages_of(tries, with_pending,
                                           [](seen_try const& t) { return t.of_account && t.from_here; })));
}

}  // namespace

throttling judge(std::span<seen_try const> tries, bool known_here) {
    throttling out = hold_against(tries, known_here, false);
    if (out.verdict == throttle_verdict::go &&
        hold_against(tries, known_here, true).verdict == throttle_verdict::refuse)
        out.verdict = throttle_verdict::wait;
    return out;
}

}  // namespace identity
