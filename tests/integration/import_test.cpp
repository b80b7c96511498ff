// Another shop's file in: what it says is what the shop has, once, whole or not at all, however often.
#include "importer/import_file.hpp"
#include "importer/plan.hpp"
#include "intake/intake.hpp"
#include "shop_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace {

using namespace integration;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto usd = core::currency::unchecked("USD");

importer::imported_catalogue read(std::string_view csv) {
    auto outcome = importer::read_shopify(csv, {.currency = usd});
    if (auto const* faults = std::get_if<importer::import_faults>(&outcome))
        throw std::runtime_error(importer::describe(faults->listed.at(0)));
    return std::get<importer::imported_catalogue>(std::move(outcome));
}

std::string real_file(std::string const& name) {
    return std::get<std::string>(importer::load_file(CARRACK_TEST_DATA "/shopify/" + name));
}

struct intake_world : shop_world {
    intake::settings with{.currency = usd, .location = {}, .dry_run = false, .progress = {}};

    // As the application's role, as the command does it.
    std::variant<intake::outcome, importer::import_faults> try_import(std::string_view csv) {
        std::variant<intake::outcome, importer::import_faults> out;
        with_database(options_for(database.app_url()),
                      [&](db::database& d) { return run(d, read(csv), out); });
        return out;
    }
    intake::outcome import(std::string_view csv) {
        auto out = try_import(csv);
        if (auto const* faults = std::get_if<importer::import_faults>(&out))
            throw std::runtime_error(importer::describe(faults->listed.at(0)));
        return std::get<intake::outcome>(out);
    }
    std::vector<std::string> refused(std::string_view csv) {
        auto const out = try_import(csv);
        std::vector<std::string> said;
        if (auto const* faults = std::get_if<importer::import_faults>(&out))
            for (auto const& f : faults->listed) said.push_back(importer::describe(f));
        return said;
    }
    std::string count(std::string const& from) { return sql("select count(*) from " + from); }
    // Everything that an import may write to.
    std::string everything() {
        std::string query = "select md5(''";
        for (auto const* table :
             {"catalog.products", "catalog.variants", "catalog.prices", "catalog.media", "catalog.options",
              "catalog.option_values", "catalog.variant_options", "catalog.categories",
              "catalog.product_categories", "catalog.tags", "catalog.product_tags", "inventory.locations",
              "inventory.stock", "inventory.reservations", "inventory.movements", "audit.entries",
              "ops.outbox"})
            query += fmt::format(
                " || coalesce((select string_agg(x::text, ',' order by x::text) from {} x), '')", table);
        return sql(query + ")");
    }
    core::uuid variant(std::string const& sku) {
        return *core::parse_uuid(
            sql("select id from catalog.variants where archived_at is null and sku = '" + sku + "'"));
    }
    core::uuid location(std::string const& code) {
        return *core::parse_uuid(sql("select id from inventory.locations where code = '" + code + "'"));
    }
    std::string stock(std::string const& sku, std::string const& code = "main") {
        return stock_of(variant(sku), location(code));
    }

private:
    core::task<void> run(db::database& d, importer::imported_catalogue file,
                         std::variant<intake::outcome, importer::import_faults>& out) {
        out = co_await intake::bring_in(d.use(in(30s)), std::move(file), with);
    }
};

std::string const header =
    "Handle,Title,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,"
    "Variant Inventory Policy,Variant Price,Image Src\n";
std::string const mugs =
    header +
    "mug,Mug,Galley,\"tin, blue\",true,Size,Small,M-S,5,deny,12.00,https://shop.example/m.jpg\n"
    "mug,,,,,,Large,M-L,3,deny,15.00,\n"
    "lamp,Lamp,Deck,tin,true,Title,Default Title,L-1,0,continue,89.00,\n";

class real_files : public testing::TestWithParam<char const*> {};

TEST_P(real_files, come_in_whole_and_once) {
    intake_world shop;
    auto const bytes = real_file(GetParam());
    auto const plan = importer::plan_import(read(bytes));
    auto const done = shop.import(bytes);
    EXPECT_EQ(done.products_created, plan.products);
    EXPECT_EQ(shop.count("catalog.products"), std::to_string(plan.products));
    EXPECT_EQ(shop.count("catalog.products where published_at is not null and archived_at is null"),
              std::to_string(plan.on_sale));
    EXPECT_EQ(shop.count("catalog.variants"), std::to_string(plan.variants));
    EXPECT_EQ(shop.count("catalog.prices where currency = 'USD'"), std::to_string(plan.variants));
    EXPECT_EQ(shop.count("catalog.media"), std::to_string(plan.media));
    EXPECT_EQ(shop.count("catalog.categories"), std::to_string(plan.categories));
    EXPECT_EQ(shop.count("catalog.tags"), std::to_string(plan.tags));
    EXPECT_EQ(shop.count("inventory.stock where on_hand > 0"), std::to_string(plan.in_stock_variants));
    EXPECT_EQ(shop.sql("select sum(on_hand) from inventory.stock"), std::to_string(plan.units));
    EXPECT_EQ(done.units, plan.units);
    EXPECT_EQ(done.location, "main");
    EXPECT_TRUE(done.location_made);
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(shop.count("audit.entries where resource = 'products' and action = 'carrack import'"
                         " and actor_kind = 'system'"),
              std::to_string(plan.products));
    EXPECT_EQ(shop.count("ops.outbox where topic = 'product.changed'"), std::to_string(plan.products));

    auto const before = shop.everything();
    auto const again = shop.import(bytes);
    EXPECT_EQ(again.products_unchanged, plan.products);
    EXPECT_EQ(again.stock_changed, 0U);
    EXPECT_EQ(shop.everything(), before);
}

INSTANTIATE_TEST_SUITE_P(shopify, real_files, testing::Values("apparel.csv", "home-and-garden.csv"),
                         [](auto const& i) { return std::string(i.param).substr(0, 4); });

TEST(import, updates_what_changed_and_nothing_else) {
    intake_world shop;
    shop.import(mugs);
    std::string const lamp = "select version from catalog.products where handle = 'lamp'";
    auto const lamp_before = shop.sql(lamp);
    std::string changed = mugs;
    changed.replace(changed.find("12.00"), 5, "13.50");
    changed.replace(changed.find("M-L,3"), 5, "M-L,9");
    auto const done = shop.import(changed);
    EXPECT_EQ(done.products_updated, 1U);
    EXPECT_EQ(done.products_unchanged, 1U);
    EXPECT_EQ(done.stock_changed, 1U);
    EXPECT_EQ(done.units_change, 6);
    EXPECT_EQ(shop.sql("select string_agg(amount::text, ' ' order by amount) from catalog.prices"),
              "1350 1500 8900");
    EXPECT_EQ(shop.stock("M-L"), "9/0/0");
    EXPECT_EQ(shop.sql(lamp), lamp_before);
    EXPECT_EQ(shop.count("catalog.variants"), "3");
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(import, is_all_or_nothing) {
    intake_world shop;
    shop.import(header + "vase,Vase,,,true,Title,Default Title,V-1,2,deny,30.00,\n");
    auto const before = shop.everything();
    std::string taken = mugs;
    taken.replace(taken.find("L-1"), 3, "V-1");
    EXPECT_THAT(shop.refused(taken),
                ElementsAre("line 4 (Variant SKU): the SKU 'V-1' belongs to the product 'vase' already"));
    EXPECT_EQ(shop.everything(), before);

    shop.with.progress = [](std::size_t) { throw std::runtime_error("stopped"); };
    EXPECT_THROW(shop.import(mugs), std::runtime_error);
    EXPECT_EQ(shop.everything(), before);
}

TEST(import, a_dry_run_finds_out_and_changes_nothing) {
    intake_world shop;
    auto const before = shop.everything();
    shop.with.dry_run = true;
    auto const planned = shop.import(mugs);
    EXPECT_EQ(shop.everything(), before);
    EXPECT_EQ(planned.products_created, 2U);
    EXPECT_EQ(planned.units_change, 8);
    shop.with.dry_run = false;
    EXPECT_EQ(shop.import(mugs), planned);
}

TEST(import, leaves_promised_units_alone) {
    intake_world shop;
    shop.import(mugs);
    with_client(shop, [&](shop_client& api) -> core::task<void> {
        auto const placed =
            co_await api.checkout(shop.add_cart({{shop.variant("M-S"), 4}, {shop.variant("L-1"), 2}}), "k");
        EXPECT_EQ(placed.status, 201) << placed.body;
    });
    EXPECT_EQ(shop.stock("M-S"), "5/4/0");
    auto const reservations =
        shop.sql("select md5(string_agg(r::text, ',' order by r::text)) from inventory.reservations r");
    std::string fewer = mugs;
    fewer.replace(fewer.find("M-S,5"), 5, "M-S,1");
    fewer.replace(fewer.find("continue"), 8, "deny");
    shop.import(fewer);
    EXPECT_EQ(shop.stock("M-S"), "1/4/3") << "three of the promised units are missing, and listed as that";
    EXPECT_EQ(shop.stock("L-1"), "0/2/2") << "backorders are off; those that were taken are missing";
    EXPECT_EQ(shop.sql("select sum(backorder_limit) from inventory.stock"), "0");
    EXPECT_EQ(shop.sql("select md5(string_agg(r::text, ',' order by r::text)) from inventory.reservations r"),
              reservations);
    EXPECT_EQ(shop.broken_stock(), "");
    shop.import(mugs);
    EXPECT_EQ(shop.stock("M-S"), "5/4/0");
    EXPECT_EQ(shop.stock("L-1"), "0/2/0");
}

TEST(import, backorders_keep_the_limit_that_staff_set) {
    intake_world shop;
    shop.import(mugs);
    std::string const limits =
        "select string_agg(backorder_limit::text, ' ' order by backorder_limit) from inventory.stock";
    EXPECT_EQ(shop.sql(limits), "0 0 10000");
    shop.sql("update inventory.stock set backorder_limit = 7 where backorder_limit = 10000 returning 1");
    EXPECT_EQ(shop.import(mugs).stock_changed, 0U);
    EXPECT_EQ(shop.sql(limits), "0 0 7");
}

TEST(import, puts_stock_where_it_is_told) {
    intake_world shop;
    shop.add_location("far", 20);
    shop.add_location("near", 10);
    EXPECT_EQ(shop.import(mugs).location, "near");
    EXPECT_EQ(shop.stock("M-S", "near"), "5/0/0");
    shop.with.location = "far";
    EXPECT_EQ(shop.import(mugs).stock_changed, 3U);
    EXPECT_EQ(shop.stock("M-S", "far"), "5/0/0");
    auto const before = shop.everything();
    shop.with.location = "moon";
    EXPECT_THAT(shop.refused(mugs), ElementsAre(HasSubstr("no location in use with the code 'moon'")));
    EXPECT_EQ(shop.everything(), before);
}

TEST(import, a_column_that_is_not_there_says_nothing) {
    intake_world shop;
    shop.import(mugs);
    shop.sql("update catalog.products set published_at = null where handle = 'mug' returning 1");
    auto const done = shop.import(
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\nmug,Mug,Size,Small,M-S,12.00\n"
        "mug,,,Large,M-L,16.00\nnew,New,Title,Default Title,N-1,1.00\n");
    EXPECT_EQ(done.products_updated, 1U);
    EXPECT_EQ(done.products_created, 1U);
    EXPECT_EQ(done.location, "");
    EXPECT_EQ(shop.stock("M-S"), "5/0/0");
    EXPECT_EQ(shop.count("catalog.media"), "1");
    EXPECT_EQ(shop.count("catalog.product_tags"), "3");
    EXPECT_EQ(shop.sql("select string_agg(handle, ' ' order by handle) from catalog.products"
                       " where published_at is not null"),
              "lamp new")
        << "what is there stays a draft; what is new is sold, as it was there";
}

TEST(import, an_empty_quantity_leaves_the_stock) {
    intake_world shop;
    shop.import(mugs);
    std::string silent = mugs;
    silent.replace(silent.find("M-S,5"), 5, "M-S,");
    EXPECT_EQ(shop.import(silent).stock_changed, 0U);
    EXPECT_EQ(shop.stock("M-S"), "5/0/0");
}

TEST(import, types_that_make_one_handle_are_one_category) {
    intake_world shop;
    shop.import(header +
                "a,A,Out Door,,true,Title,Default Title,A,1,deny,1.00,\n"
                "b,B,out-door,,true,Title,Default Title,B,1,deny,1.00,\n"
                "c,C,,,true,Title,Default Title,C,1,deny,1.00,\n");
    EXPECT_EQ(shop.sql("select string_agg(name || '=' || handle, ' ') from catalog.categories"),
              "Out Door=out-door");
    EXPECT_EQ(shop.count("catalog.product_categories"), "2");
}

TEST(import, skus_may_change_places) {
    intake_world shop;
    shop.import(mugs);
    std::string swapped = mugs;
    swapped.replace(swapped.find("L-1"), 3, "M-S");
    swapped.replace(swapped.find("M-S"), 3, "L-1");
    EXPECT_EQ(shop.import(swapped).products_updated, 2U);
    EXPECT_EQ(
        shop.sql("select p.handle from catalog.variants v join catalog.products p on p.id = v.product_id"
                 " where v.sku = 'M-S'"),
        "lamp");
}

}  // namespace
