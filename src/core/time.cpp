#include "core/time.hpp"

#include <stdexcept>

namespace core {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::size_t text_size = 27;

constexpr std::int64_t days_until(int y, unsigned m, unsigned d) {
    return sys_days{year{y} / month{m} / day{d}}.time_since_epoch().count();
}
constexpr std::int64_t first_us = days_until(1, 1, 1) * day_us;
constexpr std::int64_t end_us = days_until(10'000, 1, 1) * day_us;

void put(char* out, std::uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

void format(char* out, timestamp t) {
    if (t.us < first_us || t.us >= end_us)
        throw std::out_of_range("a moment outside of the years 1 to 9999 has no RFC 3339 form");
    std::int64_t days = t.us / day_us;
    std::int64_t rest = t.us % day_us;
    if (rest < 0) {
        rest += day_us;
        --days;
    }
    year_month_day const date{sys_days{std::chrono::days{days}}};
    auto const in_day = static_cast<std::uint64_t>(rest);
    auto const seconds = in_day / second_us;
    put(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    out[4] = '-';
    put(out + 5, static_cast<unsigned>(date.month()), 2);
    out[7] = '-';
    put(out + 8, static_cast<unsigned>(date.day()), 2);
    out[10] = 'T';
    put(out + 11, seconds / 3600, 2);
    out[13] = ':';
    put(out + 14, seconds / 60 % 60, 2);
    out[16] = ':';
    put(out + 17, seconds % 60, 2);
    out[19] = '.';
    put(out + 20, in_day % second_us, 6);
    out[26] = 'Z';
}

// Reads from the front of `rest`; any refusal makes every later step refuse as well.
struct reader {
    std::string_view rest;
    bool good = true;

    int number(std::size_t width) {
        if (!good || rest.size() < width) return fail();
        int value = 0;
        for (char c : rest.substr(0, width)) {
            if (c < '0' || c > '9') return fail();
            value = value * 10 + (c - '0');
        }
        rest.remove_prefix(width);
        return value;
    }
    char one_of(std::string_view allowed) {
        if (!good || rest.empty() || allowed.find(rest.front()) == allowed.npos) {
            good = false;
            return '\0';
        }
        char const c = rest.front();
        rest.remove_prefix(1);
        return c;
    }
    bool skip(char c) {
        if (!good || rest.empty() || rest.front() != c) return false;
        rest.remove_prefix(1);
        return true;
    }

private:
    int fail() {
        good = false;
        return 0;
    }
};

// Digits past the sixth are read and dropped: a moment here has microseconds.
std::int64_t read_fraction(reader& in) {
    if (!in.skip('.')) return 0;
    std::int64_t us = 0;
    int digits = 0;
    while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
        if (digits < 6) us = us * 10 + (in.rest.front() - '0');
        ++digits;
        in.rest.remove_prefix(1);
    }
    if (digits == 0) in.good = false;
    for (int i = digits; i < 6; ++i) us *= 10;
    return us;
}

std::int64_t read_offset_minutes(reader& in) {
    char const sign = in.one_of("Zz+-");
    if (sign != '+' && sign != '-') return 0;
    int const hours = in.number(2);
    in.one_of(":");
    int const minutes = in.number(2);
    if (hours > 23 || minutes > 59) in.good = false;
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

timestamp now() {
    using namespace std::chrono;
    return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string to_string(timestamp t) {
    std::string out(text_size, '\0');
    format(out.data(), t);
    return out;
}

void append(std::string& out, timestamp t) {
    char text[text_size];
    format(text, t);
    out.append(text, text_size);
}

std::optional<timestamp> parse_timestamp(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    reader in{text};
    int const y = in.number(4);
    in.one_of("-");
    int const m = in.number(2);
    in.one_of("-");
    int const d = in.number(2);
    in.one_of("Tt");
    int const hour = in.number(2);
    in.one_of(":");
    int const minute = in.number(2);
    in.one_of(":");
    int const second = in.number(2);
    std::int64_t const fraction = read_fraction(in);
    std::int64_t const offset = read_offset_minutes(in);
    if (!in.good || !in.rest.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    year_month_day const date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;
    std::int64_t const minutes = hour * 60 + minute - offset;
    // A leap second exists only at the end of a UTC day; it counts as the first second of the next.
    if (second == 60 && (minutes + 1440) % 1440 != 1439) return std::nullopt;
    std::int64_t const days = sys_days{date}.time_since_epoch().count();
    std::int64_t const us = days * day_us + (minutes * 60 + second) * second_us + fraction;
    if (us < first_us || us >= end_us) return std::nullopt;
    return timestamp{us};
}

}  // namespace core
