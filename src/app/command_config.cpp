#include "app/command.hpp"
#include "app/json_text.hpp"

#include <fmt/format.h>

namespace app {

namespace {

constexpr own_flag flags[] = {{"--json", "", "as a JSON array"}};

constexpr std::string_view names_of_sources[] = {"default", "file", "environment", "flag"};

int run(invocation const& i) {
    bool const json = i.given.has("--json");
    std::string out = json ? "[" : "";
    for (auto const& s : i.in_force) {
        auto const from = names_of_sources[static_cast<std::size_t>(s.from)];
        if (json)
            out += fmt::format("{}\n  {{\"key\":{},\"value\":{},\"source\":{},\"where\":{}}}",
                               out.size() > 1 ? "," : "", json_text(s.what->key), json_text(shown(s)),
                               json_text(from), json_text(s.where));
        else
            out += fmt::format("{:<19} {:<40} {}{}{}\n", s.what->key, shown(s), from,
                               s.where.empty() ? "" : " ", s.where);
    }
    fmt::print("{}{}", out, json ? "\n]\n" : "");
    return exit_done;
}

}  // namespace

command const config_command{
    "config", "", "shows every setting in force and where it came from, secrets hidden", flags, 0, true, run};

}  // namespace app
