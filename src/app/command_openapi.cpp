// `carrack openapi`: prints the contract; needs neither database nor configuration.
#include "app/command.hpp"
#include "app/routes.hpp"

#include <cstdio>

namespace app {
namespace {

int run(invocation const&) {
    http::registry routes;
    add_domain_routes(routes);
    std::string const text = openapi_document(routes);
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? exit_done : exit_failed;
}

}  // namespace

command const openapi_command{.name = "openapi",
                              .words = {},
                              .summary = "prints the HTTP interface as an OpenAPI 3.1 document",
                              .flags = {},
                              .words_max = 0,
                              .configured = false,
                              .run = &run,
                              .settings_shown = false};

}  // namespace app
