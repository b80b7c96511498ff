#include "app/server.hpp"

#include "app/command.hpp"
#include "app/database_news.hpp"
#include "app/descriptor_limit.hpp"
#include "app/gauges.hpp"
#include "app/mail_folder.hpp"
#include "app/routes.hpp"
#include "app/stop_signal.hpp"
#include "app/watch.hpp"
#include "catalog/catalog.hpp"
#include "http/server.hpp"
#include "identity/doorkeeper.hpp"
#include "inventory/inventory.hpp"
#include "loop/loop.hpp"
#include "observe/log.hpp"
#include "orders/deadlines.hpp"
#include "orders/lane.hpp"
#include "orders/orders.hpp"
#include "work/explain.hpp"
#include "work/locations.hpp"
#include "work/order_numbers.hpp"
#include "work/route_list.hpp"
#include "work/shop.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <future>
#include <ranges>
#include <thread>

namespace app {
namespace {

// Longer than a queue for a row that everybody wants, short enough that others get the connection.
constexpr std::chrono::milliseconds lock_timeout{2000};

db::options database_options(configuration const& s, std::string url) {
    db::options o;
    o.url = std::move(url);
    o.unnamed_statements = s.pooled_transactions;
    o.lock_timeout = lock_timeout;
    o.told = log_database_news;
    return o;
}

bool only_nearby(configuration const& s) {
    return is_loopback(s.listen) && s.public_url.empty() && s.trusted_proxies.empty();
}

// As many connections as the process may have files, less those of the database and of everything else; a
// client beyond that is sent away instead of a request that finds no way to the database.
http::server_options listener_options(configuration const& s) {
    constexpr std::uint64_t others = 64;  // listeners, event loops, the log, libraries, files that are read
    http::server_options o;
    db::options const lanes;
    std::uint64_t const allowed = raise_descriptor_limit() / s.threads;
    std::uint64_t const reserve = 2 * (lanes.read_connections + lanes.transaction_connections) +
                                  others / s.threads + 1;  // libpq's and ours
    std::uint64_t const left = allowed > reserve ? allowed - reserve : 1;
    o.connections_max = std::min<std::uint64_t>(o.connections_max, left);
    return o;
}

// Besides the origin to which a request was addressed.
std::vector<std::string> pages_of(configuration const& s) {
    std::vector<std::string> out = s.cors_origins;
    if (!s.public_url.empty()) out.push_back(s.public_url);
    return out;
}

std::string public_address(configuration const& s) {
    return s.public_url.empty() ? "http://" + to_string(s.listen) : s.public_url;
}

}  // namespace

// What one thread has. Built and destroyed on the thread that runs the loop.
struct worker {
    db::database database;
    work::environment environment;
    work::shop shop;
    work::route_list answered;
    work::answer_sealing sealing;
    work::location_list places{inventory::find_locations_in_use};
    work::order_numbers numbers{orders::number_orders};
    identity::service people;
    identity::doorkeeper door;
    request_watch watch;
    unwatched_requests unwatched;
    http::server listener;

    worker(loop::event_loop& on, configuration const& s, std::string const& url, identity::commons& commons,
           http::registry const& routes, request_counts const& counts, housekeeping& keeper,
           orders::deadlines& due, sealer& seals)
        : database(on, database_options(s, url)),
          environment(database),
          shop{*core::currency::find(s.currency)},
          answered{routes},
          sealing(work::sealing_of(s.secret_key.value())),
          people(commons, database),
          door(people),
          watch(counts, keeper, seals, database),
          listener(on,
                   {routes,
                    environment,
                    door,
                    watch,
                    {s.cors_origins},
                    &work::explain,
                    http::proxies(s.trusted_proxies),
                    pages_of(s)},
                   listener_options(s)) {
        environment.lend(shop);
        environment.lend(answered);
        environment.lend(sealing);
        environment.lend(places);
        environment.lend(numbers);
        environment.lend(people);
        environment.lend(due);
        environment.lend<work::rights>(people);
    }
};

struct server::state {
    configuration settings;
    std::string url;
    std::atomic<bool> draining{false};
    std::atomic<bool> failed{false};
    crypto::password_pool passwords;
    identity::commons commons;
    http::registry routes;
    std::unique_ptr<request_counts> counts;
    orders::deadlines due;
    housekeeping keeper{every_chore(), [this](db::database& d) { return due.look(d); }};
    sealer seals;
    std::optional<mail_folder> mails;

    struct lane {
        loop::event_loop on;
        std::unique_ptr<worker> has;
        std::thread thread;
        std::unique_ptr<http::server> metrics;  // the first lane's, when they have an address of their own
    };
    database_gauges gauges;
    http::registry metrics_only;
    std::vector<std::unique_ptr<lane>> lanes;
    std::array<orders::lane*, orders::lane::in_a_process> order_lanes{};  // of the first threads, for all
    int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    state(configuration const& s, std::string u)
        : settings(s),
          url(std::move(u)),
          commons({public_address(s), s.secret_key.value()}, passwords),
          due(s.payment_terms) {
        add_system_routes(routes, [this] { return draining.load(); });
        add_sample_pictures(routes);
        // Figures are for whoever runs the shop: open on an address of their own or where only this
        // machine reaches them, with no proxy in sight; else behind a token.
        metrics_route figures{.guard = {.token = s.metrics_token},
                              .refresh = [this] { return gauges.refresh(); }};
        if (s.metrics_listen.given())
            add_metrics_route(metrics_only, figures);
        else if (!s.metrics_token.empty() || only_nearby(s)) {
            figures.guard.nearby_only = s.metrics_token.empty();
            add_metrics_route(routes, figures);
        }
        // And so is the order to do what is due.
        if (!s.internal_token.empty() || only_nearby(s))
            add_tick_route(routes, {{s.internal_token, s.internal_token.empty()}, &due});
        add_domain_routes(routes);
        counts = std::make_unique<request_counts>(routes);
        if (settings.mail_folder.empty()) return;
        mails.emplace(settings.mail_folder, s.secret_key.value());
        commons.tell_of_mails([this](db::database& d) { mails->woken(d); });
    }
    ~state() { ::close(wake); }

    // Runs `what` on the lane's own thread and waits for it.
    template <class F>
    static auto on_lane(lane& l, F what) {
        std::packaged_task<std::invoke_result_t<F>()> job(std::move(what));
        auto done = job.get_future();
        l.on.post([&job] { job(); });
        return done.get();
    }

    void start_lane(lane& l) {
        l.thread = std::thread([&l] { l.on.run(); });
        std::size_t const number = lanes.size() - 1;
        auto* const placed_by =
            number < orders::lane::in_a_process ? nullptr : order_lanes[number % orders::lane::in_a_process];
        on_lane(l, [&] {
            l.has =
                std::make_unique<worker>(l.on, settings, url, commons, routes, *counts, keeper, due, seals);
            if (placed_by != nullptr)
                l.has->environment.lend(*placed_by);
            else
                order_lanes[number] = &l.has->environment.lent_or_own<orders::lane>();
            gauges.add(l.on, l.has->database);
        });
    }

    void listen_for_metrics(lane& l) {
        std::string const at = to_string(settings.metrics_listen);
        on_lane(l, [&] {
            worker& w = *l.has;
            l.metrics = std::make_unique<http::server>(
                l.on,
                http::services{metrics_only, w.environment, w.door, w.unwatched, {}, &work::explain, {}},
                http::server_options{.connections_max = 64});
            l.metrics->listen(at, false);
        });
    }

    // Those that a process before this one left.
    void open_mails(std::string const& listening) {
        mails->open_for(settings.public_url.empty() ? "http://" + listening : settings.public_url);
        on_lane(*lanes.front(), [this] { mails->woken(lanes.front()->has->database); });
    }

    // From then on the first lane's loop looks after what is due.
    void begin_work() {
        lane& first = *lanes.front();
        first.on.post([this, &first] {
            if (first.has && !draining) due.begin(first.has->database);
        });
    }

    void end_work() {
        due.end();
        auto const by = core::steady::now() + std::chrono::seconds(5);
        while (!due.at_rest() && core::steady::now() < by)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

    static void drain_lane(lane& l) {
        on_lane(l, [&] {
            l.metrics.reset();
            l.has->listener.drain();
        });
    }

    static void wait_until_quiet(lane& l, core::steady::time_point by, int signals_max) {
        while (on_lane(l, [&] { return l.has->listener.connections(); }) > 0) {
            if (core::steady::now() > by || stop_signals_seen() > signals_max) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    // Answers what has begun, then closes connections and leaves the loop. What is cut off still comes to
    // its end: a handler may be waiting for the database or for a password.
    void end_lane(lane& l, core::steady::time_point by) {
        wait_until_quiet(l, by, 1);
        on_lane(l, [&] { l.has->listener.cut(); });
        auto const closed = std::make_shared<std::promise<void>>();
        l.on.post([&l, closed] {
            core::start(l.has->database.close(), [closed](std::exception_ptr) { closed->set_value(); });
        });
        closed->get_future().wait_for(std::chrono::seconds(2));
        wait_until_quiet(l, core::steady::now() + std::chrono::seconds(5), 100);
        on_lane(l, [&] {
            gauges.remove(l.on);
            l.has.reset();
            observe::flush();
        });
        l.on.stop();
        l.thread.join();
    }
};

void listening_at(std::string_view flag, std::function<void()> const& listen) {
    try {
        listen();
    } catch (http::cannot_listen const& e) {
        throw setup_error(fmt::format("{}; choose another with {}.", e.what(), flag));
    }
}

server::server(configuration const& settings, std::string database_url)
    : state_(std::make_unique<state>(settings, std::move(database_url))) {}

server::~server() {
    for (auto& l : state_->lanes | std::views::reverse)
        if (l->thread.joinable()) state_->end_lane(*l, core::steady::now());
}

std::string server::start() {
    endpoint at = state_->settings.listen;
    for (std::size_t i = 0; i < state_->settings.threads; ++i) {
        state_->lanes.push_back(std::make_unique<state::lane>());
        state::lane& l = *state_->lanes.back();
        state_->start_lane(l);
        listening_at("--listen", [&] {
            at.port = state::on_lane(
                l, [&] { return l.has->listener.listen(to_string(at), state_->settings.threads > 1); });
        });
    }
    state::on_lane(*state_->lanes.front(), [this] { state_->lanes.front()->has->watch.begin(); });
    if (state_->mails) state_->open_mails(to_string(at));
    if (state_->settings.metrics_listen.given())
        listening_at("--metrics-listen", [&] { state_->listen_for_metrics(*state_->lanes.front()); });
    return "http://" + to_string(at);
}

int server::run() {
    pollfd waits[] = {{stop_signal_descriptor(), POLLIN, 0}, {state_->wake, POLLIN, 0}};
    while (stop_signals_seen() == 0 && !state_->failed) ::poll(waits, 2, -1);
    state_->draining = true;
    observe::info("draining", {{"signal", stop_signals_seen() > 0}});
    if (stopped_by_manager()) {  // load balancers see /readyz before connections are refused
        auto const until = core::steady::now() + state_->settings.unready;
        while (core::steady::now() < until && stop_signals_seen() < 2)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    auto const by = core::steady::now() + state_->settings.drain;
    state_->end_work();
    for (auto& l : state_->lanes) state::drain_lane(*l);
    // The last first: the first ones place the orders of all.
    for (auto& l : state_->lanes | std::views::reverse) state_->end_lane(*l, by);
    observe::info("stopped");
    return state_->failed ? exit_failed : exit_done;
}

void server::begin_work() { state_->begin_work(); }

void server::fail() {
    state_->failed = true;
    std::uint64_t const one = 1;
    (void)!::write(state_->wake, &one, sizeof one);
}

}  // namespace app
