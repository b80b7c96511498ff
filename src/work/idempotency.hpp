// Idempotency-Key: the answer is stored by the transaction that does the work, so the same key and
// the same body get the same answer, without a second effect, also after a crash.
//
//     co_return co_await work::exactly_once(c, [&] {
//         return work::database(c).transact(refusals, [&](db::transaction& t) { return create_once(t, c, in);
//         });
//     });
//
// `refusals` holds work::key_taken, and create_once() says work::remember(t, c, 201, view) in the batch that
// commits. bind sends a stored answer, c.ready_answer, in place of the handler's value.
//
// A digest of the request's body is stored too. Whoever takes a body that holds a secret which people choose
// sets c.compared_as first, to something that cannot be guessed at the speed of a digest.
#pragma once

#include "crypto/secret_box.hpp"
#include "db/database.hpp"
#include "db/error.hpp"
#include "http/call.hpp"
#include "http/json_write.hpp"

#include <boost/describe/class.hpp>

namespace work {

inline constexpr core::failure key_reused{"idempotency_key_reused", core::fault::invalid,
                                          "This Idempotency-Key was used for a different request."};
inline constexpr core::failure key_in_use{
    "idempotency_key_in_use", core::fault::conflict,
    "A request with this Idempotency-Key has just been done; ask again."};

// Constraint of a key that a neighbour stored between replayed() and the commit.
inline constexpr db::refusal key_taken{"idempotency_keys_pkey", &key_in_use};

// Whose keys these are, and for what: "staff:<id> transitionOrder", "customer:<id> checkout", or for a guest
// a digest of the path, which holds the capability. The same key is another one on another route.
std::string key_scope(http::call const& c);

// Looks the key up. Found with the same fingerprint: c.ready_answer is set. With another: key_reused.
core::task<core::result<core::nothing>> replayed(http::call& c);

// Whether an attempt that ended in `why` was done all the same: c.ready_answer is set then. What it asked
// counts apart. Throws `why` when the database cannot be asked.
core::task<bool> found_after(http::call& c, std::uint32_t statements_before, std::exception_ptr why);

// Runs `attempt`, a transaction with remember() in it, and resolves what only the key can. When COMMIT got no
// answer, the key tells whether it was done; if it was not, the attempt is made once more, and should the
// first still be under way in the server, the key makes the second wait for it. A failure may be the trace of
// a neighbour with the same key, who won while this one waited for a lock: then the stored answer is the
// answer after all.
template <class Attempt>
auto settled(http::call& c, Attempt attempt) -> std::invoke_result_t<Attempt&> {
    using outcome = typename std::invoke_result_t<Attempt&>::value_type;
    std::optional<outcome> done;
    std::uint32_t const before = c.meter.statements;
    std::exception_ptr unclear;
    try {
        done.emplace(co_await attempt());
    } catch (db::commit_unknown const&) {
        if (c.idempotency_key.empty()) throw;
        unclear = std::current_exception();
    }
    if (unclear) {
        if (co_await found_after(c, before, unclear)) co_return typename outcome::value_type{};
        std::exception_ptr failed;
        try {
            done.emplace(co_await attempt());
        } catch (...) {
            failed = std::current_exception();
        }
        if (failed) {
            if (co_await found_after(c, before, failed)) co_return typename outcome::value_type{};
            std::rethrow_exception(failed);
        }
    }
    if (*done || c.idempotency_key.empty()) co_return *std::move(done);
    std::uint32_t const asked = c.meter.statements;
    auto again = co_await replayed(c);
    c.meter.set_apart(c.ready_answer ? before : asked);
    if (!again) co_return again.error();
    co_return *std::move(done);
}

// The whole of it: the stored answer, or the attempt.
template <class Attempt>
auto exactly_once(http::call& c, Attempt attempt) -> std::invoke_result_t<Attempt&> {
    using outcome = typename std::invoke_result_t<Attempt&>::value_type;
    if (auto again = co_await replayed(c); !again) co_return again.error();
    if (c.ready_answer) co_return typename outcome::value_type{};
    co_return co_await settled(c, std::move(attempt));
}

// With what all servers of the shop seal answers, lent by each thread: whoever reads the table alone, or a
// backup of it, opens none, even where the request is no secret.
struct answer_sealing {
    crypto::secret_key key;
};
answer_sealing sealing_of(crypto::secret_key const& configured);

// ---- for work that is done for several requests together ----

// What a request's answer is kept under, by value: the request itself may be gone when the answer is there.
class request_key {
public:
    explicit request_key(http::call const& c);  // which has a key

    std::string const& scope() const { return scope_; }
    std::string const& key() const { return key_; }
    bool same_as(request_key const& other) const { return scope_ == other.scope_ && key_ == other.key_; }

private:
    friend struct kept_answers;
    std::string scope_;
    std::string key_;
    core::bytes fingerprint_;
    crypto::secret_key sealer_;
};

struct found_answer {
    std::string principal;
    std::string key;
    core::bytes fingerprint;
    std::int32_t status;
    core::bytes sealed_body;
};
BOOST_DESCRIBE_STRUCT(found_answer, (), (principal, key, fingerprint, status, sealed_body))

// Queues a look at all the keys.
db::ticket<found_answer> find_answers(db::transaction& t, std::vector<request_key const*> const& keys);
// The stored answer of one of them, if it is among those; or key_reused.
core::result<std::optional<http::reply>> stored_answer(request_key const& of,
                                                       std::vector<found_answer> const& among);

struct kept_answer {
    request_key const* under;
    int status;
    std::string body;
};
// Queues them, in one order whoever stores keys: two who store the same ones don't wait in a circle.
void remember(db::transaction& t, std::vector<kept_answer> const& all);

// ---- for one ----

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
