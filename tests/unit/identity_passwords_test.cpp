#include "identity/passwords.hpp"

#include "crypto/unicode.hpp"
#include "identity/rules.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        auto const end = text.find('\n');
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string code_of(std::string_view password, std::string_view email = "ada.lovelace@example.com") {
    auto const seen = identity::accept_password(password, email, "/new_password");
    if (seen) return "";
    EXPECT_EQ(seen.error().violations.front().pointer, "/new_password");
    return seen.error().violations.front().code;
}

std::string times(int n, std::string_view what) {
    std::string out;
    for (int i = 0; i < n; ++i) out += what;
    return out;
}

TEST(identity_passwords, the_list_is_sorted_folded_and_found_to_its_last_line) {
    auto const all = lines_of(identity::common_passwords());
    EXPECT_EQ(all.size(), 11'611u);
    std::string_view before;
    for (std::string_view const one : all) {
        EXPECT_LT(before, one);
        EXPECT_GE(one.size(), identity::password_length_min);
        EXPECT_EQ(crypto::case_folded(one), one);
        EXPECT_EQ(code_of(one), "password_too_common") << one;
        EXPECT_EQ(code_of(std::string(one) + "#q"), "") << one;
        before = one;
    }
}

TEST(identity_passwords, common_ones_are_refused_in_any_case) {
    for (auto const* one : {"password", "PassWord", "12345678", "IloveYou", "trustno1", "Qwertyuiop"})
        EXPECT_EQ(code_of(one), "password_too_common") << one;
    for (auto const* one :
         {"correct horse battery staple", "all-hands-on-deck", "password ", "zzzzzzzz9q", "        "})
        EXPECT_EQ(code_of(one), "") << one;
}

TEST(identity_passwords, ones_own_address_is_refused) {
    EXPECT_EQ(code_of("ada.lovelace@example.com"), "password_too_common");
    EXPECT_EQ(code_of("Ada.Lovelace"), "password_too_common");
    EXPECT_EQ(code_of("ada.lovelace1"), "");
    EXPECT_EQ(code_of("ada.lovelace", "grace@example.com"), "");
    EXPECT_EQ(code_of("JÜRGENMÜLLER", "ju\u0308rgenmüller@example.com"), "password_too_common");
    EXPECT_EQ(code_of("long enough", ""), "");
}

TEST(identity_passwords, are_counted_in_code_points_once_composed) {
    EXPECT_EQ(code_of("1234567"), "too_short");
    EXPECT_EQ(code_of("ééééééé"), "too_short");
    EXPECT_EQ(code_of(times(7, "e\u0301")), "too_short") << "fourteen code points, composed seven";
    EXPECT_EQ(code_of(times(8, "e\u0301")), "");
    EXPECT_EQ(code_of(times(8, "🐎")), "");
    EXPECT_EQ(code_of(times(256, "漢")), "");
    EXPECT_EQ(code_of(times(257, "漢")), "too_long");
}

TEST(identity_passwords, are_hashed_in_nfc) {
    auto const composed = identity::accept_password("café au lait", "");
    auto const decomposed = identity::accept_password("cafe\u0301 au lait", "");
    ASSERT_TRUE(composed && decomposed);
    EXPECT_EQ(*composed, *decomposed);
    EXPECT_EQ(crypto::to_nfc("\u212B\u1E9B\u0323"), "\u00C5\u1E9B\u0323");  // of UAX 15
    EXPECT_EQ(crypto::to_nfc(""), "");
    EXPECT_EQ(crypto::case_folded("Straße ΣΊΣΥΦΟΣ"), crypto::case_folded("STRASSE σίσυφος"));
    EXPECT_THROW(crypto::to_nfc("\xff"), std::invalid_argument);
}

}  // namespace
