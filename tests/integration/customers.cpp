#include "customers.hpp"

#include <gtest/gtest.h>

namespace integration {

core::task<heard> ask_for_account(node& n, std::string email, std::string password, std::string remote) {
    co_return co_await n.ask(
        {.verb = http::method::post,
         .path = "/v1/auth/register",
         .body = R"({"email":")" + email + R"(","name":"Ada","password":")" + password + "\"}",
         .token = {},
         .fields = {},
         .remote = remote});
}

core::task<std::vector<std::string>> mails_of(node& n) {
    auto const key = *crypto::secret_key::parse(std::string(64, '7'));
    auto const done =
        co_await n.database.use(in(std::chrono::seconds(5)))
            .transact({}, [&](db::transaction& t) -> core::task<core::result<std::vector<std::string>>> {
                std::vector<core::uuid> ids;
                std::vector<std::string> out;
                for (auto& mail : co_await identity::take_mails(t, key, "https://shop.test")) {
                    ids.push_back(mail.id);
                    out.push_back(std::move(mail.message));
                }
                identity::note_delivered(t, ids);
                co_return out;
            });
    co_return *done;
}

std::string token_in(std::string const& message) {
    auto const begin = message.find("\r\n    ");
    EXPECT_NE(begin, message.npos) << message;
    return message.substr(begin + 6, message.find("\r\n", begin + 2) - begin - 6);
}

core::task<heard> verify(node& n, std::string token) {
    co_return co_await n.post("/v1/auth/email/verify", R"({"token":")" + token + "\"}");
}

core::task<heard> shop_login(node& n, std::string email, std::string password, std::string more) {
    co_return co_await n.post("/v1/auth/login", R"({"audience":"shop","email":")" + email +
                                                    R"(","password":")" + password + "\"" + more + "}");
}

core::task<std::string> new_shopper(node& n, std::string email) {
    EXPECT_EQ((co_await ask_for_account(n, email)).status, 202);
    auto const mails = co_await mails_of(n);
    EXPECT_EQ(mails.size(), 1u);
    EXPECT_EQ((co_await verify(n, token_in(mails.at(0)))).status, 204);
    auto const in = co_await shop_login(n, email);
    EXPECT_EQ(in.status, 200);
    co_return in.text("access_token");
}

std::string customer_id(node& n, std::string const& email) {
    return look(n, "select id from identity.users where kind = 'customer' and email = '" + email + "'");
}

}  // namespace integration
