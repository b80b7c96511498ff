// `carrack up`: everything for a first look. A private PostgreSQL unless another is named, its schema, an
// owner, on request a sample shop, and the server.
#include "app/command.hpp"
#include "app/database_at_hand.hpp"
#include "app/logging.hpp"
#include "app/migration.hpp"
#include "app/serve.hpp"
#include "app/setup.hpp"
#include "app/stop_signal.hpp"
#include "sample/sample.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace app {
namespace {

void say(std::string_view sentence) {
    fmt::print(stderr, "{}\n", sentence);
    std::fflush(stderr);
}

void print_owner(setup_done const& done) {
    fmt::print("\n  The owner of this shop, made just now:\n\n    E-mail     {}\n", done.owner_email);
    if (done.owner_password.empty())
        fmt::print("    Password   as configured\n");
    else
        fmt::print("    Password   {}   (made up, and shown this once)\n", done.owner_password);
    std::fflush(stdout);
}

void print_hired(sample::account const& who, std::string_view password) {
    if (password == sample::staff_password) return;  // no secret: the welcome names it
    fmt::print(
        "\n  The sample shop's {}, made just now:\n\n    E-mail     {}\n    Password   {}   (made up, and "
        "shown "
        "this once)\n",
        who.role, who.email, password);
    std::fflush(stdout);
}

void print_welcome(std::string_view address, std::filesystem::path const& mails, setup_done const& done,
                   bool published) {
    fmt::print("\n  Carrack is up.\n\n    API        {0}\n    Docs       {0}/docs\n", address);
    fmt::print("    Mails      {} (written there, none are sent)\n", mails.string());
    if (done.sample_there && published) {
        fmt::print("\n  The sample shop has staff to sign in as, each with the password {}:\n\n",
                   sample::staff_password);
        for (sample::account const& who : sample::staff) fmt::print("    {:<17} {}\n", who.role, who.email);
        fmt::print("\n  and customers with an account, with the same password:\n\n");
        for (sample::account const& who : sample::shoppers)
            fmt::print("    {:<17} {}\n", who.role, who.email);
    }
    fmt::print("\n  Ctrl-C stops everything.\n\n");
    std::fflush(stdout);
}

int run(invocation const& i) {
    catch_stop_signals();
    start_logging(i.settings);
    check_addresses(i.settings);  // before anything is made
    check_named_database(i.settings);
    prepare_data_folder(i.settings.data);
    configuration settings = i.settings;
    settings.mail_folder = settings.data / "mails";
    settings.secret_key = find_or_make_secret_key(settings);
    database_at_hand at(settings, database_at_hand::purpose::serve, "up", &say);
    migrate_database(at, &say);
    setup_done const done =
        set_up_shop(settings, {at.app_url(), at.owner_url()}, {&print_owner, &print_hired, &say});
    if (settings.sample && !done.sample_there)
        say("There is a shop in this database already, so --sample changes nothing.");
    if (!done.published.empty())
        say(fmt::format("The sample shop's password is known to everybody, and others can connect: block {}.",
                        fmt::join(done.published, ", ")));
    int code = exit_done;
    if (stop_signals_seen() == 0)
        code = serve(settings, at.app_url(), [&](std::string_view address) {
            if (settings.sample) show_sample_pictures_at(settings, at.app_url(), address);
            print_welcome(address, settings.mail_folder, done, is_loopback(settings.listen));
        });
    at.stop();
    return code;
}

}  // namespace

command const up_command{"up", "",  "makes a database if none is named, migrates it, and serves", {}, 0,
                         true, &run};

}  // namespace app
