#include "app/routes.hpp"

#include "http/json_write.hpp"
#include "work/context.hpp"

#include <algorithm>
#include <memory>

namespace app {
namespace {

// Whoever calls waits no longer; what is left by then is said.
constexpr auto patience = std::chrono::seconds(10);
constexpr auto to_answer = std::chrono::seconds(1);

struct tick_answer {
    std::int64_t expired;  // unpaid orders that were cancelled
    bool more;             // others are due; call again, unless another server is at it
    http::nullable<core::timestamp> next_due_at;
};
BOOST_DESCRIBE_STRUCT(tick_answer, (), (expired, more, next_due_at))

core::task<http::reply> tick(http::call& c, tick_route const& o) {
    if (auto refused = o.guard.refusal(c)) co_return std::move(*refused);
    work::actor who = orders::deadline_actor();
    who.request_id = c.request_id;
    who.address = c.remote;
    auto const by = std::min(core::steady::now() + patience, c.by - to_answer);
    auto const done =
        co_await o.due->work_off(work::environment_of(c).database(), by, &c.meter, std::move(who));
    http::reply r;
    http::write(r.body, tick_answer{static_cast<std::int64_t>(done.expired), done.more(), {done.then.next}});
    co_return r;
}

}  // namespace

void add_tick_route(http::registry& to, tick_route o) {
    auto const kept = std::make_shared<tick_route const>(std::move(o));
    to.add_raw(http::method::post, "/v1/internal/tick", "tick",
               [kept](http::call& c) { return tick(c, *kept); });
}

}  // namespace app
