// What shoppers and staff find by typing, and that rows which were there before are found, too.
#include "catalog_world.hpp"
#include "db/session.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace {

using namespace integration;
using testing::ElementsAre;
using testing::IsEmpty;

core::task<void> finds(catalog_visitor& v) {
    answer const made = co_await v.post("/v1/admin/products", R"({"title":"Café Müller","published":true,
        "vendor":"Straße 7","product_type":"Čaj","tags":["Überraschung"],
        "description_html":"<p>Aus&amp;fein<b>Hand</b>werk</p>",
        "options":[{"name":"Sorte","values":["Grün"]}],
        "variants":[{"options":[{"name":"Sorte","value":"Grün"}],"sku":"TEE-42/b","barcode":"4006381333931"}]})");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ((co_await v.post("/v1/admin/products", R"({"title":"Лампа Ёлка","published":true})")).status,
              201);
    auto const found = [&](std::string list, std::string q) -> core::task<std::vector<std::string>> {
        std::string path;
        for (char const ch : q) path += fmt::format("%{:02X}", static_cast<unsigned char>(ch));
        co_return titles(co_await v.get(list + path));
    };
    std::string const shop = "/v1/shop/products?q=", staff = "/v1/admin/products?q=";
    for (std::string const& list : {shop, staff}) {
        for (char const* q : {"cafe",
                              "CAFÉ",
                              "caf",
                              "muller",
                              "Müller café",
                              "strasse",
                              "STRASSE",
                              "straß",
                              "caj",
                              "uberraschung",
                              "Überr",
                              "grun",
                              "tee-42/b",
                              "TEE-42",
                              "tee 42",
                              "4006381333931",
                              "400638",
                              "fein",
                              "handwerk or hand",
                              "cafe -lampe",
                              "\"café müller\"",
                              "cafe\u0301"})
            EXPECT_THAT(co_await found(list, q), ElementsAre("Café Müller")) << list << q;
        for (char const* q : {"лампа", "ЁЛКА", "елка"})
            EXPECT_THAT(co_await found(list, q), ElementsAre("Лампа Ёлка")) << list << q;
        for (char const* q : {"cafe -muller", "\"caf muller\"", "\"müller café\"", "amp", "%", "cafe lamp"})
            EXPECT_THAT(co_await found(list, q), IsEmpty()) << list << q;
    }
    for (char const* q : {"üller", "raschung", "333931", "ee-42", "afe mul"}) {
        EXPECT_THAT(co_await found(staff, q), ElementsAre("Café Müller")) << "a fragment: " << q;
        EXPECT_THAT(co_await found(shop, q), IsEmpty()) << q;
    }
    EXPECT_EQ((co_await v.change(http::method::patch, "/v1/admin/products/" + made.text("/id"), 1,
                                 R"({"title":"Teehaus","tags":[]})"))
                  .status,
              200);
    EXPECT_THAT(co_await found(shop, "cafe"), IsEmpty());
    EXPECT_THAT(co_await found(shop, "uberraschung"), IsEmpty());
    EXPECT_THAT(co_await found(shop, "teehaus strasse"), ElementsAre("Teehaus"));
}
TEST(catalog_search, finds_words_whatever_their_accents_and_fragments_for_staff) { with_catalog(finds); }

std::string migration(std::string const& name) {
    std::ifstream in(CARRACK_SOURCES "/../migrations/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(catalog_search, what_was_stored_before_is_found) {
    auto const database = empty_database();
    db::session on(database.admin_url());
    on.run(migration("0004_catalog.sql"));
    on.run(R"sql(
        insert into catalog.products (id, handle, title, vendor, description_html)
        values ('00000000-0000-7000-8000-000000000001', 'a', 'Café Größe', 'Søren''s', '<p>Fein<b>é</b></p>');
        insert into catalog.variants (id, product_id, position, title, sku, barcode)
        values (gen_random_uuid(), '00000000-0000-7000-8000-000000000001', 0, 'Default', 'AB-1', '4006')
    )sql");
    on.run("begin");
    on.run(migration("0008_catalog_search.sql"));
    on.run("commit");
    auto const rows =
        on.query("select search_text, search @@ to_tsquery('simple', 'feine') from catalog.products");
    EXPECT_EQ(rows.at(0).at(0), "cafe grosse sorens ab 1 4006");
    EXPECT_EQ(rows.at(0).at(1), "f") << "a tag stands between words";
    EXPECT_EQ(on.query("select search @@ to_tsquery('simple', 'fein') from catalog.products").at(0).at(0),
              "t");
}

}  // namespace
