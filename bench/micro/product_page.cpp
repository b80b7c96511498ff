// What a page costs on its way out: a product of three variants, and a list of twenty, written as JSON.
#include "catalog/api_shop.hpp"
#include "http/json_write.hpp"

#include <benchmark/benchmark.h>

namespace {

catalog::product_view product() {
    catalog::product_view p{.id = core::make_uuid7(),
                            .handle = "walnut-desk",
                            .title = "Walnut desk with two drawers",
                            .description_html = "<p>" + std::string(600, 'w') + "</p>",
                            .vendor = "Vendor 27",
                            .product_type = "Desks",
                            .published_at = {1'700'000'000'000'000},
                            .options = {{"Size", {"S", "M", "L"}}},
                            .variants = {},
                            .media = {},
                            .categories = {{core::make_uuid7(), "desks", "Desks"}},
                            .tags = {"walnut", "office", "handmade"}};
    core::currency const usd = *core::currency::find("USD");
    for (std::string const size : {"S", "M", "L"}) {
        p.media.push_back(
            {core::make_uuid7(), "https://cdn.example.com/products/" + size + ".jpg", "Picture"});
        p.variants.push_back({.id = core::make_uuid7(),
                              .sku = {"DESK-" + size},
                              .title = size,
                              .options = {{"Size", size}},
                              .price = {core::money{1999, usd}},
                              .compare_at_price = {},
                              .available = 10,
                              .media_id = {p.media.back().id}});
    }
    return p;
}

void write_product(benchmark::State& state) {
    catalog::product_view const p = product();
    std::size_t bytes = 0;
    for (auto _ : state) {
        std::string out;
        http::write(out, p);
        bytes += out.size();
        benchmark::DoNotOptimize(out);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(write_product);

void write_list_of_20(benchmark::State& state) {
    std::vector<catalog::product_view> const all(20, product());
    std::size_t bytes = 0;
    for (auto _ : state) {
        std::string out;
        http::write(out, all);
        bytes += out.size();
        benchmark::DoNotOptimize(out);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(write_list_of_20);

}  // namespace
