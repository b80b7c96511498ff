#include "app/routes.hpp"

#include "app/contract_words.hpp"
#include "app/durability.hpp"
#include "app/pages.hpp"
#include "db/error.hpp"
#include "http/openapi.hpp"
#include "observe/metrics.hpp"
#include "work/context.hpp"
#include "work/explain.hpp"

#include <memory>
#include <mutex>

namespace app {
namespace {

struct database_facts {
    std::optional<std::int32_t> newest_migration;
    std::string fsync, full_page_writes, synchronous_commit;
};
BOOST_DESCRIBE_STRUCT(database_facts, (), (newest_migration, fsync, full_page_writes, synchronous_commit))

constexpr db::statement<database_facts()> look_at_database{
    "app.look_at_database",
    "select (select max(number) from ops.migrations) as newest_migration, current_setting('fsync') as fsync, "
    "current_setting('full_page_writes') as full_page_writes, "
    "current_setting('synchronous_commit') as synchronous_commit"};

http::reply json_reply(std::string body) { return {.body = std::move(body)}; }

constexpr core::failure stopping{"stopping", core::fault::unavailable,
                                 "This server is stopping; send new requests to another one."};

struct looked {
    bool answers = false;
    std::optional<database_facts> facts;  // none when it answers but was too busy to tell
};

// Whether the database answers at all. It does also when every connection is busy with what takes long: then
// a new one tells.
core::task<looked> look(http::call& c) {
    db::database& database = work::environment_of(c).database();
    auto const now = core::steady::now();
    bool busy = false;
    looked out;
    try {
        out.facts =
            co_await database.use(now + std::chrono::milliseconds(500), &c.meter).first(look_at_database);
        out.answers = out.facts.has_value();
    } catch (db::deadline_passed const&) {
        busy = true;
    } catch (db::overloaded const&) {
        busy = true;
    } catch (...) {
    }
    if (busy) out.answers = co_await database.answers(now + std::chrono::seconds(1));
    co_return out;
}

// Ready: not draining, and the database answers within a second.
core::task<http::reply> ready(http::call& c, std::function<bool()> draining) {
    if (draining()) co_return http::problem_reply({stopping}, c.request_id);
    looked const at = co_await look(c);
    if (!at.answers) co_return http::problem_reply({core::database_unavailable}, c.request_id);
    if (!at.facts) co_return json_reply(R"({"status":"ready","database":"ok","durability":"unknown"})");
    std::array const settings{at.facts->fsync, at.facts->full_page_writes, at.facts->synchronous_commit};
    std::string const missing = missing_durability(settings);
    co_return json_reply(R"({"status":"ready","database":"ok","durability":")" +
                         (missing.empty() ? "ok" : missing) + "\"}");
}

core::task<http::reply> metrics(http::call& c, metrics_route const& o) {
    if (auto refused = o.guard.refusal(c)) co_return std::move(*refused);
    co_await o.refresh();
    co_return http::reply{.body = observe::render_metrics(), .content_type = observe::metrics_content_type};
}

// Everything comes from here, and nothing may be framed or sent elsewhere.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

void add_page(http::registry& to, std::string path, std::string name, std::string_view file) {
    for (page const& p : embedded_pages()) {
        if (p.name != file) continue;
        to.add_raw(http::method::get, std::move(path), std::move(name),
                   [p](http::call&) -> core::task<http::reply> {
                       http::reply r{.body = std::string(p.bytes), .content_type = p.type};
                       r.fields.emplace_back("etag", http::make_etag(p.bytes, std::nullopt));
                       r.fields.emplace_back("content-security-policy", page_policy);
                       co_return r;
                   });
        return;
    }
    throw std::logic_error("there is no page " + std::string(file));
}

core::task<http::reply> alive(http::call&) { co_return json_reply(R"({"status":"ok"})"); }

}  // namespace

std::string openapi_document(http::registry const& routes) {
    return http::openapi_text(routes,
                              {"Carrack", CARRACK_VERSION,
                               "The commerce backend's HTTP interface. Money is in minor units beside its "
                               "ISO 4217 currency; times are RFC 3339 in UTC; errors are RFC 9457 problems "
                               "that name every fault at once.",
                               example_words(), parameter_notes()});
}

void add_metrics_route(http::registry& to, metrics_route o) {
    auto const kept = std::make_shared<metrics_route const>(std::move(o));
    to.add_raw(http::method::get, "/metrics", "metrics", [kept](http::call& c) { return metrics(c, *kept); });
}

void add_system_routes(http::registry& to, std::function<bool()> draining) {
    using enum http::method;
    to.add_raw(get, "/livez", "livez", &alive);
    to.add_raw(get, "/readyz", "readyz", [d = std::move(draining)](http::call& c) { return ready(c, d); });
    auto const text = std::make_shared<std::string>();
    to.add_raw(get, "/openapi.json", "openapi", [&to, text](http::call&) -> core::task<http::reply> {
        static std::once_flag once;  // made when somebody first asks, not at start
        std::call_once(once, [&] { *text = openapi_document(to); });
        http::reply r{.body = *text};
        r.fields.emplace_back("etag", http::make_etag(*text, std::nullopt));
        co_return r;
    });
    add_page(to, "/docs", "docs", "docs.html");
    add_page(to, "/docs/docs.js", "docs_script", "docs.js");
}

}  // namespace app
