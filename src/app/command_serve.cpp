// `carrack serve`: the server alone, for production; the database is migrated by `carrack migrate`.
#include "app/command.hpp"
#include "app/database_at_hand.hpp"
#include "app/logging.hpp"
#include "app/serve.hpp"
#include "app/stop_signal.hpp"
#include "observe/log.hpp"

namespace app {
namespace {

int run(invocation const& i) {
    catch_stop_signals();
    start_logging(i.settings);
    check_addresses(i.settings);
    require_shop(i.settings);
    prepare_data_folder(i.settings.data);
    configuration settings = i.settings;
    settings.secret_key = find_or_make_secret_key(settings);
    auto const say = [](std::string_view sentence) { observe::info(sentence); };
    database_at_hand at(settings, database_at_hand::purpose::serve, "serve", say);
    int const code = serve(settings, at.app_url(), [](std::string_view address) {
        observe::info("listening", {{"address", address}});
    });
    at.stop();
    return code;
}

}  // namespace

command const serve_command{"serve", "", "serves a migrated database", {}, 0, true, &run};

}  // namespace app
