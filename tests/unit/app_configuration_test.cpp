// The configuration: what beats what, every fault at once, and no secret shown.
#include "app/configuration.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class app_configuration : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "carrack-configuration-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(std::string const& name, std::string const& content) {
        std::ofstream(folder_ / name) << content;
        return folder_ / name;
    }

    // The data folder is always the test's own, so that no file of this machine is read.
    app::loaded_configuration load(std::vector<std::string> words, std::vector<std::string> variables = {}) {
        words.insert(words.begin(), {"--data", folder_.string()});
        std::vector<char const*> given, environment;
        for (auto const& w : words) given.push_back(w.c_str());
        for (auto const& v : variables) environment.push_back(v.c_str());
        environment.push_back(nullptr);
        return app::load_configuration(app::parse_arguments("up", given, {}, 0), environment.data());
    }

    app::setting_in_force in_force(app::loaded_configuration const& c, std::string_view key) {
        for (auto const& s : c.in_force)
            if (s.what->key == key) return s;
        ADD_FAILURE() << "there is no setting " << key;
        return {};
    }

    std::filesystem::path folder_;
};

TEST_F(app_configuration, has_defaults_that_are_fine) {
    auto const c = load({});
    EXPECT_THAT(c.faults, IsEmpty());
    EXPECT_EQ(app::to_string(c.values.listen), "127.0.0.1:8080");
    EXPECT_EQ(c.values.currency, "USD");
    EXPECT_EQ(c.values.data, folder_);
    EXPECT_GE(c.values.threads, 1U);
    EXPECT_FALSE(c.values.sample);
    EXPECT_EQ(c.values.drain, std::chrono::seconds{20});
}

TEST_F(app_configuration, reads_how_long_an_unpaid_order_waits) {
    using namespace std::chrono;
    using enum orders::payment_provider;
    EXPECT_EQ(load({}).values.payment_terms.of(manual), days(14));
    for (auto const& [text, period] : std::initializer_list<std::pair<char const*, std::optional<seconds>>>{
             {"manual=30m", minutes(30)},
             {"manual=1s", seconds(1)},
             {"manual=3653d", days(3653)},
             {"manual=36h", hours(36)},
             {"manual=never", std::nullopt}}) {
        auto const c = load({"--payment-terms", text});
        EXPECT_THAT(c.faults, IsEmpty()) << text;
        EXPECT_EQ(c.values.payment_terms.of(manual), period) << text;
    }
    for (char const* wrong :
         {"14d", "manual", "manual=", "manual=0d", "manual=3654d", "manual=2w", "manual=-1d", "manual=d",
          "manual=99999999999999999999s", "cheque=14d", "manual=14d,x"})
        EXPECT_THAT(load({"--payment-terms", wrong}).faults, ElementsAre(HasSubstr("write manual=14d")))
            << wrong;
}

TEST_F(app_configuration, flag_beats_environment_beats_file_beats_default) {
    write("carrack.toml",
          "listen = '127.0.0.1:1'\ncurrency = 'EUR'\nthreads = 3\ncors_origins = ['https://a.example', "
          "'https://b.example']\n");
    auto const c = load({"--listen", "127.0.0.1:3"}, {"CARRACK_LISTEN=127.0.0.1:2", "CARRACK_CURRENCY=JPY"});
    EXPECT_THAT(c.faults, IsEmpty());
    EXPECT_EQ(c.values.listen.port, 3);
    EXPECT_EQ(c.values.currency, "JPY");
    EXPECT_EQ(c.values.threads, 3U);
    EXPECT_THAT(c.values.cors_origins, ElementsAre("https://a.example", "https://b.example"));
    EXPECT_EQ(in_force(c, "listen").where, "--listen");
    EXPECT_EQ(in_force(c, "currency").where, "CARRACK_CURRENCY");
    EXPECT_EQ(in_force(c, "threads").from, app::source::file);
    EXPECT_EQ(in_force(c, "pooler").from, app::source::fallback);
}

TEST_F(app_configuration, reads_the_file_that_is_named) {
    write("carrack.toml", "listen = '127.0.0.1:1'\n");
    auto const other = write("other.toml", "currency = 'EUR'\ndata = 'elsewhere'\n");
    std::vector<char const*> given{"--config", other.c_str()};
    char const* const environment[] = {nullptr};
    auto const c = app::load_configuration(app::parse_arguments("up", given, {}, 0), environment);
    EXPECT_THAT(c.faults, IsEmpty());
    EXPECT_EQ(c.values.currency, "EUR");
    EXPECT_EQ(c.values.data, folder_ / "elsewhere") << "as seen from the file";
    EXPECT_EQ(c.values.listen.port, 8080);
}

TEST_F(app_configuration, reports_every_fault_at_once) {
    write("carrack.toml", "lisen = 'x'\nthreads = 0\ndata = 'y'\nsample = 1.5\n");
    auto const c = load({"--lisen", "--pooler=statement", "extra", "--currency"},
                        {"CARRACK_LISTN=x", "CARRACK_LISTEN=nonsense", "CARRACK_SECRET_KEY=c2hvcnQ="});
    EXPECT_THAT(
        c.faults,
        ElementsAre(HasSubstr("does not know the flag --lisen. Did you mean --listen?"),
                    HasSubstr("--currency needs a value"), HasSubstr("\"extra\""),
                    HasSubstr("CARRACK_LISTN is none of Carrack's. Did you mean CARRACK_LISTEN?"),
                    HasSubstr("line 4: sample is neither"), HasSubstr("cannot name another one"),
                    HasSubstr("unknown key: lisen. Did you mean listen?"),
                    HasSubstr("CARRACK_LISTEN: \"nonsense\" is not an address"),
                    HasSubstr("--pooler: \"statement\" is neither"),
                    HasSubstr("CARRACK_SECRET_KEY: its value is not 32 bytes"), HasSubstr("threads in ")));
}

TEST_F(app_configuration, a_file_that_is_no_toml_is_told_with_its_line) {
    write("carrack.toml", "listen = \n");
    EXPECT_THAT(load({}).faults, ElementsAre(HasSubstr("carrack.toml, line 1, column")));
}

TEST_F(app_configuration, a_named_file_that_is_not_there_is_a_fault) {
    auto const c = load({"--config", (folder_ / "none.toml").string()});
    EXPECT_THAT(c.faults, ElementsAre(HasSubstr("cannot be read: No such file or directory")));
    EXPECT_THAT(load({"--config", folder_.string()}).faults,
                ElementsAre(HasSubstr("cannot be read: Is a directory")));
}

TEST_F(app_configuration, leaves_variables_of_the_orchestrator_alone) {
    auto const c = load({}, {"CARRACK_SERVICE_HOST=10.0.0.1", "CARRACK_PORT=tcp://10.0.0.1:80",
                             "CARRACK_PORT_80_TCP_ADDR=10.0.0.1", "CARRACK_CURRENCY="});
    EXPECT_THAT(c.faults, IsEmpty());
    EXPECT_EQ(c.values.currency, "USD") << "an empty variable is as good as none";
    EXPECT_THAT(load({}, {"CARRACK_PORT=8080"}).faults, ElementsAre(HasSubstr("CARRACK_PORT is none")));
}

TEST_F(app_configuration, secrets_have_no_flag_and_are_never_shown) {
    EXPECT_THAT(load({"--owner-password=hunter2hunter2"}).faults,
                ElementsAre(HasSubstr("set CARRACK_OWNER_PASSWORD in the environment")));
    auto const c = load({}, {"CARRACK_OWNER_PASSWORD=hunter2hunter2",
                             "CARRACK_DATABASE_URL=postgresql://u:p/a@ss@h/db?x=1&password=foo"});
    EXPECT_THAT(c.faults, IsEmpty());
    EXPECT_EQ(app::shown(in_force(c, "owner_password")), "(set, hidden)");
    EXPECT_EQ(app::shown(in_force(c, "database_url")), "postgresql://u:***@h/db?x=1&password=***");
    EXPECT_EQ(c.values.database_owner_url, c.values.database_url);
    auto const k = load({}, {"CARRACK_DATABASE_URL=host=h password=foo user=u"});
    EXPECT_EQ(app::shown(in_force(k, "database_url")), "host=h password=*** user=u");
    for (auto const& fault : load({}, {"CARRACK_DATABASE_URL=mysql://u:secret@h/db"}).faults)
        EXPECT_THAT(fault, ::testing::Not(HasSubstr("secret@")));
}

TEST_F(app_configuration, understands_addresses) {
    struct row {
        char const* text;
        char const* means;
    } const rows[] = {{"127.0.0.1:0", "127.0.0.1:0"},
                      {"[::1]:8080", "[::1]:8080"},
                      {"localhost:80", "127.0.0.1:80"},
                      {"0.0.0.0:65535", "0.0.0.0:65535"},
                      {"8080", nullptr},
                      {"::1:8080", nullptr},
                      {"[127.0.0.1]:1", nullptr},
                      {"127.0.0.1:65536", nullptr},
                      {"127.0.0.1:-1", nullptr},
                      {"127.0.0.1:", nullptr},
                      {"256.0.0.1:1", nullptr},
                      {":8080", nullptr},
                      {"example.com:80", nullptr},
                      {"127.0.0.1:80 ", nullptr}};
    for (auto const& r : rows) {
        auto const c = load({"--listen", r.text});
        EXPECT_EQ(c.faults.empty(), r.means != nullptr) << r.text;
        if (r.means != nullptr) {
            EXPECT_EQ(app::to_string(c.values.listen), r.means);
        }
    }
}

TEST_F(app_configuration, switches_can_be_turned_on_and_off) {
    EXPECT_TRUE(load({"--sample"}).values.sample);
    EXPECT_FALSE(load({"--no-sample"}, {"CARRACK_SAMPLE=true"}).values.sample);
    EXPECT_FALSE(load({"--sample=false"}).values.sample);
    EXPECT_THAT(load({"--sample=perhaps"}).faults, ElementsAre(HasSubstr("neither true nor false")));
    EXPECT_THAT(load({"--no-listen"}).faults, ElementsAre(HasSubstr("does not know the flag --no-listen")));
}

TEST_F(app_configuration, decodes_the_secret_key_also_as_the_key_file_has_it) {
    for (auto const* text : {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                             "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}) {
        auto const c = load({}, {std::string("CARRACK_SECRET_KEY=") + text});
        ASSERT_TRUE(c.values.secret_key);
        for (std::size_t i = 0; i < crypto::secret_key::size; ++i)
            EXPECT_EQ(c.values.secret_key->bytes()[i], i);
    }
}

}  // namespace
