// How often passwords may be tried, decided from the tries of the last quarter of an hour: no SQL, no clock.
//   An account stands ten wrong passwords, so that nobody guesses it; of these eight from addresses that are
//   new to it, so that a crowd of strangers leaves two to whoever sits where the account always signs in; and
//   four from any one address, so that a single stranger leaves six to the others. From the third on a try
//   waits: one second since the last, two, four, … An address stands sixty over all accounts.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace identity {

inline constexpr core::failure too_many_attempts{
    "too_many_attempts", core::fault::limited,
    "Too many tries; try again after the time that Retry-After says."};

inline constexpr std::chrono::minutes tries_window{15};
inline constexpr std::int64_t tries_of_account = 10;
inline constexpr std::int64_t tries_from_new_addresses = 8;
inline constexpr std::int64_t tries_from_one_address = 4;
inline constexpr std::int64_t tries_of_address = 60;
inline constexpr std::int64_t tries_without_pause = 2;

struct seen_try {
    bool of_account;  // in question
    bool from_here;   // the same network
    bool known;       // from where the account had signed in before
    bool pending;     // nobody knows yet whether it was right
    std::int64_t age_us;
};

enum class throttle_verdict : std::uint8_t {
    go,
    wait,    // only tries that may yet turn out right stand in the way
    refuse,  // for so many seconds
};

struct throttling {
    throttle_verdict verdict = throttle_verdict::go;
    std::string_view policy;    // of the limit that refuses longest
    std::int64_t quota = 0;     // so many ..
    std::int64_t window_s = 0;  // .. in so many seconds
    std::int64_t retry_after_s = 0;
};

// Of the tries at most `tries_window` old of the account or the address; `known_here`: the account has signed
// in from this address before.
throttling judge(std::span<seen_try const> tries, bool known_here);

}  // namespace identity
