#include "app/command.hpp"
#include "app/doctor.hpp"
#include "app/json_text.hpp"
#include "app/stop_signal.hpp"

#include <fmt/format.h>

namespace app {

namespace {

constexpr own_flag flags[] = {{"--json", "", "as a JSON array"}};

constexpr std::string_view names[] = {"ok", "warn", "FAIL"};
constexpr std::string_view json_names[] = {"ok", "warn", "fail"};

void print(finding const& f) {
    fmt::print("{:<5} {:<13} {}\n", names[static_cast<std::size_t>(f.how)], f.what, f.says);
    if (!f.remedy.empty()) fmt::print("      {:<13} What to do: {}\n", "", f.remedy);
}

void print_json(std::vector<finding> const& all) {
    fmt::print("[");
    for (auto const& f : all)
        fmt::print("{}\n  {{\"check\":{},\"verdict\":{},\"says\":{},\"remedy\":{}}}",
                   &f == all.data() ? "" : ",", json_text(f.what),
                   json_text(json_names[static_cast<std::size_t>(f.how)]), json_text(f.says),
                   json_text(f.remedy));
    fmt::print("\n]\n");
}

int run(invocation const& i) {
    catch_stop_signals();
    auto all = examine_machine(i.settings, i.in_force);
    for (auto& f : examine_database(i.settings)) all.push_back(std::move(f));
    std::size_t failed = 0, warned = 0;
    for (auto const& f : all) {
        failed += f.how == verdict::failed ? 1 : 0;
        warned += f.how == verdict::warning ? 1 : 0;
    }
    if (i.given.has("--json"))
        print_json(all);
    else {
        for (auto const& f : all) print(f);
        if (failed + warned == 0)
            fmt::print("\nAll is well.\n");
        else
            fmt::print("\n{} to mend, {} to think about.\n", failed, warned);
    }
    return failed == 0 ? exit_done : exit_failed;
}

}  // namespace

command const doctor_command{"doctor", "", "says in plain words what is wrong with the set-up", flags, 0,
                             true,     run};

}  // namespace app
