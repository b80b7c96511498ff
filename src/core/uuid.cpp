#include "core/uuid.hpp"

#include "core/random.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace core {
namespace {

using digit_pair = std::array<char, 2>;
constexpr auto digit_pairs = [] {
    constexpr char digits[] = "0123456789abcdef";
    std::array<digit_pair, 256> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {digits[i >> 4], digits[i & 15]};
    return out;
}();

constexpr int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void mark(uuid& id, std::uint8_t version) {
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | (version << 4));
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

// Milliseconds in the upper 48 bits and 4096ths of one in the lower 12 (RFC 9562, 6.2, method 3).
std::uint64_t ticks_now() {
    using namespace std::chrono;
    auto const ns = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
    auto const ms = static_cast<std::uint64_t>(ns / 1'000'000);
    auto const rest = static_cast<std::uint64_t>(ns % 1'000'000);
    return ms << 12 | rest * 4096 / 1'000'000;
}

void format(char* out, uuid const& id) {
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        std::memcpy(out, digit_pairs[id.bytes[i]].data(), 2);
        out += 2;
    }
}

}  // namespace

uuid make_uuid7() {
    thread_local std::uint64_t last = 0;
    last = std::max(ticks_now(), last + 1);  // a clock set back does not turn the order round
    uuid id;
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(last >> (52 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>((last >> 8) & 0x0f);
    id.bytes[7] = static_cast<std::uint8_t>(last);
    std::uint64_t const random = random_u64();
    std::memcpy(id.bytes.data() + 8, &random, 8);
    mark(id, 7);
    return id;
}

uuid make_random_uuid() {
    uuid id;
    fill_random(id.bytes);
    mark(id, 4);
    return id;
}

std::string to_string(uuid const& id) {
    std::string out(36, '\0');
    format(out.data(), id);
    return out;
}

void append(std::string& out, uuid const& id) {
    char text[36];
    format(text, id);
    out.append(text, sizeof text);
}

std::optional<uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            if (text[at++] != '-') return std::nullopt;
        int const high = nibble(text[at]);
        int const low = nibble(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
        at += 2;
    }
    return id;
}

}  // namespace core

// Keyed by the process: clients choose some of the ids that end up in our tables, and must not be able to
// choose ones that collide.
std::size_t std::hash<core::uuid>::operator()(core::uuid const& id) const noexcept {
    static std::uint64_t const key[2] = {core::random_u64() | 1, core::random_u64() | 1};
    std::uint64_t half[2];
    std::memcpy(half, id.bytes.data(), 16);
    __extension__ using wide = unsigned __int128;
    auto const fold = [](std::uint64_t a, std::uint64_t b) {
        wide const product = static_cast<wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    };
    return fold(half[0] ^ key[0], half[1] ^ key[1]) ^ fold(half[1] ^ key[0], key[1]);
}
