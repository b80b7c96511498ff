#include "app/database_at_hand.hpp"

#include "app/command.hpp"
#include "app/stop_signal.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

namespace app {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

database_at_hand::database_at_hand(configuration const& settings, purpose p, std::string_view command,
                                   say_function say)
    : say_(std::move(say)), purpose_(p), data_(settings.data) {
    if (!settings.database_url.empty()) {
        urls_ = {settings.database_url, settings.database_owner_url};
        return;
    }
    private_ = true;
    prepare_data_folder(data_);
    if (p == purpose::serve)
        hold(data_, command);
    else
        share_or_hold(data_, command);
    if (!held_) return;
    cluster_ = std::make_unique<cluster>(data_, say_);
    urls_ = cluster_->urls();
    if (p == purpose::serve) cluster_->supervise();
}

database_at_hand::~database_at_hand() { stop(); }

void database_at_hand::hold(fs::path const& data, std::string_view command) {
    held_ = file_lock::try_take(data / "lock", file_lock::kind::exclusive);
    if (!held_) {
        auto const holder = lock_holder(data / "lock");
        throw setup_error(
            fmt::format("The data folder {} is in use by {}; stop it first, or choose another with --data.",
                        data.string(), holder.empty() ? "another carrack" : holder));
    }
    held_->write(fmt::format("carrack {}, process {}\n", command, ::getpid()));
}

void database_at_hand::share_or_hold(fs::path const& data, std::string_view command) {
    // Before the cluster is looked for, so that whoever runs it for a moment does not stop it under us.
    auto const until = std::chrono::steady_clock::now() + 60s;
    for (;;) {
        users_ = file_lock::try_take(data / "users", file_lock::kind::shared);
        held_ = file_lock::try_take(data / "lock", file_lock::kind::exclusive);
        if (held_) {
            held_->write(fmt::format("carrack {}, process {}\n", command, ::getpid()));
            return;
        }
        if (users_) {
            if (auto running = find_running_cluster(data)) {
                urls_ = *running;
                return;
            }
        }
        users_.reset();
        if (stop_signals_seen() > 0) throw setup_error("Stopped while waiting for the database.");
        if (std::chrono::steady_clock::now() > until)
            throw setup_error(fmt::format("The data folder {} is held by {}, whose database does not answer.",
                                          data.string(), lock_holder(data / "lock")));
        std::this_thread::sleep_for(20ms);
    }
}

void database_at_hand::stop() {
    if (cluster_ && purpose_ == purpose::command) {
        // Other commands may have come to share what we started; they finish first.
        users_.reset();
        bool told = false;
        while (stop_signals_seen() == 0 &&
               !(users_ = file_lock::try_take(data_ / "users", file_lock::kind::exclusive))) {
            if (!told) say_("Waiting for another command that uses the same database.");
            told = true;
            std::this_thread::sleep_for(50ms);
        }
    }
    cluster_.reset();
    users_.reset();
    held_.reset();
}

}  // namespace app
