// JSON as it is written: every byte of a string where it may stand, and a struct's members in order.
#include "http/json_write.hpp"

#include "seed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace {

std::string written(auto const& value) {
    std::string out;
    http::write(out, value);
    return out;
}

// RFC 8259, 7, byte by byte.
std::string naive(std::string_view s) {
    static constexpr std::pair<char, char const*> shorts[] = {
        {'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}};
    std::string out = "\"";
    for (char const c : s) {
        auto const known = std::ranges::find(shorts, c, &std::pair<char, char const*>::first);
        if (known != std::end(shorts))
            out += known->second;
        else if (static_cast<unsigned char>(c) < 0x20)
            out += std::string("\\u00") + (c < 0x10 ? '0' : '1') + "0123456789abcdef"[c & 15];
        else
            out += c;
    }
    return out + "\"";
}

// Strings are looked through eight bytes at a time: every byte at every place of it, beside each kind of
// neighbour.
TEST(json_write, escapes_every_byte_that_needs_it_and_no_other) {
    for (char const neighbour : {'a', '\x7f', '\x80', '\xff', '\x1f', '"', '\0'})
        for (std::size_t size = 1; size < 20; ++size)
            for (std::size_t at = 0; at < size; ++at)
                for (int byte = 0; byte < 256; ++byte) {
                    std::string s(size, neighbour);
                    s[at] = static_cast<char>(byte);
                    ASSERT_EQ(written(s), naive(s)) << byte << " at " << at << " of " << size;
                }
}

TEST(json_write, random_strings) {
    auto random = test::seeded();
    static constexpr std::string_view likely = "abc \"\\\n\t\x01\x1f\x20\x7f\x80\xff";
    for (int round = 0; round < 20'000; ++round) {
        std::string s(random() % 40, ' ');
        for (char& c : s) c = likely[random() % likely.size()];
        ASSERT_EQ(written(s), naive(s));
    }
}

struct thing {
    std::optional<std::int64_t> first;
    std::string name;
    std::optional<bool> flag;
    http::nullable<std::int64_t> none;
    std::vector<core::uuid> ids;
};
BOOST_DESCRIBE_STRUCT(thing, (), (first, name, flag, none, ids))

TEST(json_write, members_in_order_without_those_that_are_absent) {
    EXPECT_EQ(written(thing{}), R"({"name":"","none":null,"ids":[]})");
    core::uuid id;
    for (std::size_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(i * 17);
    EXPECT_EQ(written(thing{.first = -7, .name = "\"", .flag = false, .none = {12}, .ids = {id, {}}}),
              R"({"first":-7,"name":"\"","flag":false,"none":12,)"
              R"("ids":["00112233-4455-6677-8899-aabbccddeeff","00000000-0000-0000-0000-000000000000"]})");
}

}  // namespace
