#include "app/serve.hpp"

#include "app/command.hpp"
#include "app/database_news.hpp"
#include "app/durability.hpp"
#include "app/key_check.hpp"
#include "app/migration.hpp"
#include "app/server.hpp"
#include "db/error.hpp"
#include "db/migrate.hpp"
#include "db/session.hpp"
#include "http/server.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace app {
namespace {

// Opening libpq and a connection costs as much time as all else at a start; whoever woke the process is
// answered before that.
constexpr auto first_answers_first = std::chrono::milliseconds(50);
constexpr auto asks_again_first = std::chrono::milliseconds(500);
constexpr auto asks_again_last = std::chrono::milliseconds(10'000);

bool wait_unless_ended(std::stop_token const& ended, std::chrono::milliseconds wait) {
    std::mutex alone;
    std::condition_variable_any woken;
    std::unique_lock held(alone);
    woken.wait_for(held, ended, wait, [] { return false; });
    return !ended.stop_requested();
}

// It serves all the same: with a key of its own, which the others verify.
void look_at_the_keys(configuration const& settings, std::string const& url) {
    try {
        for (finding const& f : examine_signing_keys(settings, url))
            if (f.how != verdict::ok) observe::error(f.says, {{"remedy", f.remedy}});
    } catch (std::exception const& e) {
        observe::warning("the signing keys could not be looked at", {{"what", e.what()}});
    }
}

// And with a database that may lose what it is given: that is the owner's choice, but a known one.
void look_at_the_durability(std::string const& url) {
    try {
        warn_of_missing_durability(url);
    } catch (std::exception const& e) {
        observe::warning("the database's durability could not be looked at", {{"what", e.what()}});
    }
}

void look_for_a_pooler(configuration const& settings, std::string const& url) {
    if (settings.pooled_transactions) return;
    try {
        db::session on(url);
        if (db::behind_pooler(on)) observe::warning(pooler_remedy);
    } catch (std::exception const& e) {
        observe::warning("whether a pooler stands between could not be seen", {{"what", e.what()}});
    }
}

// A database that is away may come back, and is waited for; one that does not let us in, or whose schema is
// not ours, will not: what is wrong with it.
void watch_schema(std::stop_token ended, configuration const& settings, std::string const& url,
                  server& running, std::exception_ptr& wrong) {
    auto const give_up = [&] {
        wrong = std::current_exception();
        running.fail();
    };
    bool waiting = false;
    auto const wait = [&](std::string_view what) {
        if (!std::exchange(waiting, true))
            observe::warning("waiting for the database, which cannot be reached yet", {{"what", what}});
    };
    for (auto pause = first_answers_first; wait_unless_ended(ended, pause);) {
        pause = std::clamp(pause * 2, asks_again_first, asks_again_last);
        try {
            db::require_current_schema(url);
            observe::info("the database fits");
            running.begin_work();
            look_at_the_durability(url);
            look_for_a_pooler(settings, url);
            return look_at_the_keys(settings, url);
        } catch (db::refused const&) {
            return give_up();
        } catch (db::unavailable const& e) {
            wait(e.what());
        } catch (db::error const& e) {
            if (!e.retryable()) return give_up();
            wait(e.what());
        } catch (std::exception const&) {
            return give_up();
        }
    }
}

}  // namespace

void check_addresses(configuration const& settings) {
    listening_at("--listen", [&] { http::probe_address(to_string(settings.listen)); });
    if (settings.metrics_listen.given())
        listening_at("--metrics-listen", [&] { http::probe_address(to_string(settings.metrics_listen)); });
}

int serve(configuration const& settings, std::string const& database_url,
          std::function<void(std::string_view address)> listening) {
    server running(settings, database_url);
    listening(running.start());
    std::exception_ptr wrong;
    std::jthread looking([&](std::stop_token ended) {
        watch_schema(std::move(ended), settings, database_url, running, wrong);
    });
    int const code = running.run();
    looking.request_stop();
    looking.join();
    if (wrong) in_plain_words([&] { std::rethrow_exception(wrong); });
    return code;
}

}  // namespace app
