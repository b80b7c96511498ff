// What one request or job has asked of the database so far. It travels with the request: the
// database counts on it, the log prints it, the statement budget is checked against it.
#pragma once

#include "core/time.hpp"

namespace core {

struct meter {
    std::uint32_t statements = 0;  // of the attempts that counted
    std::uint32_t round_trips = 0;
    std::uint32_t commits = 0;
    std::uint32_t retries = 0;   // of whole transactions
    std::uint32_t repeated = 0;  // statements of the attempts that came to nothing
    steady::duration waited{};

    // What was asked for several requests together counts for each of them.
    void add(meter const& shared) {
        statements += shared.statements;
        round_trips += shared.round_trips;
        commits += shared.commits;
        retries += shared.retries;
        repeated += shared.repeated;
    }

    // What was asked after the first `before` statements was for an attempt that came to nothing.
    void set_apart(std::uint32_t before) {
        repeated += statements - before;
        statements = before;
    }
    void runs_again(std::uint32_t before) {  // and another one begins
        set_apart(before);
        ++retries;
    }
};

}  // namespace core
