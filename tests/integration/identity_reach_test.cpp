// Where somebody may use an endpoint, as panels and answers are told, is where the doorkeeper lets them in.
#include "identity_shop.hpp"

#include <gmock/gmock.h>

#include <map>

namespace {

using namespace integration;
using http::access;
using http::principal_kind;

// Who is let in by declaration alone, by level.
constexpr std::pair<access, std::string_view> levels[] = {
    {access::everyone(), "guest staff machine customer"},
    {access::identified(), "staff machine customer"},
    {access::signed_in(), "staff customer"},
    {access::staff(), "staff"},
    {access::customer(), "customer"},
    {access::permission("users"), "none of these"}};

TEST(identity_reach, of_every_level_is_as_declared) {
    with_shop([](node& n) -> core::task<void> {
        co_await owner_token(n);
        std::map<std::string_view, http::principal> const who{
            {"guest", {}},
            {"staff", {.kind = principal_kind::staff, .id = core::make_uuid7(), .session = {}}},
            {"machine", {.kind = principal_kind::machine, .id = core::make_uuid7(), .session = {}}},
            {"customer", {.kind = principal_kind::customer, .id = core::make_uuid7(), .session = {}}}};
        for (auto const& [allow, expected] : levels)
            for (auto const& [name, principal] : who) {
                http::spec const endpoint{.verb = http::method::get,
                                          .path = "/v1/admin/users",
                                          .id = "listUsers",
                                          .allow = allow,
                                          .summary = {}};
                EXPECT_EQ(n.service.may(principal, endpoint), expected.find(name) != expected.npos)
                    << name << " at level " << static_cast<int>(allow.level);
            }
    });
}

TEST(identity_reach, of_whoever_holds_the_grant_is_what_the_doorkeeper_says) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const lister =
            co_await token_with(n, "Lister", R"({"method":"GET","route":"/v1/admin/users"})");
        for (auto const& [email, token] :
             {std::pair<std::string, std::string>{owner_email, owner}, {"Lister@example.com", lister}}) {
            auto const id = core::parse_uuid(
                look(n, "select id from identity.users where lower(email) = lower('" + email + "')"));
            if (!id) {
                ADD_FAILURE() << email;
                continue;
            }
            http::principal const who{.kind = principal_kind::staff, .id = *id, .session = {}};
            for (auto const& [verb, path] :
                 {std::pair{http::method::get, "/v1/admin/users"}, {http::method::get, "/v1/admin/roles"}}) {
                auto const answered = co_await n.get(path, token);
                EXPECT_EQ(n.service.may(who, *n.of.routes.find(verb, path).to->declared),
                          answered.status == 200)
                    << email << " " << path << " " << answered.status;
            }
        }
    });
}

}  // namespace
