// Moments and deadlines. A moment is what the database calls timestamptz: microseconds, UTC.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

struct timestamp {
    std::int64_t us = 0;  // since 1970-01-01T00:00:00Z, leap seconds not counted

    auto operator<=>(timestamp const&) const = default;
};

using steady = std::chrono::steady_clock;
using deadline = steady::time_point;

timestamp now();                             // the wall clock
std::string to_string(timestamp t);          // RFC 3339, "2026-01-31T12:00:00.123456Z"
void append(std::string& out, timestamp t);  // the same, without an allocation of its own
std::optional<timestamp> parse_timestamp(std::string_view text);  // RFC 3339 with any offset

}  // namespace core
