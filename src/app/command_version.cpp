#include "app/command.hpp"

#include <fmt/format.h>

namespace app {

namespace {

constexpr own_flag flags[] = {{"--json", "", "as a JSON object"}};

int run(invocation const& i) {
    if (i.given.has("--json"))
        fmt::print("{{\"name\":\"carrack\",\"version\":\"{}\",\"compiler\":\"{}\"}}\n", CARRACK_VERSION,
                   __VERSION__);
    else
        fmt::print("carrack {}\n", CARRACK_VERSION);
    return exit_done;
}

}  // namespace

command const version_command{"version", "", "prints the version", flags, 0, false, run, {}, false};

}  // namespace app
