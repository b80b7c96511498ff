// Sends requests to endpoints without sockets and without a doorkeeper: route, decoder, handler, encoder and
// a real database. Every answer is held against the endpoint's statement budget.
#pragma once

#include "http/registry.hpp"
#include "work/context.hpp"

#include <boost/json/value.hpp>

namespace integration {

struct sender {  // who sends it, and with which fields
    http::principal who;
    std::string idempotency_key;
    http::wanted_version if_match;
};

struct answer {
    int status = 0;
    boost::json::value body;  // null when there is none
    std::vector<std::pair<std::string, std::string>> fields;
    core::meter meter;

    // The value at a JSON pointer of the body; a missing one throws, which fails the test.
    boost::json::value const& at(std::string_view pointer) const { return body.at_pointer(pointer); }
    std::string text(std::string_view pointer) const { return std::string(at(pointer).as_string()); }
    std::int64_t number(std::string_view pointer) const { return at(pointer).as_int64(); }
    std::string code() const { return status < 400 ? "" : text("/code"); }
};

core::task<answer> send(http::registry const& routes, work::environment& env, http::method verb,
                        std::string target, std::string body = {}, sender from = {});

bool was_replayed(answer const& a);
// What eight requests under one key must have come to: one did the work, and the others got its answer or
// were told that it has just been done.
void expect_done_once(std::vector<answer> const& all);

http::principal staff();  // somebody of the staff, another one each time
http::wanted_version version(std::int64_t seen);

}  // namespace integration
