// What can go wrong, as data. A domain lists its failures once, as constants; handlers return
// them; the http layer alone knows which status each kind becomes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace core {

enum class fault : std::uint8_t {
    malformed,        // the message itself cannot be read
    invalid,          // readable, but a value is not acceptable
    unauthenticated,  // who are you?
    forbidden,        // you may not
    missing,          // there is no such thing, or you may not know that there is
    conflict,         // the thing is not in a state that allows this
    stale,            // If-Match named another version
    unconditional,    // If-Match is required here and was not sent
    limited,          // too often
    unavailable,      // try again later
};

struct failure {
    std::string_view code;  // stable, machine-readable, never reused for another meaning
    fault kind;
    std::string_view message;  // for people; may change between releases
};

// One fault in the caller's input and where it is.
struct violation {
    std::string pointer;  // JSON pointer: "/lines/0/quantity"; "" is the whole document
    std::string code;     // snake_case: "too_short"
    std::string message;  // for people
};

struct problem {
    failure const* what;
    std::vector<violation> violations;
    std::string detail;     // empty: the failure's own message says enough
    int retry_after_s = 0;  // > 0: sent as Retry-After

    problem(failure const& f, std::vector<violation> v = {}, std::string d = {})
        : what(&f), violations(std::move(v)), detail(std::move(d)) {}
};

inline constexpr failure invalid_request{"invalid_request", fault::invalid,
                                         "The request does not match the endpoint's schema."};
inline constexpr failure not_found{"not_found", fault::missing, "There is nothing at this address."};
inline constexpr failure version_stale{"version_stale", fault::stale,
                                       "Somebody else changed this meanwhile; load it again."};
inline constexpr failure version_required{
    "version_required", fault::unconditional,
    "Send If-Match with the ETag you have seen, so that nobody's change is overwritten."};
inline constexpr failure overloaded{"overloaded", fault::unavailable,
                                    "The server is busy; try again shortly."};
inline constexpr failure database_unavailable{"database_unavailable", fault::unavailable,
                                              "The database cannot be reached; try again shortly."};
inline constexpr failure outcome_unknown{
    "outcome_unknown", fault::unavailable,
    "The connection to the database broke while the change was being saved. Ask again with the "
    "same Idempotency-Key: it is done at most once."};

}  // namespace core
