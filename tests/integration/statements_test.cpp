// A freshly migrated PostgreSQL describes every statement of every layer and domain: the SQL is right, the
// parameters and columns are what the signatures say, and the application's role may run it.
#include "work/statements.hpp"
#include "audit/store.hpp"
#include "cart/store.hpp"
#include "catalog/store.hpp"
#include "db/libpq.hpp"
#include "identity/store.hpp"
#include "intake/statements.hpp"
#include "inventory/store.hpp"
#include "orders/store.hpp"
#include "postgres_fixture.hpp"
#include "sample/statements.hpp"

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

namespace {

// Only this test describes, so only it looks these functions up.
template <class Function>
Function* of_libpq(char const* name) {
    return reinterpret_cast<Function*>(::dlsym(::dlopen("libpq.so.5", RTLD_NOW), name));
}
auto* const prepare = of_libpq<decltype(::PQprepare)>("PQprepare");
auto* const describe = of_libpq<decltype(::PQdescribePrepared)>("PQdescribePrepared");

using result = std::unique_ptr<PGresult, void (*)(PGresult*)>;
result owned(PGresult* r) { return {r, db::pq().clear}; }

bool fits(db::oid expected, db::oid found) {
    using namespace db::oids;
    if (expected == text) return found == text || found == varchar || found == bpchar || found == 18;
    if (expected == jsonb) return found == jsonb || found == json_;
    return expected == found;
}

void check(PGconn* on, db::statement_info const& s) {
    SCOPED_TRACE(s.name);
    std::string const name(s.name);
    EXPECT_LT(name.size(), 64U) << "PostgreSQL would cut the name off";
    std::vector<Oid> const types(s.parameters.begin(), s.parameters.end());
    auto const made = owned(
        prepare(on, name.c_str(), std::string(s.sql).c_str(), static_cast<int>(types.size()), types.data()));
    ASSERT_EQ(db::pq().resultStatus(made.get()), PGRES_COMMAND_OK) << db::pq().resultErrorMessage(made.get());
    auto const shape = owned(describe(on, name.c_str()));
    ASSERT_EQ(db::pq().resultStatus(shape.get()), PGRES_COMMAND_OK);
    if (s.columns.empty()) return;  // what it returns is not looked at
    ASSERT_EQ(static_cast<std::size_t>(db::pq().nfields(shape.get())), s.columns.size());
    for (std::size_t i = 0; i < s.columns.size(); ++i) {
        auto const at = static_cast<int>(i);
        std::string const column = db::pq().fname(shape.get(), at);
        EXPECT_TRUE(fits(s.columns[i].type, db::pq().ftype(shape.get(), at)))
            << column << " is of type " << db::pq().ftype(shape.get(), at) << ", not " << s.columns[i].type;
        if (s.columns[i].name != "value") {
            EXPECT_EQ(column, s.columns[i].name);
        }
    }
}

std::vector<db::statement_info const*> every_statement() {
    std::vector<db::statement_info const*> all;
    for (work::statement_list const list :
         {work::statements(), audit::statements(), identity::statements(), inventory::statements(),
          catalog::statements(), cart::statements(), orders::statements(), intake::statements(),
          sample::statements()})
        all.insert(all.end(), list.begin(), list.end());
    return all;
}

TEST(statements, are_what_the_database_says) {
    auto const database = integration::fresh_database();
    auto const* const keywords = "dbname";
    auto const url = database.app_url();
    char const* const names[] = {keywords, nullptr};
    char const* const values[] = {url.c_str(), nullptr};
    std::unique_ptr<PGconn, void (*)(PGconn*)> const on(db::pq().connectdbParams(names, values, 1),
                                                        db::pq().finish);
    ASSERT_EQ(db::pq().status(on.get()), CONNECTION_OK) << db::pq().errorMessage(on.get());

    std::set<std::string_view> seen;
    for (db::statement_info const* s : every_statement()) {
        EXPECT_TRUE(seen.insert(s->name).second) << s->name << " names two statements";
        check(on.get(), *s);
    }
    EXPECT_GT(seen.size(), 100U);
}

// Every `db::statement<…> x{"domain.verb", …}` of the sources stands in its folder's list. Only app has
// none: its one statement is asked by /readyz in every run of the tests.
TEST(statements, are_all_in_the_lists) {
    std::set<std::string, std::less<>> listed;
    for (db::statement_info const* s : every_statement()) listed.emplace(s->name);
    std::regex const definition(R"re(db::statement<[^;{}]*>\s*\w+\s*\{\s*"([a-z_]+\.[a-z_0-9]+)")re");
    for (auto const& entry : std::filesystem::recursive_directory_iterator(CARRACK_SOURCES)) {
        auto const& file = entry.path();
        if (!entry.is_regular_file() || file.parent_path().filename() == "app") continue;
        std::ifstream in(file);
        std::string const text((std::istreambuf_iterator<char>(in)), {});
        for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at)
            EXPECT_TRUE(listed.contains((*at)[1].str())) << (*at)[1] << " in " << file;
    }
}

}  // namespace
