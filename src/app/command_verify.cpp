// `carrack verify`: proves from ledgers, histories and seals that the shop is whole, beside running servers.
#include "app/command.hpp"
#include "app/data_folder.hpp"
#include "app/database_at_hand.hpp"
#include "app/json_text.hpp"
#include "app/migration.hpp"
#include "app/progress.hpp"
#include "app/stop_signal.hpp"
#include "app/verification.hpp"
#include "crypto/digest.hpp"
#include "db/migrate.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace app {
namespace {

constexpr own_flag flags[] = {
    {"--json", "", "the outcome as a JSON object"},
    {"--repair", "", "first bring together what can be: add to the ledger, write anew what is derived"},
};

constexpr std::string_view marks[] = {"ok", "warn", "WRONG"};

void say(std::string_view sentence) { fmt::print(stderr, "{}\n", sentence); }

void print(verified const& v) {
    fmt::print("{:<5} {:<22} {}\n", marks[static_cast<std::size_t>(v.verdict)], v.name, v.title);
    for (work::broken_row const& r : v.rows) fmt::print("      {:<22} {}: {}.\n", "", r.subject, r.says);
    if (std::int64_t const more = v.count - std::ssize(v.rows); more > 0)
        fmt::print("      {:<22} and {} more\n", "", more);
}

void print(verification const& v, bool repair) {
    for (verified const& c : v.checks) print(c);
    fmt::print("\n");
    if (repair) fmt::print("{} rows were repaired.\n", v.repaired);
    if (v.head)
        fmt::print("The audit trail's newest seal is {}, {}; {} entries were sealed now.\n", v.head->seq,
                   crypto::to_hex(v.head->digest), v.sealed);
    if (v.unsealed_left) fmt::print("Some entries wait for a transaction that is still running.\n");
    if (v.wrong() == 0)
        fmt::print("All of {} checks hold.\n", v.checks.size());
    else
        fmt::print("{} of {} checks do not hold.\n", v.wrong(), v.checks.size());
}

void print_json(verification const& v) {
    fmt::print(R"({{"whole":{},"checks":{},"wrong":{},"repaired":{},"sealed":{},"seal":{},"seal_digest":{},)"
               R"("findings":{}}})"
               "\n",
               v.wrong() == 0, v.checks.size(), v.wrong(), v.repaired, v.sealed, v.head ? v.head->seq : 0,
               v.head ? json_text(crypto::to_hex(v.head->digest)) : "null", findings_json(v));
}

int run(invocation const& i) {
    catch_stop_signals();
    bool const repair = i.given.has("--repair");
    require_shop(i.settings);
    database_at_hand const at(i.settings, database_at_hand::purpose::command, "verify", say);
    in_plain_words([&] { db::require_current_schema(at.app_url()); });
    std::optional<progress> bar;
    auto const show = [&](std::size_t done, std::size_t total) {
        if (!bar) bar.emplace("verify", total, "steps");
        bar->show(done);
        if (stop_signals_seen() > 0)
            throw setup_error("Stopped; nothing is known of what was not looked at.");
    };
    auto const outcome = verify({.app_url = at.app_url(),
                                 .owner_url = at.owner_url(),
                                 .unnamed_statements = i.settings.pooled_transactions,
                                 .repair = repair,
                                 .progress = show});
    bar.reset();
    if (i.given.has("--json"))
        print_json(outcome);
    else
        print(outcome, repair);
    return outcome.wrong() == 0 ? exit_done : exit_failed;
}

}  // namespace

command const verify_command{"verify",
                             "",
                             "proves that stock, money, histories and the audit trail are whole",
                             flags,
                             0,
                             true,
                             run,
                             "It reads beside running servers and locks nothing. Keep the printed seal "
                             "elsewhere: it shows whether the\n"
                             "audit trail was made up anew.\n"};

}  // namespace app
