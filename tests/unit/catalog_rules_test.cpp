#include "catalog/category_rules.hpp"
#include "catalog/rules.hpp"
#include "catalog/search.hpp"

#include <gmock/gmock.h>

namespace {

using namespace catalog;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> pointers(core::problem const& p) {
    std::vector<std::string> out;
    for (auto const& v : p.violations) out.push_back(v.pointer + " " + v.code);
    return out;
}
std::vector<std::string> pointers(std::vector<core::violation> const& all) {
    return pointers(core::problem{core::invalid_request, all});
}

product_detail mug() {
    product_detail p{.id = core::make_uuid7(), .handle = "mug", .title = "Mug"};
    p.options = {{"Size", {"S", "L"}}};
    for (std::string const size : {"S", "L"})
        p.variants.push_back(
            {.id = core::make_uuid7(), .sku = {"M-" + size}, .title = size, .options = {{"Size", size}}});
    return p;
}

add_variant_request wanting(std::vector<choice_input> choices) {
    add_variant_request r{};
    r.options.emplace().items = std::move(choices);
    return r;
}

TEST(catalog_rules, titles_are_the_values_joined) {
    EXPECT_EQ(title_of({}), "Default");
    std::vector<chosen_option> const two{{"Size", "S"}, {"Colour", "Blue"}};
    EXPECT_EQ(title_of(two), "S / Blue");
}

TEST(catalog_rules, shoppers_are_told_a_bounded_number) {
    EXPECT_EQ(shown_available(-3), 0);
    EXPECT_EQ(shown_available(0), 0);
    EXPECT_EQ(shown_available(9), 9);
    EXPECT_EQ(shown_available(10), 10);
    EXPECT_EQ(shown_available(11), 10);
}

TEST(catalog_rules, a_new_variant_may_bring_a_value) {
    auto const grown = with_variant(mug(), wanting({{{"Size"}, {"XL"}}}));
    ASSERT_TRUE(grown);
    EXPECT_THAT(grown->options[0].values, ElementsAre("S", "L", "XL"));
    EXPECT_EQ(grown->variants[2].title, "XL");
}

TEST(catalog_rules, a_new_variant_is_refused) {
    EXPECT_EQ(with_variant(mug(), wanting({{{"Size"}, {"S"}}})).error().what, &variant_taken);
    auto taken = wanting({{{"Size"}, {"XL"}}});
    taken.sku = sku_text{"M-S"};
    EXPECT_EQ(with_variant(mug(), taken).error().what, &sku_taken);
    EXPECT_THAT(pointers(with_variant(mug(), wanting({{{"Fit"}, {"Slim"}}})).error()),
                ElementsAre("/options/0/name unknown", "/options missing"));
    EXPECT_THAT(pointers(with_variant(mug(), wanting({{{"Size"}, {"A"}}, {{"Size"}, {"B"}}})).error()),
                ElementsAre("/options/1/name repeated"));

    product_detail full = mug();
    for (std::size_t i = full.variants.size(); i < variants_max; ++i)
        full.variants.push_back({.id = core::make_uuid7(), .title = "T" + std::to_string(i)});
    EXPECT_EQ(with_variant(full, wanting({{{"Size"}, {"XL"}}})).error().what, &too_many_variants);

    product_detail wide = mug();
    for (std::size_t i = 2; i < option_values_max; ++i)
        wide.options[0].values.push_back("V" + std::to_string(i));
    EXPECT_EQ(with_variant(wide, wanting({{{"Size"}, {"XL"}}})).error().what, &too_many_values);
    EXPECT_TRUE(with_variant(wide, wanting({{{"Size"}, {"V7"}}})));
}

TEST(catalog_rules, a_variant_keeps_what_the_change_leaves_out) {
    product_detail const before = mug();
    change_variant_request r{.variant_id = before.variants[0].id};
    EXPECT_EQ(*with_changed_variant(before, r), before);
    r.sku.emplace() = std::nullopt;
    auto const after = with_changed_variant(before, r);
    EXPECT_EQ(after->variants[0].sku.value, std::nullopt);
    EXPECT_EQ(after->variants[1], before.variants[1]);
    r.options.emplace().items = {{{"Size"}, {"L"}}};
    EXPECT_EQ(with_changed_variant(before, r).error().what, &variant_taken);
    r = {.variant_id = before.variants[0].id};
    r.media_id.emplace() = core::make_uuid7();
    EXPECT_THAT(pointers(with_changed_variant(before, r).error()), ElementsAre("/media_id unknown"));
    r.variant_id = core::make_uuid7();
    EXPECT_EQ(with_changed_variant(before, r).error().what, &variant_not_found);
}

TEST(catalog_rules, prices_have_one_for_each_currency) {
    product_detail const before = mug();
    set_prices_request r{.variant_id = before.variants[1].id};
    auto const usd = core::currency::unchecked("USD"), eur = core::currency::unchecked("EUR");
    r.prices.items = {{usd, {5}, std::nullopt}, {eur, {4}, core::minor_units{6}}};
    auto const after = with_prices(before, r);
    EXPECT_EQ(after->variants[1].prices[0].currency, eur);
    EXPECT_EQ(after->variants[1].prices[0].compare_at_amount.value, 6);
    r.prices.items.push_back({usd, {7}, std::nullopt});
    EXPECT_THAT(pointers(with_prices(before, r).error()), ElementsAre("/prices/2/currency repeated"));
}

TEST(catalog_rules, categories_of_an_import_have_lasting_handles) {
    auto const handle = [](std::vector<std::string> names) { return category_handle(names); };
    EXPECT_EQ(handle({"Home & Garden", "Mugs"}), "home-garden-mugs");
    EXPECT_EQ(handle({"日本"}), handle({"日本"}));
    EXPECT_NE(handle({"日本"}), handle({"中国"}));
    EXPECT_TRUE(core::is_handle(handle({"日本"})));
    EXPECT_TRUE(core::is_handle(handle({std::string(150, 'a'), std::string(150, 'b')})));
    EXPECT_NE(handle({"日本", "a"}), handle({"日本a"}));
}

TEST(catalog_rules, drafts_tell_all_their_faults) {
    product_draft d{.handle = "Not A Handle"};
    d.title = std::string(301, 'x');
    d.options = {{"Size", {"S", "S"}}, {"Size", {"M"}}};
    d.variants = {{.option_values = {"S"}}, {.option_values = {"S", "Q"}}};
    d.media.emplace() = {{"ftp://x", ""}};
    d.categories.emplace() = {{}};
    EXPECT_THAT(pointers(faults_of(d)),
                ElementsAre("/handle not_a_handle", "/title too_long", "/categories/0 wrong_depth",
                            "/options/0/values/1 repeated", "/options/1/name repeated",
                            "/variants/0/option_values wrong_count", "/variants/1/option_values/1 unknown",
                            "/media/0/url not_a_url"));
    product_draft fine{.handle = "fine", .title = "Fine"};
    fine.variants.resize(1);
    EXPECT_THAT(faults_of(fine), IsEmpty());
    fine.variants.resize(2);
    EXPECT_THAT(pointers(faults_of(fine)), ElementsAre("/variants/1/option_values repeated"));
}

store::category_row node(core::uuid id, std::optional<core::uuid> parent, std::int32_t depth) {
    return {.id = id, .parent_id = parent, .handle = "h", .name = "n", .depth = depth, .version = 1};
}

TEST(catalog_rules, a_category_never_lies_below_itself) {
    auto const a = core::make_uuid7(), b = core::make_uuid7(), c = core::make_uuid7();
    category_tree const tree{node(a, {}, 0), node(b, a, 1), node(c, b, 2)};
    for (core::uuid const onto : {a, b, c}) {
        change_category_request r{.id = a};
        r.parent_id.emplace() = onto;
        EXPECT_EQ(changed_category(tree, tree[0], r).error().what, &category_cycle);
    }
    change_category_request up{.id = c};
    up.parent_id.emplace() = a;
    EXPECT_EQ(changed_category(tree, tree[2], up)->depth, 1);
}

TEST(catalog_search, what_is_typed_becomes_a_query) {
    struct typed {
        char const* text;
        char const* words;     // null: nothing to look for
        char const* fragment;  // null: none
    };
    static constexpr typed cases[] = {
        {"Caf\u00E9", "('cafe':*)", "%cafe%"},
        {"blue  mug", "('blue':*) & ('mug':*)", "%blue mug%"},
        {"TEE-42", "('tee' <-> '42':*)", "%tee 42%"},
        {"\"blue mug\" -red", "('blue' <-> 'mug') & !('red')", nullptr},
        {"a or b c", "('a':*) | ('b':*) & ('c':*)", nullptr},
        {"or lamp or", "('lamp':*)", nullptr},
        {"\"open", "('open')", nullptr},
        {"ab", "('ab':*)", nullptr},
        {"- -- \"\" '", nullptr, nullptr},
        {"')|!&(:*", nullptr, nullptr},
        {"x') | ('y", "('x':*) & ('y':*)", "%x y%"},
    };
    for (auto const& c : cases) {
        auto const got = read_search(c.text);
        ASSERT_EQ(got.has_value(), c.words != nullptr) << c.text;
        if (!got) continue;
        EXPECT_EQ(got->words, c.words) << c.text;
        EXPECT_EQ(got->fragment.value_or("none"), c.fragment == nullptr ? "none" : c.fragment) << c.text;
    }
}

TEST(catalog_search, a_product_is_found_by_all_its_parts_within_a_bound) {
    product_detail p = mug();
    p.vendor = "Cl\u00E1y";
    p.tags = {"Gift!"};
    p.variants[1].barcode = {"4006"};
    EXPECT_EQ(search_terms(p), "mug clay gift s l m s m l 4006");
    EXPECT_EQ(search_prose("<p>Salt &amp; <b>Pep</b>per</p>5 &lt; 6<br>x"), "salt pep per 5 6 x");
    p.tags.assign(250, std::string(99, 'a') + " \u6771\u4EAC" + std::string(400, 'b'));
    EXPECT_LE(search_terms(p).size(), 64U << 10);
    EXPECT_TRUE(core::count_code_points(search_terms(p)));
}

}  // namespace
