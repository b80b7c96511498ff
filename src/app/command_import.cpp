// `carrack import shopify FILE.csv…`: each file in one transaction, or nothing of it.
#include "app/command.hpp"
#include "app/database_at_hand.hpp"
#include "app/import_report.hpp"
#include "app/migration.hpp"
#include "app/on_database.hpp"
#include "app/progress.hpp"
#include "app/stop_signal.hpp"
#include "importer/import_file.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace app {
namespace {

constexpr own_flag flags[] = {
    {"--all-faults", "", "print every fault of a file; without it the first hundred"},
    {"--dry-run", "", "find out what would change, and change nothing"},
    {"--location", "CODE",
     "where the stock goes; the location that gives first, or \"main\" if there is none"},
    {"--json", "", "the outcome as a JSON object"},
};
constexpr std::size_t files_max = 1000;
constexpr std::chrono::hours patience{1};  // for one file

void say(std::string_view sentence) { fmt::print(stderr, "{}\n", sentence); }

// Reading needs no database, so the database is found when the first file has proved readable.
class import_run {
public:
    explicit import_run(invocation const& i)
        : settings_(i.settings), currency_(core::currency::unchecked(i.settings.currency)) {
        with_.currency = currency_;
        with_.dry_run = i.given.has("--dry-run");
        if (auto const at = i.given.own.find("--location"); at != i.given.own.end())
            with_.location = at->second;
    }

    file_report import(std::string const& file) {
        file_report r{.file = file};
        auto const bytes = importer::load_file(file);
        if (auto const* fault = std::get_if<importer::row_error>(&bytes)) {
            r.faults = {{*fault}, 1};
            return r;
        }
        auto read = importer::read_shopify(std::get<std::string>(bytes), {.currency = currency_});
        if (auto* faults = std::get_if<importer::import_faults>(&read)) {
            r.faults = std::move(*faults);
            return r;
        }
        write(r, std::get<importer::imported_catalogue>(std::move(read)));
        return r;
    }

private:
    void write(file_report& r, importer::imported_catalogue catalogue) {
        r.plan = importer::plan_import(catalogue);
        r.warnings = std::move(catalogue.warnings);
        r.ignored = std::move(catalogue.ignored_columns);
        db::options const options{.url = find_database(),
                                  .unnamed_statements = settings_.pooled_transactions};
        progress bar(r.file, catalogue.products.size(), "products");
        with_.progress = [&](std::size_t done) {
            bar.show(done);
            if (stop_signals_seen() > 0)
                throw setup_error(fmt::format("Stopped; nothing of {} is imported.", r.file));
        };
        on_database(options, patience, [&](db::scope db) { return bring_in(db, catalogue, r); });
    }

    core::task<void> bring_in(db::scope db, importer::imported_catalogue& catalogue, file_report& r) {
        auto outcome = co_await intake::bring_in(db, std::move(catalogue), with_);
        if (auto* faults = std::get_if<importer::import_faults>(&outcome))
            r.faults = std::move(*faults);
        else
            r.done = std::get<intake::outcome>(outcome);
    }

    std::string const& find_database() {
        if (!at_) {
            require_shop(settings_);
            at_.emplace(settings_, database_at_hand::purpose::command, "carrack import", say);
            in_plain_words([&] { db::require_current_schema(at_->app_url()); });
        }
        return at_->app_url();
    }

    configuration const& settings_;
    core::currency currency_;
    intake::settings with_;
    std::optional<database_at_hand> at_;
};

int complain(std::string_view sentence) {
    fmt::print(stderr, "carrack: {} Write carrack import shopify FILE.csv…\n", sentence);
    return exit_usage;
}

int run(invocation const& i) {
    auto const& words = i.given.words;
    if (words.empty()) return complain("import needs to know whose files they are and where.");
    if (words[0] != "shopify")
        return complain(fmt::format("import does not know the format \"{}\"; it reads shopify.", words[0]));
    if (words.size() == 1) return complain("import needs at least one file.");
    catch_stop_signals();
    bool const json = i.given.has("--json");
    bool const dry_run = i.given.has("--dry-run");
    import_run files(i);
    std::vector<file_report> reports;
    bool failed = false;
    for (std::size_t n = 1; n < words.size() && stop_signals_seen() == 0; ++n) {
        auto const& r = reports.emplace_back(files.import(words[n]));
        failed = failed || !r.done;
        if (!json)
            fmt::print(r.done ? stdout : stderr, "{}", describe(r, dry_run, i.given.has("--all-faults")));
    }
    if (json)
        fmt::print("{}", to_json(reports, dry_run));
    else if (reports.size() > 1)
        fmt::print("{}", describe_total(reports, dry_run));
    return failed || reports.size() + 1 < words.size() ? exit_failed : exit_done;
}

}  // namespace

command const import_command{
    "import",
    "shopify FILE.csv…",
    "brings in products from Shopify's CSV files, each whole or not at all",
    flags,
    files_max + 1,
    true,
    &run,
    "A file's quantities are the count: importing an old file again sets stock back to it.\n"};

}  // namespace app
