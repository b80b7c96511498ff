// Idempotency-Key: the answer is stored by the transaction that does the work, so the same key and
// the same body get the same answer, without a second effect, also after a crash.
//
//     if (auto again = co_await work::replayed(c); !again) co_return again.error();
//     if (c.ready_answer) co_return {};                       // bind sends the stored answer
//     … transact(work::refusals_with_key(mine), [&](db::transaction& t) … {
//         … work::remember(t, c, 201, view);                  // in the batch that commits
//     })
//
// A digest of the request's body is stored too. Whoever takes a body that holds a secret which people choose
// sets c.compared_as first, to something that cannot be guessed at the speed of a digest.
#pragma once

#include "db/database.hpp"
#include "http/call.hpp"
#include "http/json_write.hpp"

namespace work {

inline constexpr core::failure key_required{
    "idempotency_key_required", core::fault::malformed,
    "Send an Idempotency-Key header, so that a repeated request is done once."};
inline constexpr core::failure key_reused{"idempotency_key_reused", core::fault::invalid,
                                          "This Idempotency-Key was used for a different request."};
inline constexpr core::failure key_in_use{
    "idempotency_key_in_use", core::fault::conflict,
    "A request with this Idempotency-Key has just been done; ask again."};

// Constraint of a key that a neighbour stored between replayed() and the commit.
inline constexpr db::refusal key_taken{"idempotency_keys_pkey", &key_in_use};

// Whose keys these are: "staff:<id>", "customer:<id>", or for a guest a digest of the path, which holds
// the capability.
std::string key_scope(http::call const& c);

// Looks the key up. Found with the same fingerprint: c.ready_answer is set. With another: key_reused.
core::task<core::result<core::nothing>> replayed(http::call& c);

// A failure may be the trace of a neighbour with the same key, who won while this one waited for a lock: then
// the stored answer is the answer after all. `co_return co_await work::or_replayed(c, co_await …
// transact(…));`
template <class View>
core::task<core::result<View>> or_replayed(http::call& c, core::result<View> done) {
    if (!done && !c.idempotency_key.empty())
        if (auto again = co_await replayed(c); !again) co_return again.error();
    co_return done;
}

// Queues the stored answer; does nothing when the caller sent no key.
void remember(db::transaction& t, http::call const& c, int status, std::string body);
template <class View>
void remember(db::transaction& t, http::call const& c, int status, View const& view) {
    if (c.idempotency_key.empty()) return;
    std::string body;
    http::write(body, view);
    remember(t, c, status, std::move(body));
}

}  // namespace work
