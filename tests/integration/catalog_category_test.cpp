// The tree of categories against a real PostgreSQL: order, moves, rings, what may be deleted.
#include "catalog_world.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;
using http::method;
using testing::ElementsAre;

std::string const list = "/v1/admin/categories";

core::task<std::string> make(catalog_visitor& v, std::string name, std::string parent = {},
                             int position = 0) {
    std::string body = "{\"name\":" + json_text(name) + ",\"position\":" + std::to_string(position);
    if (!parent.empty()) body += ",\"parent_id\":" + json_text(parent);
    answer const made = co_await v.post(list, body + "}");
    EXPECT_EQ(made.status, 201);
    co_return made.text("/id");
}

std::vector<std::string> outline(answer const& a) {
    std::vector<std::string> out;
    for (auto const& row : a.at("/data").as_array())
        out.push_back(std::string(static_cast<std::size_t>(row.at("depth").as_int64()), '-') +
                      std::string(row.at("name").as_string()));
    return out;
}

core::task<void> tree(catalog_visitor& v) {
    std::string const b = co_await make(v, "B", {}, 1);
    std::string const a = co_await make(v, "A", {}, 1);
    std::string const first = co_await make(v, "Z", {}, 0);
    std::string const below = co_await make(v, "Below", a);
    co_await make(v, "Deep", below);
    EXPECT_THAT(outline(co_await v.get(list)), ElementsAre("Z", "A", "-Below", "--Deep", "B"));
    EXPECT_THAT(outline(co_await v.get("/v1/shop/categories")),
                ElementsAre("Z", "A", "-Below", "--Deep", "B"));

    answer const moved =
        co_await v.change(method::patch, list + "/" + a, 1, R"({"parent_id":")" + b + R"(","name":"A2"})");
    EXPECT_EQ(moved.status, 200);
    EXPECT_EQ(moved.number("/version"), 2);
    EXPECT_EQ(moved.number("/depth"), 1);
    EXPECT_THAT(outline(co_await v.get(list)), ElementsAre("Z", "B", "-A2", "--Below", "---Deep"));
    for (std::string const& onto : {a, below}) {
        answer const ring =
            co_await v.blind(method::patch, list + "/" + a, R"({"parent_id":")" + onto + "\"}");
        EXPECT_EQ(ring.code(), "category_cycle");
    }
    EXPECT_EQ((co_await v.change(method::patch, list + "/" + a, 1, R"({"name":"A3"})")).status, 412);
    EXPECT_EQ((co_await v.blind(method::patch, list + "/" + a, R"({"handle":"z"})")).code(),
              "category_handle_taken");
    answer const root = co_await v.blind(method::patch, list + "/" + a, R"({"parent_id":null})");
    EXPECT_TRUE(root.at("/parent_id").is_null());
    EXPECT_EQ(v.trail(), "7 entries, 7 events") << "5 made, 2 moved; a refusal writes nothing";
    co_await v.blind(method::patch, list + "/" + a, R"({"name":"A2"})");
    EXPECT_EQ(v.trail(), "7 entries, 7 events") << "what is so already is not written";
}
TEST(catalog_categories, keep_their_order_and_never_make_a_ring) { with_catalog(tree); }

core::task<void> depth(catalog_visitor& v) {
    std::string parent;
    std::string top;
    for (int i = 0; i < 10; ++i) {
        parent = co_await make(v, "L" + std::to_string(i), parent);
        if (i == 0) top = parent;
    }
    answer const deep = co_await v.post(list, R"({"name":"L10","parent_id":")" + parent + "\"}");
    EXPECT_EQ(deep.code(), "category_too_deep");
    std::string const other = co_await make(v, "Other");
    answer const lowered =
        co_await v.blind(method::patch, list + "/" + top, R"({"parent_id":")" + other + "\"}");
    EXPECT_EQ(lowered.code(), "category_too_deep") << "what lies below it would be too deep";
    answer const orphan =
        co_await v.post(list, R"({"name":"X","parent_id":")" + core::to_string(core::make_uuid7()) + "\"}");
    EXPECT_EQ(orphan.status, 422);
    EXPECT_EQ(orphan.text("/errors/0/pointer"), "/parent_id");
}
TEST(catalog_categories, lie_at_most_ten_levels_deep) { with_catalog(depth); }

core::task<void> removal(catalog_visitor& v) {
    std::string const home = co_await make(v, "Home");
    std::string const mugs = co_await make(v, "Mugs", home);
    answer const product =
        co_await v.post("/v1/admin/products", R"({"title":"Mug","categories":[")" + mugs + "\"]}");
    EXPECT_EQ((co_await v.blind(method::remove, list + "/" + home)).code(), "category_has_children");
    EXPECT_EQ((co_await v.blind(method::remove, list + "/" + mugs)).code(), "category_in_use");
    answer const out = co_await v.change(method::patch, "/v1/admin/products/" + product.text("/id"), 1,
                                         R"({"categories":[]})");
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ((co_await v.change(method::remove, list + "/" + mugs, 9)).status, 412);
    EXPECT_EQ((co_await v.blind(method::remove, list + "/" + mugs)).status, 204);
    EXPECT_EQ((co_await v.blind(method::remove, list + "/" + mugs)).code(), "category_not_found");
    EXPECT_EQ(v.look("select count(*) from catalog.categories"), "1");
}
TEST(catalog_categories, are_deleted_only_when_nothing_refers_to_them) { with_catalog(removal); }

core::task<void> swap_one(catalog_visitor& v, std::string id, std::string parent,
                          std::vector<int>& statuses) {
    answer const a = co_await v.blind(method::patch, list + "/" + id, R"({"parent_id":")" + parent + "\"}");
    statuses.push_back(a.status);
}
core::task<void> ring(catalog_visitor& v) {
    std::string const a = co_await make(v, "A"), b = co_await make(v, "B"), c = co_await make(v, "C");
    std::vector<int> statuses;
    std::vector<core::task<void>> racers;
    racers.push_back(swap_one(v, a, b, statuses));
    racers.push_back(swap_one(v, b, c, statuses));
    racers.push_back(swap_one(v, c, a, statuses));
    co_await all_of(std::move(racers));
    EXPECT_EQ(std::ranges::count(statuses, 200), 2);
    EXPECT_EQ(std::ranges::count(statuses, 409), 1);
    EXPECT_EQ((co_await v.get(list)).at("/data").as_array().size(), 3U) << "all hang on a root";
}
TEST(catalog_categories, racing_moves_never_make_a_ring) { with_catalog(ring); }

}  // namespace
