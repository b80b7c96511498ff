// The first start as `carrack up` does it: what it makes, and what it says to whom.
#include "app/setup.hpp"
#include "db/session.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;

app::configuration settings_for(std::string address) {
    app::configuration s;
    s.listen = {.address = std::move(address), .port = 0};
    s.owner_email = "owner@example.com";
    s.currency = "USD";
    s.sample = true;
    return s;
}

struct heard {
    std::vector<std::string> owners;
    std::vector<std::pair<std::string, std::string>> staff;  // e-mail address and password
    std::vector<std::string> told;

    app::setup_done start(std::string const& address, test_database const& at) {
        return app::set_up_shop(settings_for(address), {at.app_url(), at.owner_url()},
                                {[this](app::setup_done const& d) { owners.push_back(d.owner_password); },
                                 [this](sample::account const& who, std::string_view password) {
                                     staff.emplace_back(who.email, password);
                                 },
                                 [this](std::string const& sentence) { told.push_back(sentence); }});
    }
};

TEST(app_setup, tells_of_permissions_whose_routes_are_gone_and_who_held_them) {
    auto const database = fresh_database();
    heard here;
    here.start("127.0.0.1", database);
    EXPECT_THAT(here.told, testing::IsEmpty());
    db::session(database.app_url())
        .run(
            "insert into identity.permissions (method, route, resource, operation) values"
            " ('GET', '/v1/admin/old', 'old', 'getOld'), ('POST', '/v1/admin/old', 'old', 'makeOld');"
            "insert into identity.grants select r.id, p.id from identity.roles r, identity.permissions p"
            " where r.name in ('viewer', 'manager') and p.operation = 'getOld'");
    here.start("127.0.0.1", database);
    EXPECT_THAT(
        here.told,
        testing::ElementsAre(
            "The permission GET /v1/admin/old is retired: its route is gone. Held by: manager, viewer.",
            "The permission POST /v1/admin/old is retired: its route is gone. No role held it."));
    here.start("127.0.0.1", database);
    EXPECT_THAT(here.told, testing::SizeIs(2)) << "told once";
}

std::vector<std::string> everybody() {
    std::vector<std::string> out;
    for (sample::account const& who : sample::staff) out.emplace_back(who.email);
    for (sample::account const& who : sample::shoppers) out.emplace_back(who.email);
    return out;
}

TEST(app_setup, sample_people_have_a_password_of_their_own_where_others_can_connect) {
    auto const database = fresh_database();
    heard here;
    auto const done = here.start("0.0.0.0", database);
    EXPECT_TRUE(done.sample_loaded);
    EXPECT_THAT(here.owners, testing::ElementsAre(testing::SizeIs(testing::Ge(16))));
    ASSERT_EQ(here.staff.size(), everybody().size());
    for (auto const& [email, password] : here.staff) {
        EXPECT_THAT(password, testing::SizeIs(testing::Ge(16))) << email;
        EXPECT_NE(password, sample::staff_password);
        EXPECT_NE(password, done.owner_password);
    }
    EXPECT_THAT(done.published, testing::IsEmpty());
    heard again;
    EXPECT_FALSE(again.start("0.0.0.0", database).sample_loaded);
    EXPECT_THAT(again.owners, testing::IsEmpty());
    EXPECT_THAT(again.staff, testing::IsEmpty()) << "told once";
}

TEST(app_setup, the_published_password_is_for_the_loopback_and_told_of_when_others_can_connect) {
    auto const database = fresh_database();
    heard here;
    EXPECT_THAT(here.start("127.0.0.1", database).published, testing::IsEmpty());
    for (auto const& [email, password] : here.staff) EXPECT_EQ(password, sample::staff_password) << email;
    EXPECT_THAT(here.start("::1", database).published, testing::IsEmpty());
    EXPECT_EQ(here.start("192.0.2.7", database).published, everybody());
}

}  // namespace
