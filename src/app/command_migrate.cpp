#include "app/command.hpp"
#include "app/migration.hpp"
#include "app/setup.hpp"
#include "app/stop_signal.hpp"
#include "http/json_write.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace app {

namespace {

constexpr own_flag flags[] = {{"--json", "", "the outcome as a JSON object"}};

void say(std::string_view sentence) { fmt::print(stderr, "{}\n", sentence); }

std::string as_json(std::vector<::identity::permission_holders> const& permissions) {
    std::string out;
    http::write(out, permissions);
    return out;
}

int run(invocation const& i) {
    catch_stop_signals();
    database_at_hand const at(i.settings, database_at_hand::purpose::command, "migrate", say);
    auto const done = migrate_database(at, say);
    auto const permissions = sync_permissions(i.settings, at.app_url());
    for (std::string const& sentence : sentences_about(permissions)) say(sentence);
    make_configured_owner(i.settings, at.app_url());
    if (i.given.has("--json"))
        fmt::print("{{\"from\":{},\"to\":{},\"single_role\":{},\"retired\":{},\"revived\":{}}}\n", done.from,
                   done.to, done.single_role, as_json(permissions.retired), as_json(permissions.revived));
    else if (done.from == done.to)
        fmt::print("The database is up to date, at migration {}.\n", done.to);
    else
        fmt::print("The database is now at migration {}; it was at {}.\n", done.to, done.from);
    return exit_done;
}

}  // namespace

command const migrate_command{"migrate", "", "brings the database's tables up to date", flags, 0, true, run};

}  // namespace app
