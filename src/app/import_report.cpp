#include "app/import_report.hpp"

#include "app/json_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace app {
namespace {

constexpr std::size_t faults_shown = 100;
constexpr std::size_t warnings_shown = 20;
constexpr std::size_t archived_shown = 20;

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
}

void list(std::string& out, std::vector<importer::row_error> const& all, std::size_t total, std::size_t max,
          std::string_view where_are_all) {
    std::size_t const shown = std::min(all.size(), max);
    for (std::size_t i = 0; i < shown; ++i) out += fmt::format("    {}\n", importer::describe(all[i]));
    if (total > shown) out += fmt::format("    and {} more{}\n", total - shown, where_are_all);
}

std::string refusal(file_report const& r, bool all_faults) {
    if (r.faults.total == 1) {
        auto const said = importer::describe(r.faults.listed.front());
        return said.starts_with(r.file) ? said + "\n"
                                        : fmt::format("{}: nothing is imported of it: {}\n", r.file, said);
    }
    std::string out = fmt::format("{}: nothing is imported of it; {}:\n", r.file,
                                  counted(r.faults.total, "fault", "faults"));
    list(out, r.faults.listed, r.faults.total, all_faults ? r.faults.listed.size() : faults_shown,
         all_faults ? "" : "; --all-faults shows them all, and so does --json");
    return out;
}

std::string stock_line(intake::outcome const& o, bool dry_run) {
    if (o.location.empty()) return "    the file says nothing about stock\n";
    return fmt::format("    {} at the location {}{}, {:+d} against before; {} changed\n",
                       counted(static_cast<std::size_t>(o.units), "unit", "units"), o.location,
                       o.location_made ? dry_run ? " (which would be made)" : " (which was made)" : "",
                       o.units_change, counted(o.stock_changed, "stock row", "stock rows"));
}

// A CSV does not say where it ends: one that was cut between two rows looks whole, and lacks variants.
std::string archived_lines(intake::outcome const& o, bool dry_run) {
    if (o.archived.empty()) return "";
    std::string out = fmt::format(
        "    {} {}archived, not being in the file; should it have been cut short, import the whole one and "
        "they "
        "are back:\n",
        counted(o.archived.size(), "variant", "variants"),
        dry_run                  ? "would be "
        : o.archived.size() == 1 ? "is "
                                 : "are ");
    std::size_t const shown = std::min(o.archived.size(), archived_shown);
    for (std::size_t i = 0; i < shown; ++i)
        out += fmt::format("    {}: {}\n", o.archived[i].handle, o.archived[i].title);
    if (o.archived.size() > shown)
        out += fmt::format("    and {} more; --json shows them all\n", o.archived.size() - shown);
    return out;
}

std::string not_read(std::vector<importer::ignored_column> const& columns) {
    std::string names;
    std::size_t empty = 0;
    for (auto const& c : columns) {
        if (c.values == 0) {
            ++empty;
            continue;
        }
        names +=
            fmt::format("{}{} ({})", names.empty() ? "" : ", ", c.name, counted(c.values, "value", "values"));
    }
    if (columns.empty()) return "";
    std::string out = "    columns without a meaning here: " + names;
    if (empty > 0) out += fmt::format("{}{} without any value", names.empty() ? "" : "; and ", empty);
    return out + "\n";
}

std::string json_of(importer::row_error const& e) {
    return fmt::format(R"({{"line":{},"column":{},"column_name":{},"reason":{}}})", e.line, e.column_index,
                       json_text(e.column_name), json_text(e.reason));
}

std::string json_list(std::vector<importer::row_error> const& all) {
    std::string out = "[";
    for (auto const& e : all) out += (out.size() > 1 ? "," : "") + json_of(e);
    return out + "]";
}

std::string json_of(intake::outcome const& o) {
    std::string archived;
    for (auto const& v : o.archived)
        archived += fmt::format(R"({}{{"handle":{},"title":{}}})", archived.empty() ? "" : ",",
                                json_text(v.handle), json_text(v.title));
    return fmt::format(
        R"("products":{{"created":{},"updated":{},"unchanged":{}}},"variants":{},"media":{},)"
        R"("variants_archived":[{}],)"
        R"("stock":{{"location":{},"location_made":{},"units":{},"units_change":{},"rows_changed":{}}})",
        o.products_created, o.products_updated, o.products_unchanged, o.variants, o.media, archived,
        o.location.empty() ? "null" : json_text(o.location), o.location_made, o.units, o.units_change,
        o.stock_changed);
}

std::string json_of(file_report const& r) {
    std::string out = fmt::format(R"({{"file":{},"imported":{},)", json_text(r.file), r.done.has_value());
    if (r.done)
        out += json_of(*r.done);
    else
        out += fmt::format(R"("faults_total":{},"faults":{})", r.faults.total, json_list(r.faults.listed));
    out += fmt::format(R"(,"warnings":{},"columns_not_read":[)", json_list(r.warnings));
    for (auto const& c : r.ignored)
        out += fmt::format(R"({}{{"name":{},"values":{}}})", &c == r.ignored.data() ? "" : ",",
                           json_text(c.name), c.values);
    return out + "]}";
}

}  // namespace

std::string describe(file_report const& r, bool dry_run, bool all_faults) {
    if (!r.done) return refusal(r, all_faults);
    auto const& o = *r.done;
    std::string out = fmt::format("{}: {}\n", r.file, importer::describe(r.plan));
    out += fmt::format(
        "    {}{} new, {} changed, {} as they were\n", dry_run ? "dry run, nothing is written: " : "",
        counted(o.products_created, "product", "products"), o.products_updated, o.products_unchanged);
    out += archived_lines(o, dry_run) + stock_line(o, dry_run);
    if (!r.warnings.empty()) {
        out += fmt::format("    {}:\n", counted(r.warnings.size(), "warning", "warnings"));
        list(out, r.warnings, r.warnings.size(), warnings_shown, "; --json shows them all");
    }
    return out + not_read(r.ignored);
}

std::string describe_total(std::span<file_report const> all, bool dry_run) {
    intake::outcome sum;
    std::size_t files = 0;
    for (auto const& r : all)
        if (r.done) {
            ++files;
            sum.products_created += r.done->products_created;
            sum.products_updated += r.done->products_updated;
            sum.products_unchanged += r.done->products_unchanged;
        }
    return fmt::format("{} of {}{}: {} new, {} changed, {} as they were\n", files,
                       counted(all.size(), "file", "files"), dry_run ? " could be imported" : " imported",
                       counted(sum.products_created, "product", "products"), sum.products_updated,
                       sum.products_unchanged);
}

std::string to_json(std::span<file_report const> all, bool dry_run) {
    std::string out = fmt::format(R"({{"dry_run":{},"files":[)", dry_run);
    for (auto const& r : all) out += (&r == all.data() ? "\n  " : ",\n  ") + json_of(r);
    return out + "\n]}\n";
}

}  // namespace app
