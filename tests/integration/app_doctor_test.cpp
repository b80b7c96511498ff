// What `carrack doctor` and `carrack migrate` say about a set-up, good and bad.
#include "app/command.hpp"
#include "app/data_folder.hpp"
#include "app/doctor.hpp"
#include "app/migration.hpp"
#include "db/session.hpp"
#include "postgres_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;
using app::verdict;
using ::testing::HasSubstr;
using ::testing::Not;

class app_doctor : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = "/tmp/carrack-doctor-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        ::chmod(root_.c_str(), 0755);
        settings_.data = root_ / "data";
        settings_.listen = {"127.0.0.1", 0};
        settings_.threads = 2;
    }
    void TearDown() override { fs::remove_all(root_); }

    app::finding find(std::vector<app::finding> const& all, std::string_view what) {
        for (auto const& f : all)
            if (f.what == what) return f;
        ADD_FAILURE() << "no finding about " << what;
        return {};
    }

    fs::path root_;
    app::configuration settings_;
};

TEST_F(app_doctor, a_fresh_place_is_fine_and_stays_untouched) {
    auto const machine = app::examine_machine(settings_, {});
    for (auto const& f : machine)
        if (f.what != "limits") {
            EXPECT_EQ(f.how, verdict::ok) << f.what << ": " << f.says;
        }
    EXPECT_EQ(find(app::examine_database(settings_), "database").how, verdict::ok);
    EXPECT_FALSE(fs::exists(settings_.data)) << "a doctor looks and does not operate";
}

TEST_F(app_doctor, sees_what_is_wrong_with_the_machine) {
    fs::create_directories(settings_.data);
    std::ofstream(settings_.data / "secret.key") << "x";
    ::chmod((settings_.data / "secret.key").c_str(), 0644);
    int const taken = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(taken, 1), 0);
    ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
    settings_.listen.port = ntohs(address.sin_port);
    auto machine = app::examine_machine(settings_, {});
    EXPECT_EQ(find(machine, "secret key").how, verdict::failed);
    EXPECT_THAT(find(machine, "address").says, HasSubstr("Address already in use"));
    EXPECT_EQ(find(machine, "address").how, verdict::failed);
    ::close(taken);
    EXPECT_EQ(find(app::examine_machine(settings_, {}), "address").how, verdict::ok);
    settings_.data = settings_.data / "secret.key";
    EXPECT_THAT(find(app::examine_machine(settings_, {}), "data folder").says,
                HasSubstr("is a file, not a folder"));
}

TEST_F(app_doctor, reads_the_key_as_the_server_will) {
    fs::create_directories(settings_.data);
    auto const file = settings_.data / "secret.key";
    for (std::string const text : {"", "x\n", "not thirty-two bytes"}) {
        std::ofstream(file, std::ios::trunc) << text;
        ::chmod(file.c_str(), 0600);
        auto const key = find(app::examine_machine(settings_, {}), "secret key");
        EXPECT_EQ(key.how, verdict::failed) << text;
        EXPECT_THAT(key.says, HasSubstr("does not hold a key"));
        EXPECT_FALSE(key.remedy.empty());
    }
    fs::remove(file);
    settings_.secret_key.reset();
    app::find_or_make_secret_key(settings_);
    EXPECT_EQ(find(app::examine_machine(settings_, {}), "secret key").how, verdict::ok);
}

TEST_F(app_doctor, will_not_have_a_database_that_cannot_hold_every_text) {
    app::database_at_hand const at(settings_, app::database_at_hand::purpose::serve, "up",
                                   [](std::string_view) {});
    auto admin = at.owner_url();
    admin.replace(admin.find("carrack_owner@/carrack"), 22, "postgres@/postgres");
    db::session(admin).run("create database latin encoding 'LATIN1' locale 'C' template template0");
    auto latin = settings_;
    admin.replace(admin.find("@/postgres"), 10, "@/latin");
    latin.database_url = latin.database_owner_url = admin;
    auto const all = app::examine_database(latin);
    EXPECT_EQ(find(all, "encoding").how, verdict::failed);
    EXPECT_TRUE(std::ranges::none_of(all, [](auto const& f) { return f.what == "tables"; }));
}

TEST_F(app_doctor, follows_a_database_from_nothing_to_too_new) {
    using app::database_at_hand;
    std::vector<std::string> said;
    auto const say = [&](std::string_view s) { said.emplace_back(s); };
    database_at_hand const at(settings_, database_at_hand::purpose::serve, "up", say);
    EXPECT_EQ(find(app::examine_database(settings_), "tables").how, verdict::failed) << "not migrated yet";
    EXPECT_EQ(find(app::examine_database(settings_), "history").how, verdict::ok) << "two roles to be";
    auto one_role = settings_;
    one_role.database_url = one_role.database_owner_url = at.owner_url();
    auto const to_be = find(app::examine_database(one_role), "history");
    EXPECT_EQ(to_be.how, verdict::warning);
    EXPECT_THAT(to_be.says, HasSubstr("cannot be judged before carrack migrate"));

    auto const first = app::migrate_database(at, say);
    EXPECT_EQ(first.from, 0);
    EXPECT_FALSE(first.single_role);
    EXPECT_EQ(app::migrate_database(at, say).from, first.to) << "the second time nothing is left to do";
    for (auto const& f : app::examine_database(settings_))
        if (f.what != "connections") {
            EXPECT_EQ(f.how, verdict::ok) << f.what << ": " << f.says;
        }

    auto const retire = [&](std::string const& what) {
        db::session(at.owner_url())
            .run(
                "insert into identity.permissions (method, route, resource, operation, retired_at) values "
                "('GET', '" +
                what + "', 'old', 'old', now())");
    };
    retire("/v1/admin/old");
    auto const unheld = find(app::examine_database(settings_), "permissions");
    EXPECT_EQ(unheld.how, verdict::ok);
    EXPECT_EQ(unheld.says, "1 are retired; nobody holds them.");
    for (int i = 0; i < 6; ++i) retire("/v1/admin/old/" + std::to_string(i));
    db::session(at.owner_url())
        .run(
            "insert into identity.roles (id, name) values (gen_random_uuid(), 'clerk'); insert into "
            "identity.grants "
            "select r.id, p.id from identity.roles r, identity.permissions p where p.retired_at is not null");
    auto const held = find(app::examine_database(settings_), "permissions");
    EXPECT_EQ(held.how, verdict::warning);
    EXPECT_THAT(held.says, HasSubstr("gone: GET /v1/admin/old (clerk), GET /v1/admin/old/0 (clerk)"));
    EXPECT_THAT(held.says, ::testing::EndsWith("and 2 more."));

    db::session(at.owner_url()).run("revoke insert on audit.entries from carrack_app");
    auto const rights = find(app::examine_database(settings_), "rights");
    EXPECT_EQ(rights.how, verdict::failed);
    EXPECT_EQ(rights.says, "The server's role has lost INSERT on audit.entries.");
    db::session(at.owner_url()).run("update ops.grants set checksum = 'another'");
    EXPECT_THAT(find(app::examine_database(settings_), "tables").says,
                HasSubstr("has not been given the rights"));
    app::migrate_database(at, say);
    EXPECT_EQ(find(app::examine_database(settings_), "rights").how, verdict::ok);

    auto const history = find(app::examine_database(one_role), "history");
    EXPECT_EQ(history.how, verdict::warning);
    EXPECT_THAT(history.says, HasSubstr("carrack_owner may rewrite audit.entries, inventory.movements"));
    said.clear();
    database_at_hand const as_owner(one_role, database_at_hand::purpose::command, "migrate", say);
    EXPECT_TRUE(app::migrate_database(as_owner, say).single_role);
    EXPECT_THAT(said, ::testing::Contains(app::single_role_warning));

    db::session(at.owner_url())
        .run("insert into ops.migrations (number, name, checksum) values (" + std::to_string(first.to + 1) +
             ", 'future', 'x')");
    EXPECT_THAT(find(app::examine_database(settings_), "tables").says, HasSubstr("newer Carrack"));
    EXPECT_THROW(app::migrate_database(at, say), app::setup_error);
}

// A right to one column rewrites history as well as one to the table.
TEST_F(app_doctor, sees_every_right_that_rewrites_history) {
    auto const database = integration::fresh_database();
    settings_.database_url = database.app_url();
    settings_.database_owner_url = database.owner_url();
    EXPECT_EQ(find(app::examine_database(settings_), "history").how, verdict::ok);
    for (std::string const stray :
         {"update (reason) on sales.order_status_history", "update on sales.payment_events",
          "delete on audit.entries", "truncate on inventory.movements"}) {
        db::session owner(database.owner_url());
        owner.run("grant " + stray + " to carrack_app");
        auto const seen = find(app::examine_database(settings_), "history");
        EXPECT_EQ(seen.how, verdict::warning) << stray;
        EXPECT_EQ(seen.says, "The role carrack_app may rewrite " + stray.substr(stray.rfind(' ') + 1) + ".");
        owner.run("revoke " + stray + " from carrack_app");
        EXPECT_EQ(find(app::examine_database(settings_), "history").how, verdict::ok) << stray;
    }
}

TEST_F(app_doctor, an_unreachable_database_is_one_sentence_without_the_password) {
    for (std::string const url : {"postgresql://u:tops3cret@127.0.0.1:1/db", "postgresql://u:tops3cret@[1/db",
                                  "host=a password=a tops3cret"}) {
        settings_.database_url = settings_.database_owner_url = url;
        auto const f = find(app::examine_database(settings_), "database");
        EXPECT_EQ(f.how, verdict::failed);
        EXPECT_THAT(f.says, Not(HasSubstr("tops3cret")));
        EXPECT_EQ(std::count(f.says.begin(), f.says.end(), '\n'), 0);
        EXPECT_THAT(f.remedy + f.says, HasSubstr(url.starts_with("postgresql://u:tops3cret@1")
                                                     ? "Check that the database server runs"
                                                     : "write postgresql://user:password@host"));
    }
}

}  // namespace
