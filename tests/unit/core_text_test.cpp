// Text: what is UTF-8, what is a name, an e-mail address, a handle, a URL, a country.
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using std::string_literals::operator""s;

TEST(utf8, counts_code_points) {
    struct {
        std::string text;
        std::size_t count;
    } const cases[] = {
        {"", 0},
        {"abc", 3},
        {"Grüße", 5},
        {"日本語", 3},
        {"👩‍🚀", 3},
        {"\0"s, 1},
        {"\x7F", 1},
        {"\xC2\x80", 1},
        {"\xDF\xBF", 1},
        {"\xE0\xA0\x80", 1},
        {"\xED\x9F\xBF", 1},
        {"\xEE\x80\x80", 1},
        {"\xF0\x90\x80\x80", 1},
        {"\xF4\x8F\xBF\xBF", 1},
        {"12345678Ü2345678", 16},
    };
    for (auto const& c : cases) EXPECT_EQ(core::count_code_points(c.text), c.count) << c.text;
}

TEST(utf8, refuses_ill_formed_bytes) {
    for (std::string const& bad :
         {"\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC2"s, "\xC2\x41"s, "\xE0\x9F\xBF"s, "\xED\xA0\x80"s,
          "\xED\xBF\xBF"s, "\xE2\x82"s, "\xF0\x8F\xBF\xBF"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s,
          "\xFF"s, "\xFE"s, "12345678\x80"s, "1234567\xC3"s, "\xF0\x9F\x98"s, "\xC3\xC3\xA9"s})
        EXPECT_EQ(core::count_code_points(bad), std::nullopt);
}

std::string encoded(char32_t c) {
    auto const byte = [](char32_t v) { return static_cast<char>(v); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
    if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
    return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
            byte(0x80 | (c & 63))};
}

TEST(utf8, every_code_point_reads_back) {
    for (char32_t c = 0; c < 0x110000; ++c) {
        std::string const text = encoded(c);
        std::string_view rest = text;
        auto const read = core::take_code_point(rest);
        if (c >= 0xD800 && c < 0xE000) {
            ASSERT_FALSE(read);
        } else {
            ASSERT_EQ(read, c);
            ASSERT_TRUE(rest.empty());
        }
    }
}

TEST(utf8, the_fast_path_agrees_with_the_slow_one) {
    auto random = test::seeded();
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (std::size_t n = random() % 40; n > 0; --n)
            text += random() % 8 ? std::string(1, static_cast<char>('a' + random() % 26))
                                 : encoded(static_cast<char32_t>(random() % 0xD800));
        if (random() % 4 == 0 && !text.empty()) text[random() % text.size()] = static_cast<char>(random());
        std::optional<std::size_t> slow = 0;
        for (std::string_view rest = text; !rest.empty();) {
            if (!core::take_code_point(rest)) {
                slow.reset();
                break;
            }
            ++*slow;
        }
        ASSERT_EQ(core::count_code_points(text), slow);
    }
}

TEST(utf8, is_cut_between_code_points) {
    std::string const text = "aé日👩z";  // 1, 2, 3, 4 and 1 bytes
    std::size_t const ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t most = 0; most < std::size(ends); ++most)
        EXPECT_EQ(core::cut_at_code_point(text, most), text.substr(0, ends[most])) << most;
    EXPECT_EQ(core::cut_at_code_point("", 3), "");
}

TEST(control_characters, are_found) {
    for (std::string const& bad :
         {"\0"s, "a\nb"s, "\t"s, "\x1B[31m"s, "\x7F"s, "\xC2\x80"s, "a\xC2\x9F"s, "\xC2\x85"s})
        EXPECT_TRUE(core::has_control_characters(bad)) << bad;
    for (std::string const& good : {""s, "plain"s, "é"s, "\xC2\xA0"s, "日本語"s, "👍"s})
        EXPECT_FALSE(core::has_control_characters(good)) << good;
    EXPECT_FALSE(core::has_control_characters("a\r\n\tb", true));
    EXPECT_TRUE(core::has_control_characters("a\vb", true));
    EXPECT_TRUE(core::has_control_characters("\0"s, true));
}

TEST(text, trims_and_lowers) {
    EXPECT_EQ(core::trimmed("  a b\t\r\n"), "a b");
    EXPECT_EQ(core::trimmed(" \n "), "");
    EXPECT_EQ(core::trimmed(""), "");
    EXPECT_EQ(core::ascii_lower("ABC-Zz09Ü"), "abc-zz09Ü");
}

TEST(slug, spells_titles) {
    struct {
        char const* title;
        char const* slug;
    } const cases[] = {
        {"Ocean Blue Shirt", "ocean-blue-shirt"},
        {"  -- Crème   brûlée! ", "creme-brulee"},
        {"Straße & Größe 42", "strasse-grosse-42"},
        {"Łódź Ærø Þórður Œuvre", "lodz-aero-thordur-oeuvre"},
        {"Men's / Women’s T-Shirt", "mens-womens-t-shirt"},
        {"Việt Nam", "viet-nam"},
        {"İstanbul ığüşöç", "istanbul-igusoc"},
        {"5 × 7 ÷ 2", "5-7-2"},
        {"日本語", ""},
        {"日本 tea 茶", "tea"},
        {"Чай Earl Grey", "earl-grey"},
        {"👍👍 great👍", "great"},
        {"a\u0301bc", "abc"},
        {"", ""},
        {"---", ""},
        {"100% wool – grey…", "100-wool-grey"},
        {"bad\xFF"
         "bytes",
         "bad-bytes"},
    };
    for (auto const& c : cases) EXPECT_EQ(core::slug(c.title), c.slug) << c.title;
}

TEST(search_words, fold_what_is_written_differently) {
    static constexpr std::pair<char const*, char const*> cases[] = {
        {"", ""},
        {" -- ", ""},
        {"Caf\u00E9-Set, 2\u00D7", "cafe set 2"},
        {"cafe\u0301", "cafe"},
        {"M\u00FCller's STRASSE", "mullers strasse"},
        {"Stra\u00DFe \u1E9E", "strasse ss"},
        {"\u00C6\u00F8\u0142\u0131 \u01C4", "aeoli dz"},
        {"TEE-42/b", "tee 42 b"},
        {"50%_cup", "50 cup"},
        {"\u0395\u03BB\u03BB\u03AC\u03C2", "\u03B5\u03BB\u03BB\u03B1\u03C3"},
        {"\u0401\u043B\u043A\u0430 \u0419", "\u0435\u043B\u043A\u0430 \u0438"},
        {"\u6771\u4EAC\u3000\u5E97", "\u6771\u4EAC \u5E97"},
        {"\uFF21\uFF42\uFF11", "ab1"},
        {"a\xFFz", "a z"},
        {"\U0001F680x", "x"},
    };
    for (auto const& [given, wanted] : cases) {
        EXPECT_EQ(core::search_words(given), wanted) << given;
        EXPECT_EQ(core::search_words(wanted), wanted) << "folded is folded: " << wanted;
    }
}

TEST(slug, is_always_a_handle_or_empty) {
    auto random = test::seeded();
    for (int i = 0; i < 20'000; ++i) {
        std::string title;
        for (std::size_t n = random() % 300; n > 0; --n)
            title += encoded(static_cast<char32_t>(random() % (random() % 2 ? 0x80 : 0x2300)));
        std::string const slug = core::slug(title);
        ASSERT_TRUE(slug.empty() || core::is_handle(slug)) << slug;
        ASSERT_EQ(core::slug(slug), slug);
    }
    EXPECT_TRUE(core::is_handle(core::slug(std::string(199, 'a') + " b")));
    EXPECT_EQ(core::slug(std::string(500, 'a')).size(), 200u);
}

TEST(email, accepts) {
    for (std::string const& good : {"a@b.co"s, "first.last+tag@example.co.uk"s, "O'Neil@example.com"s,
                                    "用户@例子.公司"s, "x@xn--fsq.test"s, "jörg@müller.de"s,
                                    std::string(64, 'a') + "@example.com", "{a|b}=?^_`~!#$%&*/@x-y.example"s})
        EXPECT_TRUE(core::is_email(good)) << good;
}

TEST(email, refuses) {
    for (std::string const& bad : {""s,
                                   "a@b"s,
                                   "@b.co"s,
                                   "a@"s,
                                   "a@@b.co"s,
                                   "a@b@c.co"s,
                                   "a b@c.co"s,
                                   ".a@b.co"s,
                                   "a.@b.co"s,
                                   "a..b@c.co"s,
                                   "a@-b.co"s,
                                   "a@b-.co"s,
                                   "a@b..co"s,
                                   "a@.co"s,
                                   "a@b.co."s,
                                   "a@b_c.co"s,
                                   "a@1.2.3.4"s,
                                   "a@[1.2.3.4]"s,
                                   "\"a b\"@c.co"s,
                                   "a@b.co\n"s,
                                   "a\0@b.co"s,
                                   "a@b.co, c@d.co"s,
                                   "<a@b.co>"s,
                                   "a\xC2\xA0z@b.co"s,
                                   "a\xE2\x80\x8Bz@b.co"s,
                                   "\xFF@b.co"s,
                                   std::string(65, 'a') + "@example.com",
                                   "a@" + std::string(64, 'b') + ".com",
                                   "a@" + std::string(260, 'b') + ".com"})
        EXPECT_FALSE(core::is_email(bad)) << bad;
}

TEST(handle, is_strict) {
    for (std::string const& good : {"a"s, "0"s, "a-b"s, "ocean-blue-shirt-2"s, std::string(200, 'x')})
        EXPECT_TRUE(core::is_handle(good)) << good;
    for (std::string const& bad : {""s, "-"s, "-a"s, "a-"s, "a--b"s, "A"s, "a_b"s, "a b"s, "é"s, "a/b"s,
                                   "a.b"s, "a\n"s, std::string(201, 'x')})
        EXPECT_FALSE(core::is_handle(bad)) << bad;
}

TEST(url, accepts) {
    for (std::string const& good :
         {"http://example.com"s, "https://example.com/"s, "HTTPS://Example.com:8443/a/b?c=d&e=%20#f"s,
          "https://cdn.shopify.com/s/files/1/0/products/a_b@2x.jpg?v=1"s, "http://localhost:9000/x"s,
          "http://127.0.0.1/"s, "http://[::1]:80/"s, "http://[2001:db8::1]/"s, "http://[1:2:3:4:5:6:7:8]"s,
          "https://example.com?q=/?"s, "https://x/" + std::string(2038, 'a')})
        EXPECT_TRUE(core::is_http_url(good)) << good;
}

TEST(url, refuses) {
    for (std::string const& bad : {""s,
                                   "example.com"s,
                                   "//example.com"s,
                                   "ftp://example.com"s,
                                   "javascript:alert(1)"s,
                                   "http:/x"s,
                                   "http://"s,
                                   "http:///x"s,
                                   "http://user:pw@example.com/"s,
                                   "http://a@b/"s,
                                   "http://exa mple.com"s,
                                   "http://a/b c"s,
                                   "http://a/\n"s,
                                   "http://a/%zz"s,
                                   "http://a/%2"s,
                                   "http://a/é"s,
                                   "http://a/#b#c"s,
                                   "http://a/\"x"s,
                                   "http://a/<b>"s,
                                   "http://a\\b/"s,
                                   "http://a:/"s,
                                   "http://a:0/"s,
                                   "http://a:65536/"s,
                                   "http://a:99999999/"s,
                                   "http://[::1/"s,
                                   "http://[]/"s,
                                   "http://[1::2::3]/"s,
                                   "http://[1:2:3:4:5:6:7]/"s,
                                   "http://[::g]/"s,
                                   "http://[1:2:3:4:5:6:7:8::]/"s,
                                   "http://[::1]x/"s,
                                   "http://-a/"s,
                                   "http://a..b/"s,
                                   "http://a_b/"s,
                                   "https://x/" + std::string(2039, 'a')})
        EXPECT_FALSE(core::is_http_url(bad)) << bad;
}

TEST(country, knows_the_assigned_codes) {
    int known = 0;
    for (char a = 'A'; a <= 'Z'; ++a)
        for (char b = 'A'; b <= 'Z'; ++b) known += core::is_country(std::string{a, b});
    EXPECT_EQ(known, 249);
    for (char const* good : {"DE", "US", "GB", "AD", "ZW", "AX", "SS"})
        EXPECT_TRUE(core::is_country(good)) << good;
    for (char const* bad : {"", "D", "de", "DEU", "UK", "EU", "XK", "XX", "ZZ", "AN", "SU", "1A", "\xC3\x84"})
        EXPECT_FALSE(core::is_country(bad)) << bad;
}

}  // namespace
