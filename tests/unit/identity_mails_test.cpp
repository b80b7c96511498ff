// What a mail says, and to whom.
#include "identity/mails.hpp"

#include <gmock/gmock.h>

namespace {

using namespace identity;
using testing::HasSubstr;

mail_facts mail(std::string_view name) {
    return {core::make_uuid7(), name, "ada@example.com", "the-token", {1'700'000'000'000'000}};
}

TEST(identity_mails, say_whose_account_it_is_and_what_the_token_does) {
    std::string const reset = message_of(mail("password_reset"), "https://shop.example:8443/eu");
    for (char const* part :
         {"From: Carrack <carrack@shop.example>\r\n", "To: ada@example.com\r\n",
          "Subject: Setting another password\r\n", "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n",
          "@shop.example>\r\nMIME-Version: 1.0\r\n", "\r\n\r\nSomebody, probably you,",
          "account at https://shop.example:8443/eu.", "\r\n    the-token\r\n", "/v1/auth/password/reset"})
        EXPECT_THAT(reset, HasSubstr(part));
    std::string const verification = message_of(mail("email_verification"), "shop.example");
    EXPECT_THAT(verification, HasSubstr("From: Carrack <carrack@shop.example>\r\n"));
    EXPECT_THAT(verification, HasSubstr("Subject: Is this your address?\r\n"));
    EXPECT_THAT(verification, HasSubstr("/v1/auth/email/verify"));
}

TEST(identity_mails, of_no_known_kind_are_not_written) {
    EXPECT_THROW(message_of(mail("party"), "https://shop.example"), std::logic_error);
}

}  // namespace
