// Shopify's product CSV: its conventions, every fault a row can have, and two real files, counted
// by other means beforehand.
#include "importer/shopify.hpp"

#include "core/text.hpp"
#include "importer/import_file.hpp"
#include "importer/plan.hpp"
#include "seed.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>

#include <unistd.h>

#include <gmock/gmock.h>

namespace {

using namespace importer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

core::currency const usd = core::currency::unchecked("USD");

std::variant<imported_catalogue, import_faults> read(std::string_view csv, core::currency currency = usd) {
    return read_shopify(csv, {.currency = currency});
}

imported_catalogue accepted(std::string_view csv, core::currency currency = usd) {
    auto outcome = read(csv, currency);
    if (auto const* faults = std::get_if<import_faults>(&outcome)) {
        ADD_FAILURE() << describe(faults->listed.at(0));
        return {};
    }
    return std::get<imported_catalogue>(std::move(outcome));
}

std::vector<std::string> refused(std::string_view csv, core::currency currency = usd) {
    auto const outcome = read(csv, currency);
    std::vector<std::string> out;
    if (auto const* faults = std::get_if<import_faults>(&outcome))
        for (auto const& fault : faults->listed) out.push_back(describe(fault));
    return out;
}

std::string real_file(char const* name) {
    return std::get<std::string>(load_file(std::string(CARRACK_TEST_DATA "/shopify/") + name));
}

std::string const full_header =
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 "
    "Value,"
    "Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory "
    "Policy,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image "
    "Position,"
    "Image Alt Text,Variant Image,Status,Metafield\n";

// A row of full_header with some cells set.
std::string cells(std::vector<std::pair<std::string, std::string>> const& set) {
    std::string out;
    std::size_t at = 0;
    while (at < full_header.size()) {
        auto const end = full_header.find_first_of(",\n", at);
        for (auto const& [name, value] : set)
            if (full_header.substr(at, end - at) == name) out += "\"" + value + "\"";
        out += full_header[end];
        at = end + 1;
    }
    return out;
}

std::string shirt(std::vector<std::pair<std::string, std::string>> more = {}) {
    std::vector<std::pair<std::string, std::string>> set{{"Handle", "shirt"},
                                                         {"Title", "Shirt"},
                                                         {"Option1 Name", "Size"},
                                                         {"Option1 Value", "S"},
                                                         {"Variant Price", "10"}};
    for (auto& [name, value] : more) {
        auto const same = [&n = name](auto const& p) { return p.first == n; };
        std::erase_if(set, same);
        set.emplace_back(name, value);
    }
    return cells(set);
}

TEST(importer_shopify, apparel_counts_as_another_reader_counts_it) {
    auto const catalogue = accepted(real_file("apparel.csv"));
    EXPECT_EQ(catalogue.rows, 22U);
    EXPECT_EQ(plan_import(catalogue), (import_plan{.products = 20,
                                                   .on_sale = 20,
                                                   .variants = 22,
                                                   .in_stock_variants = 22,
                                                   .units = 22,
                                                   .media = 20,
                                                   .categories = 0,
                                                   .tags = 2}));
    EXPECT_EQ(
        describe(plan_import(catalogue)),
        "20 products (20 on sale), 22 variants (22 in stock, 22 units), 20 images, 0 categories, 2 tags");
    EXPECT_THAT(catalogue.warnings, IsEmpty());
}

TEST(importer_shopify, home_and_garden_counts_as_another_reader_counts_it) {
    auto const catalogue = accepted(real_file("home-and-garden.csv"));
    EXPECT_EQ(catalogue.rows, 21U);
    EXPECT_EQ(plan_import(catalogue), (import_plan{.products = 20,
                                                   .on_sale = 20,
                                                   .variants = 21,
                                                   .in_stock_variants = 19,
                                                   .units = 65,
                                                   .media = 21,
                                                   .categories = 2,
                                                   .tags = 15}));
    std::int64_t prices = 0;
    std::int64_t compared = 0;
    for (auto const& product : catalogue.products)
        for (auto const& variant : product.variants) {
            prices += variant.price_minor;
            compared += variant.compare_at_minor.value_or(0);
        }
    EXPECT_EQ(prices, 234'584);
    EXPECT_EQ(compared, 203'198);
}

TEST(importer_shopify, a_real_product_arrives_whole) {
    auto const catalogue = accepted(real_file("home-and-garden.csv"));
    auto const& pot = catalogue.products.at(0);
    EXPECT_EQ(pot.handle, "clay-plant-pot");
    EXPECT_EQ(pot.title, "Clay Plant Pot");
    EXPECT_EQ(pot.description_html, "<p>Classic blown clay pot for plants</p>");
    EXPECT_EQ(pot.vendor, "Company 123");
    EXPECT_EQ(pot.product_type, "Outdoor");
    EXPECT_THAT(pot.tags, ElementsAre("Pot", "Plants"));
    EXPECT_THAT(pot.options, ElementsAre(imported_option{"Size", {"Regular", "Large"}}));
    EXPECT_THAT(
        pot.variants,
        ElementsAre(
            imported_variant{.option_values = {"Regular"}, .price_minor = 999, .quantity = 1, .line = 2},
            imported_variant{.option_values = {"Large"}, .price_minor = 1599, .quantity = 3, .line = 3}));
    EXPECT_THAT(
        pot.media,
        ElementsAre(
            imported_media{"https://burst.shopifycdn.com/photos/single-sprout-in-a-pot_925x.jpg", "", 1},
            imported_media{"https://burst.shopifycdn.com/photos/pot-with-a-single-sprout_925x.jpg", "", 2}));
    auto const& light = catalogue.products.at(1);  // "Title" and "Default Title" mean no options
    EXPECT_THAT(light.options, IsEmpty());
    EXPECT_THAT(light.variants.at(0).option_values, IsEmpty());
    EXPECT_EQ(light.variants.at(0).compare_at_minor, 7500);
    EXPECT_TRUE(std::ranges::any_of(catalogue.products, [](auto const& p) { return p.variants[0].tracked; }));
}

TEST(importer_shopify, reading_twice_gives_the_same) {
    auto const text = real_file("home-and-garden.csv");
    EXPECT_EQ(accepted(text).products, accepted(text).products);
}

TEST(importer_shopify, the_new_column_names_mean_the_same) {
    auto const catalogue = accepted(
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online "
        "store,Status,SKU,Barcode,"
        "Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Charge tax,Inventory "
        "tracker,Inventory "
        "quantity,Continue selling when out of stock,Weight value (grams),Requires shipping,Product image "
        "URL,Image "
        "position,Image alt text,Variant image URL,Gift card,SEO title,SEO description,Colour "
        "(product.metafields.x.y)\n"
        "Shirt,shirt,<p>Soft</p>,Acme,Apparel > Shirts,Tops,\"a, "
        "b\",TRUE,Draft,S-1,'0123456789,Size,S,,19.90,25,FALSE,"
        "shopify,5,CONTINUE,226.796,TRUE,https://e.com/1.jpg,2,One,https://e.com/2.jpg,FALSE,Seo,Words,red\n"
        ",shirt,,,,,,,,,,,,,,,,,,,,,https://e.com/3.jpg,1,Three,,,,,\n");
    ASSERT_EQ(catalogue.products.size(), 1U);
    auto const& p = catalogue.products[0];
    EXPECT_EQ(p.description_html, "<p>Soft</p>");
    EXPECT_EQ(p.product_category, "Apparel > Shirts");
    EXPECT_EQ(p.status, product_status::draft);
    EXPECT_FALSE(p.on_sale());
    EXPECT_EQ(p.seo_title, "Seo");
    EXPECT_THAT(p.variants, ElementsAre(imported_variant{.option_values = {"S"},
                                                         .sku = "S-1",
                                                         .barcode = "0123456789",
                                                         .grams = 227,
                                                         .price_minor = 1990,
                                                         .compare_at_minor = 2500,
                                                         .tracked = true,
                                                         .quantity = 5,
                                                         .backorders = true,
                                                         .taxable = false,
                                                         .image_url = "https://e.com/2.jpg",
                                                         .line = 2}));
    EXPECT_THAT(p.media, ElementsAre(imported_media{"https://e.com/3.jpg", "Three", 1},
                                     imported_media{"https://e.com/1.jpg", "One", 2},
                                     imported_media{"https://e.com/2.jpg", "", 3}));
    ASSERT_EQ(catalogue.ignored_columns.size(), 2U);
    EXPECT_EQ(catalogue.ignored_columns[1].name, "Colour (product.metafields.x.y)");
    EXPECT_EQ(catalogue.ignored_columns[1].values, 1U);
    EXPECT_EQ(catalogue.ignored_columns[0].values, 0U);
}

TEST(importer_shopify, absent_columns_say_nothing) {
    auto const catalogue = accepted("handle,TITLE,Variant Price\nshirt,Shirt,10\n");
    EXPECT_TRUE(catalogue.given(column::price));
    EXPECT_FALSE(catalogue.given(column::quantity));
    EXPECT_THAT(catalogue.products.at(0).variants,
                ElementsAre(imported_variant{.price_minor = 1000, .line = 2}));
    EXPECT_TRUE(catalogue.products[0].on_sale());
}

TEST(importer_shopify, rows_of_a_product_need_not_follow_each_other) {
    auto const catalogue = accepted(full_header + shirt() + shirt({{"Handle", "hat"}, {"Title", "Hat"}}) +
                                    shirt({{"Title", ""}, {"Option1 Name", ""}, {"Option1 Value", "M"}}) +
                                    shirt({{"Option1 Value", "L"}}) + ",,,,,,,,,,,,,,,,,,,,,,,,,,\n\n");
    ASSERT_EQ(catalogue.products.size(), 2U);
    EXPECT_EQ(catalogue.rows, 4U);
    EXPECT_THAT(catalogue.products[0].options, ElementsAre(imported_option{"Size", {"S", "M", "L"}}));
    EXPECT_EQ(catalogue.products[1].handle, "hat");
}

TEST(importer_shopify, images_come_once_and_in_order) {
    auto const catalogue =
        accepted(full_header +
                 shirt({{"Image Src", "https://e.com/a.jpg"}, {"Variant Image", "https://e.com/v.jpg"}}) +
                 cells({{"Handle", "shirt"},
                        {"Image Src", "https://e.com/b.jpg"},
                        {"Variant Grams", "0"},
                        {"Variant Inventory Qty", "0"}}) +
                 cells({{"Handle", "shirt"}, {"Image Src", "https://e.com/a.jpg"}, {"Image Alt Text", "A"}}) +
                 cells({{"Handle", "shirt"}, {"Image Src", "https://e.com/c.jpg"}, {"Image Position", "1"}}));
    EXPECT_THAT(catalogue.products.at(0).media, ElementsAre(imported_media{"https://e.com/c.jpg", "", 1},
                                                            imported_media{"https://e.com/a.jpg", "A", 2},
                                                            imported_media{"https://e.com/b.jpg", "", 3},
                                                            imported_media{"https://e.com/v.jpg", "", 4}));
    EXPECT_EQ(catalogue.products[0].variants.size(), 1U);
}

TEST(importer_shopify, prices_are_exact_in_every_currency) {
    struct {
        char const* currency;
        char const* text;
        std::int64_t minor;
    } const cases[] = {
        {"USD", "50", 5000},      {"USD", "50.00", 5000}, {"USD", "0", 0},
        {"USD", "9.9", 990},      {"USD", " 1.10 ", 110}, {"JPY", "5000", 5000},
        {"JPY", "5000.00", 5000}, {"KWD", "1.234", 1234}, {"USD", "999999999.99", 99'999'999'999}};
    for (auto const& c : cases) {
        auto const catalogue =
            accepted(full_header + shirt({{"Variant Price", c.text}}), *core::currency::find(c.currency));
        EXPECT_EQ(catalogue.products.at(0).variants.at(0).price_minor, c.minor) << c.text;
    }
    for (char const* bad : {"1,50", "$5", "-1", "-0", "1.234", "1e3", "99999999999999999999",
                            "10000000000.01", "5.", "x", "1 000"})
        EXPECT_THAT(
            refused(full_header + shirt({{"Variant Price", bad}})),
            ElementsAre(HasSubstr(
                "is not an amount in USD; write digits with a point and at most 2 decimals, like 1250.00")))
            << bad;
}

struct bad_row {
    std::string rows;
    std::string wanted;  // the one fault
};

TEST(importer_shopify, every_bad_row_is_named) {
    bad_row const cases[] = {
        {shirt({{"Handle", ""}}), "line 2, column 1 (Handle): the handle is missing"},
        {shirt({{"Handle", "Blue Shirt!"}}),
         "line 2, column 1 (Handle): a handle is made of a-z, 0-9 and single hyphens between them, at most "
         "200; for "
         "example 'blue-shirt'"},
        {shirt({{"Title", " "}}),
         "line 2, column 2 (Title): the title is missing; the first row of a product has it"},
        {shirt({{"Title", "a\nb"}}),
         "line 2, column 2 (Title): line breaks and control characters are not allowed here"},
        {shirt({{"Title", std::string(301, 'x')}}), "line 2, column 2 (Title): longer than 300 characters"},
        {shirt({{"Tags", "ok, " + std::string(101, 'x')}}),
         "line 2, column 6 (Tags): the tag '" + std::string(40, 'x') + "…': longer than 100 characters"},
        {shirt({{"Published", "yes"}}), "line 2, column 7 (Published): 'yes' is neither true nor false"},
        {shirt({{"Status", "gone"}}),
         "line 2, column 26 (Status): 'gone' is none of active, draft, archived"},
        {shirt({{"Option1 Value", ""}}),
         "line 2, column 9 (Option1 Value): the variant has no value for the option 'Size'"},
        {shirt({{"Option2 Value", "Red"}}),
         "line 2, column 11 (Option2 Value): a value, but the product's first row (line 2) has no Option2 "
         "Name"},
        {shirt(
             {{"Option1 Name", ""}, {"Option1 Value", ""}, {"Option2 Name", "Size"}, {"Option2 Value", "S"}}),
         "line 2, column 10 (Option2 Name): there is no option 1 before this one"},
        {shirt({{"Option2 Name", "Size"}, {"Option2 Value", "S"}}),
         "line 2, column 10 (Option2 Name): the product has two options named 'Size'"},
        {shirt() + shirt(), "line 3, column 9 (Option1 Value): the variant 'S' is already on line 2"},
        {shirt({{"Option1 Name", ""}, {"Option1 Value", ""}}) +
             cells({{"Handle", "shirt"}, {"Variant Price", "1"}}),
         "line 3, column 9 (Option1 Value): a second variant (the first is on line 2), but no option tells "
         "them apart"},
        {shirt() + shirt({{"Title", "Other"}, {"Option1 Value", "M"}}),
         "line 3, column 2 (Title): differs from the first row of the product 'shirt' on line 2"},
        {shirt({{"Variant SKU", "A"}}) + shirt({{"Handle", "hat"}, {"Variant SKU", "A"}}),
         "line 3, column 12 (Variant SKU): the SKU 'A' is already on line 2"},
        {shirt({{"Variant Grams", "-1"}}),
         "line 2, column 13 (Variant Grams): '-1' is not a weight in grams from 0 to 999999999"},
        {shirt({{"Variant Inventory Qty", "1.5"}}),
         "line 2, column 15 (Variant Inventory Qty): '1.5' is not a whole number of units"},
        {shirt({{"Variant Inventory Policy", "maybe"}}),
         "line 2, column 16 (Variant Inventory Policy): 'maybe' is neither deny nor continue"},
        {shirt({{"Variant Price", ""}}), "line 2, column 17 (Variant Price): the price is missing"},
        {shirt({{"Variant Compare At Price", "free"}}),
         "line 2, column 18 (Variant Compare At Price): 'free' is not an amount in USD; write digits with a "
         "point and at "
         "most 2 decimals, like 1250.00"},
        {shirt({{"Image Src", "javascript:alert(1)"}}),
         "line 2, column 22 (Image Src): 'javascript:alert(1)' is not an address that begins with http:// or "
         "https://"},
        {shirt({{"Image Src", "https://e.com/a.jpg"}, {"Image Position", "0"}}),
         "line 2, column 23 (Image Position): '0' is not a position, 1 or more"},
        {shirt({{"Body (HTML)", std::string(300'000, 'x')}}),
         "line 2, column 3 (Body (HTML)): the description is too long or too tangled; at most 256 KiB, 2000 "
         "tags and 3000 attributes are read"},
    };
    for (auto const& c : cases) EXPECT_THAT(refused(full_header + c.rows), ElementsAre(c.wanted));
}

TEST(importer_shopify, all_faults_are_listed_by_line_and_column) {
    EXPECT_THAT(
        refused(full_header + shirt({{"Variant Price", ""}, {"Published", "x"}, {"Title", ""}}) + "a,b\n" +
                shirt({{"Handle", "hat"}, {"Variant Grams", "x"}})),
        ElementsAre(HasSubstr("line 2, column 2"), HasSubstr("line 2, column 7"),
                    HasSubstr("line 2, column 17"), HasSubstr("line 3: 2 fields where the header has 27"),
                    HasSubstr("line 4, column 13")));
}

TEST(importer_shopify, faults_are_listed_up_to_a_bound_and_all_counted) {
    std::string csv = full_header;
    for (int i = 0; i < 50; ++i) csv += shirt({{"Handle", "h" + std::to_string(i)}, {"Variant Price", "x"}});
    auto const outcome = read_shopify(csv, {.currency = usd, .faults_max = 10});
    EXPECT_EQ(std::get<import_faults>(outcome).listed.size(), 10U);
    EXPECT_EQ(std::get<import_faults>(outcome).total, 50U);
}

TEST(importer_shopify, says_when_it_is_no_product_file) {
    EXPECT_THAT(
        refused("a,b\n1,2\n"),
        ElementsAre(
            "line 1: not a Shopify product CSV: the columns Handle, Title, Variant Price are missing"));
    EXPECT_THAT(refused("Handle,Price\n1,2\n"),
                ElementsAre("line 1: not a Shopify product CSV: the column Title is missing"));
    EXPECT_THAT(refused("Handle;Title\na;b\n"),
                ElementsAre(HasSubstr("separated by semicolons, so save it with commas")));
    EXPECT_THAT(refused("Handle,Title,URL handle,Price\n"),
                ElementsAre("line 1, column 3 (URL handle): the column appears twice (column 1 is 'Handle'); "
                            "remove one of them"));
    EXPECT_THAT(refused("Handle,Title,Price\n"), ElementsAre("The file has a header but no products."));
    EXPECT_THAT(refused(""), ElementsAre("The file is empty."));
    EXPECT_THAT(refused("<!doctype html><html><body>Sign in</body></html>"),
                ElementsAre(HasSubstr("not a Shopify product CSV")));
}

TEST(importer_shopify, warns_of_what_is_imported_differently) {
    auto const catalogue =
        accepted(full_header + shirt({{"Variant Inventory Qty", "-3"}, {"Status", "Unlisted"}}) +
                 cells({{"Handle", "shirt"}}));
    EXPECT_EQ(catalogue.products.at(0).status, product_status::draft);
    EXPECT_EQ(catalogue.products[0].variants.at(0).quantity, 0);
    ASSERT_EQ(catalogue.warnings.size(), 3U);
    EXPECT_EQ(describe(catalogue.warnings[0]),
              "line 2, column 15 (Variant Inventory Qty): -3 means oversold; stock begins at 0");
    EXPECT_THAT(describe(catalogue.warnings[1]), HasSubstr("no unlisted products"));
    EXPECT_THAT(describe(catalogue.warnings[2]), HasSubstr("neither a variant nor an image"));
}

TEST(importer_shopify, descriptions_are_sanitised) {
    auto const catalogue =
        accepted(full_header + shirt({{"Body (HTML)", "<p onclick=x>a<script>b</script></p>"}}));
    EXPECT_EQ(catalogue.products.at(0).description_html, "<p>a</p>");
}

// The same rows up to the cut, or a fault: never something else.
void expect_prefix(imported_catalogue const& part, imported_catalogue const& full) {
    ASSERT_LE(part.products.size(), full.products.size());
    for (std::size_t i = 0; i < part.products.size(); ++i) {
        auto cut = full.products[i];
        auto const& got = part.products[i];
        if (i + 1 == part.products.size()) {  // the last may lack rows
            ASSERT_LE(got.variants.size(), cut.variants.size());
            cut.variants.resize(got.variants.size());
            cut.media.resize(std::min(cut.media.size(), got.media.size()));
            if (!cut.options.empty()) cut.options[0].values.resize(got.options.at(0).values.size());
        }
        ASSERT_EQ(got, cut);
    }
}

TEST(importer_shopify, a_file_cut_anywhere_is_refused_or_a_prefix) {
    for (char const* name : {"apparel.csv", "home-and-garden.csv"}) {
        auto const text = real_file(name);
        auto const full = accepted(text);
        std::size_t whole_rows = 0;
        for (std::size_t length = 0; length < text.size(); ++length) {
            auto const outcome = read(std::string_view(text).substr(0, length));
            auto const* part = std::get_if<imported_catalogue>(&outcome);
            if (part == nullptr) continue;
            ++whole_rows;
            expect_prefix(*part, full);
        }
        // Each row but the last has an end before, within and behind its CR LF.
        EXPECT_EQ(whole_rows, (full.rows - 1) * 3);
    }
}

TEST(importer_shopify, damaged_files_never_crash_and_keep_the_rules) {
    auto random = test::seeded();
    auto const text = real_file("home-and-garden.csv");
    for (int round = 0; round < 2'000; ++round) {
        auto damaged = text;
        for (auto n = 1 + random() % 4; n > 0; --n) {
            auto const at = random() % damaged.size();
            switch (random() % 4) {
                case 0: damaged[at] = static_cast<char>(random()); break;
                case 1: damaged.erase(at, 1 + random() % 80); break;
                case 2: damaged.insert(at, 1, ",\"\n\r0x"[random() % 6]); break;
                default: damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 200));
            }
        }
        auto const outcome = read(damaged);
        if (auto const* faults = std::get_if<import_faults>(&outcome)) {
            ASSERT_GT(faults->total, 0U);
            continue;
        }
        for (auto const& product : std::get<imported_catalogue>(outcome).products) {
            ASSERT_TRUE(core::is_handle(product.handle));
            ASSERT_FALSE(product.title.empty());
            ASSERT_FALSE(product.variants.empty());
            for (auto const& variant : product.variants) {
                ASSERT_EQ(variant.option_values.size(), product.options.size());
                ASSERT_GE(variant.price_minor, 0);
            }
        }
    }
}

TEST(importer_file, says_why_a_file_cannot_be_read) {
    auto const reason = [](std::string const& path) {
        auto const outcome = load_file(path);
        auto const* fault = std::get_if<row_error>(&outcome);
        return fault == nullptr ? "" : fault->reason;
    };
    EXPECT_EQ(reason("/nonexistent/x.csv"), "/nonexistent/x.csv: there is no such file.");
    EXPECT_EQ(reason("/tmp"), "/tmp: this is a folder; name the CSV files in it.");
    EXPECT_EQ(reason(CARRACK_TEST_DATA "/shopify/apparel.csv"), "");
    EXPECT_EQ(real_file("apparel.csv").size(),
              std::filesystem::file_size(CARRACK_TEST_DATA "/shopify/apparel.csv"));
}

}  // namespace
