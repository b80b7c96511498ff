#include "app/logging.hpp"

#include "observe/log.hpp"
#include "observe/metrics.hpp"

namespace app {
namespace {

observe::level level_of(log_level l) {
    switch (l) {
        case log_level::debug: return observe::level::debug;
        case log_level::info: return observe::level::info;
        case log_level::warning: return observe::level::warning;
        case log_level::error: return observe::level::error;
    }
    return observe::level::info;
}

}  // namespace

void start_logging(configuration const& settings) {
    observe::configure_log({.format = settings.log_as == log_format::json ? observe::log_format::json
                                                                          : observe::log_format::text,
                            .least = level_of(settings.log_from)});
    observe::watch_process(CARRACK_VERSION);
}

}  // namespace app
