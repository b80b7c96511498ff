// Serving, from listening to the last answer: what `carrack serve` and `carrack up` end in.
#pragma once

#include "app/configuration.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace app {

// Throws setup_error when another program listens where the settings want to.
void check_addresses(configuration const& settings);

// `listening` is told the address ("http://127.0.0.1:8080") once connections are accepted. Then the
// database's schema is looked at beside the first requests: one that is not ours ends the server with
// a sentence. Returns the exit code; throws setup_error when it cannot listen.
int serve(configuration const& settings, std::string const& database_url,
          std::function<void(std::string_view address)> listening);

}  // namespace app
