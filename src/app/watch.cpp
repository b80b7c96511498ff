#include "app/watch.hpp"

#include "loop/loop.hpp"
#include "observe/log.hpp"

#include <atomic>

namespace app {
namespace {

std::vector<observe::request_metrics::route_name> names_of(http::registry const& routes) {
    std::vector<observe::request_metrics::route_name> out;
    for (auto const& r : routes.routes()) out.push_back({std::string(http::name_of(r->verb)), r->path});
    return out;
}

std::uint64_t us(core::steady::duration d) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

}  // namespace

request_counts::request_counts(http::registry const& routes)
    : by_route_(names_of(routes)),
      unmatched_(routes.routes().size()),
      open_(observe::make_gauge("carrack_http_connections", "Open connections.")),
      waited_(observe::make_histogram("carrack_request_database_seconds",
                                      "Time that requests waited for the database, in vain or not.")) {
    for (std::string_view const why : http::ending_names)
        ended_.push_back(observe::make_counter(
            "carrack_http_connections_ended_total",
            "Connections that the server ended or did not take, by reason.", {{"reason", std::string(why)}}));
    for (auto const& r : routes.routes()) {
        over_budget_.push_back(
            observe::make_counter("carrack_statement_budget_exceeded_total",
                                  "Requests that ran more SQL statements than their endpoint declares.",
                                  {{"operation", r->operation}}));
        statements_.push_back(observe::make_counter(
            "carrack_statements_total", "SQL statements run for requests.", {{"operation", r->operation}}));
    }
}

// The budget is of one attempt: that a rival made it run again is nobody's mistake.
void request_counts::count(http::call const& c, http::reply const& r, std::uint64_t duration_us) const {
    by_route_.count(c.to != nullptr ? c.to->index : unmatched_, r.status, duration_us);
    if (c.to == nullptr) return;
    std::uint32_t const statements = c.meter.statements + c.meter.repeated;
    if (statements > 0) {
        statements_[c.to->index].add(statements);
        waited_.observe(us(c.meter.waited));
    }
    http::spec const* declared = c.to->declared;
    if (declared == nullptr || c.meter.statements <= declared->statements) return;
    over_budget_[c.to->index].add();
    observe::warning("a request ran more statements than its endpoint declares",
                     {{"operation", c.to->operation},
                      {"statements", c.meter.statements},
                      {"budget", declared->statements},
                      {"request_id", c.request_id}});
}

// Without descriptors nobody new gets in, and nothing else would say so; once is enough, the counter goes on.
void request_counts::ended(http::ending why) const {
    ended_[static_cast<std::size_t>(why)].add();
    static std::atomic<bool> said{false};
    if (why != http::ending::no_descriptors || said.exchange(true)) return;
    observe::warning(
        "no connection can be accepted: the process may not open more files; raise its limit "
        "(LimitNOFILE, ulimit -n)");
}

void request_watch::connections(int change) { counts_->connections(change); }
void request_watch::ended(http::ending why) { counts_->ended(why); }

void request_watch::finished(http::call const& c, http::reply const& r, http::timing const& t) {
    std::uint64_t const duration_us = us(core::steady::now() - t.began);
    counts_->count(c, r, duration_us);
    std::string const actor = c.who.id.is_nil() ? std::string() : core::to_string(c.who.id);
    observe::access({.request_id = c.request_id,
                     .actor = actor,
                     .method = c.in.spoken,
                     .route = c.to != nullptr ? std::string_view(c.to->path) : std::string_view(),
                     .status = r.status,
                     .total_us = duration_us,
                     .database_us = us(c.meter.waited),
                     .statements = c.meter.statements + c.meter.repeated,
                     .round_trips = c.meter.round_trips,
                     .bytes = t.bytes_out,
                     .remote = c.remote,
                     .code = r.code,
                     .reason = t.reason});
    if (c.meter.commits > 0) {
        keeper_->woken(*database_);
        sealer::seat::woken(seals_);
    }
    if (std::exchange(flush_due_, true)) return;
    loop::event_loop::current().defer([this] {
        flush_due_ = false;
        observe::flush();
    });
}

namespace {
void log_failure(http::call const& c, std::string_view what) {
    observe::error("a request failed on our side",
                   {{"request_id", c.request_id},
                    {"operation", c.to != nullptr ? std::string_view(c.to->operation) : std::string_view()},
                    {"what", what}});
}
}  // namespace

void request_watch::threw(http::call const& c, std::string_view what) { log_failure(c, what); }
void unwatched_requests::threw(http::call const& c, std::string_view what) { log_failure(c, what); }

}  // namespace app
