#include "direct_call.hpp"

#include "http/dispatch.hpp"
#include "postgres_fixture.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace integration {

using namespace std::chrono_literals;

core::task<answer> send(http::registry const& routes, work::environment& env, http::method verb,
                        std::string target, std::string body, sender from) {
    http::request sent;
    sent.verb = verb;
    sent.target = target;
    std::size_t const question = std::min(target.find('?'), target.size());
    sent.path = target.substr(0, question);
    sent.query = target.substr(std::min(question + 1, target.size()));
    sent.body = std::move(body);
    auto const found = routes.find(verb, sent.path);
    if (found.to == nullptr) throw std::logic_error("no route for " + target);

    http::call c{.in = sent,
                 .env = env,
                 .to = found.to,
                 .who = from.who,
                 .where = http::reach::everywhere(),
                 .request_id = "test",
                 .remote = "127.0.0.1",
                 .by = in(20s)};
    if (found.to->declared->retry != http::replay::none) c.idempotency_key = std::move(from.idempotency_key);
    c.if_match = from.if_match;
    auto input = http::assemble_input(*found.to, found, sent);
    http::reply const reply = input ? co_await found.to->invoke(c, std::move(*input))
                                    : http::problem_reply(input.error(), c.request_id);

    EXPECT_LE(c.meter.statements, found.to->declared->statements)
        << found.to->operation << ": over its budget";
    answer out{.status = reply.status, .body = {}, .fields = reply.fields, .meter = c.meter};
    out.fields.insert(out.fields.end(), c.reply_fields.begin(), c.reply_fields.end());
    if (!reply.body.empty()) out.body = boost::json::parse(reply.body);
    co_return out;
}

bool was_replayed(answer const& a) {
    return std::ranges::count(a.fields, std::pair<std::string, std::string>("Idempotency-Replayed", "true")) >
           0;
}

void expect_done_once(std::vector<answer> const& all) {
    answer const* winner = nullptr;
    for (answer const& a : all)
        if (a.status == 201 && !was_replayed(a)) {
            EXPECT_EQ(winner, nullptr) << "done twice";
            winner = &a;
        }
    ASSERT_NE(winner, nullptr);
    for (answer const& a : all) {
        if (&a == winner || a.code() == "idempotency_key_in_use") continue;
        EXPECT_EQ(a.status, 201) << a.body;
        EXPECT_EQ(a.body, winner->body);
    }
}

http::principal staff() {
    return {.kind = http::principal_kind::staff, .id = core::make_uuid7(), .session = core::make_uuid7()};
}

http::wanted_version version(std::int64_t seen) {
    return http::read_if_match("\"" + std::to_string(seen) + "-x\"", true);
}

}  // namespace integration
