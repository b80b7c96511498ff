// Identifiers (RFC 9562). One C++ type for every kind of id, so that an order's id can't be
// handed to a function that wants a product's.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace core {

struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(uuid const&) const = default;
    bool is_nil() const { return *this == uuid{}; }
};

uuid make_uuid7();        // time-ordered, monotonic within a thread
uuid make_random_uuid();  // version 4: 122 random bits, for capabilities
std::string to_string(uuid const& id);
void append(std::string& out, uuid const& id);
std::optional<uuid> parse_uuid(std::string_view text);  // 8-4-4-4-12, either case

// `struct order_tag; using order_id = core::id<order_tag>;`
template <class Tag>
struct id {
    uuid value;

    auto operator<=>(id const&) const = default;
    static id make() { return {make_uuid7()}; }
};

template <class Tag>
std::string to_string(id<Tag> const& i) {
    return to_string(i.value);
}

}  // namespace core

template <>
struct std::hash<core::uuid> {
    std::size_t operator()(core::uuid const& id) const noexcept;
};
template <class Tag>
struct std::hash<core::id<Tag>> {
    std::size_t operator()(core::id<Tag> const& i) const noexcept { return std::hash<core::uuid>{}(i.value); }
};
