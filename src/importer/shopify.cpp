// From records to products: rows find their product by its handle, wherever in the file they stand.
#include "importer/shopify.hpp"

#include "core/text.hpp"
#include "importer/cells.hpp"
#include "importer/product_rows.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace importer {
namespace {

bool is_blank(std::vector<std::string> const& fields) {
    return std::ranges::all_of(fields, [](auto const& f) { return core::trimmed(f).empty(); });
}

class shopify_file {
public:
    shopify_file(std::string_view bytes, shopify_options const& options)
        : reader_(bytes, options.limits),
          file_{.currency = options.currency,
                .faults = fault_list(options.faults_max),
                .warnings = fault_list(options.faults_max),
                .sku_lines = {}} {}

    std::variant<imported_catalogue, import_faults> read() {
        if (!reader_.open()) {
            auto const& encoding = reader_.encoding();
            if (encoding.total == 0) return refuse(reader_.fault());
            return import_faults{.listed = encoding.listed, .total = encoding.total};
        }
        for (auto& fault : columns_.read(reader_.header(), reader_.line()))
            file_.faults.add(std::move(fault));
        if (file_.faults.total() > 0) return refuse();
        read_rows();
        if (rows_ == 0 && file_.faults.total() == 0)
            return refuse({.line = 0, .reason = "The file has a header but no products."});
        if (file_.faults.total() > 0) return refuse();
        return finish();
    }

private:
    void read_rows() {
        for (auto step = reader_.next(); step != csv_reader::step::finished; step = reader_.next()) {
            if (step == csv_reader::step::fault)
                file_.faults.add(reader_.fault());
            else if (!is_blank(reader_.fields()))
                read_row({.line = reader_.line(), .fields = reader_.fields(), .columns = columns_});
        }
    }

    void read_row(row const& r) {
        ++rows_;
        columns_.count_ignored(r.fields);
        auto const handle = r.text(column::handle);
        if (!core::is_handle(handle)) return file_.faults.add(bad_handle(r));
        auto const [at, fresh] = product_at_.try_emplace(std::string(handle), products_.size());
        if (fresh)
            products_.emplace_back(r, file_);
        else
            products_[at->second].add(r, file_);
    }

    static row_error bad_handle(row const& r) {
        auto const handle = r.text(column::handle);
        if (handle.empty()) return r.fault(column::handle, "the handle is missing");
        std::string const better = core::slug(handle);
        return r.fault(
            column::handle,
            fmt::format("a handle is made of a-z, 0-9 and single hyphens between them, at most 200{}",
                        core::is_handle(better) ? fmt::format("; for example '{}'", better) : ""));
    }

    imported_catalogue finish() {
        imported_catalogue out{.rows = rows_};
        out.products.reserve(products_.size());
        for (auto& product : products_) out.products.push_back(std::move(product).finish());
        for (std::size_t i = 0; i < column_count; ++i)
            out.columns.set(i, columns_.given(static_cast<column>(i)));
        out.ignored_columns = columns_.ignored();
        out.warnings = file_.warnings.take();
        return out;
    }

    import_faults refuse() { return {.listed = file_.faults.take(), .total = file_.faults.total()}; }
    static import_faults refuse(row_error only) { return {.listed = {std::move(only)}, .total = 1}; }

    csv_reader reader_;
    column_map columns_;
    file_state file_;
    std::size_t rows_ = 0;
    std::vector<product_rows> products_;
    std::unordered_map<std::string, std::size_t> product_at_;
};

}  // namespace

std::variant<imported_catalogue, import_faults> read_shopify(std::string_view bytes,
                                                             shopify_options options) {
    return shopify_file(bytes, options).read();
}

}  // namespace importer
