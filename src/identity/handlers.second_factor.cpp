// The second factor: set up, confirmed, taken away.
#include "identity/handlers.hpp"
#include "audit/audit.hpp"
#include "core/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/totp.hpp"
#include "identity/escalation.hpp"
#include "identity/second_factor.hpp"
#include "identity/service.hpp"
#include "identity/standings.hpp"
#include "identity/store.hpp"
#include "identity/tries.hpp"

#include <array>
#include <functional>

namespace identity {
namespace {

constexpr std::string_view resource = "users";  // it is a part of them
constexpr std::size_t secret_bytes = 20;        // as long as what it keys (RFC 4226, 4)

std::string new_secret() {
    std::array<std::uint8_t, secret_bytes> bytes;
    core::fill_random(bytes);
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

void record(db::transaction& t, http::call const& c, core::uuid user, std::string before, std::string after) {
    audit::record(t, work::actor_of(c), resource, user,
                  audit::changes{{"second_factor", std::move(before), std::move(after)}});
}

factor_proof proof_of(remove_second_factor_request const& in) {
    factor_proof out;
    if (in.code) out.code = in.code->value;
    if (in.recovery_code) out.recovery_code = in.recovery_code->value;
    return out;
}

core::task<core::result<core::nothing>> begin_in(db::transaction& t, http::call& c, held_try held,
                                                 core::bytes sealed) {
    t.add(remove_try, held.id);
    if (!co_await t.first(begin_factor, c.who.id, sealed)) co_return second_factor_exists;
    record(t, c, c.who.id, "null", "\"begun\"");
    co_return core::nothing{};
}

core::task<core::result<core::nothing>> confirm_in(db::transaction& t, http::call& c, factor_proof proof,
                                                   std::vector<core::bytes> recovery) {
    t.add(lock_user, c.who.id);
    t.add(raise_rights);
    auto const row = co_await t.first(lock_factor, c.who.id);
    if (!row) co_return second_factor_not_found;
    if (row->confirmed) co_return second_factor_exists;
    auto const& key = work::service<service>(c).shared().factor_key();
    if (!co_await proves_factor(t, key, c.who.id, *row, proof)) co_return second_factor_code_wrong;
    t.add(insert_recovery_codes, c.who.id, recovery);
    t.add(end_other_sessions_of_user, c.who.id, c.who.session, "revoked");  // they have shown none
    t.add(raise_sessions);
    record(t, c, c.who.id, "\"begun\"", "\"confirmed\"");
    co_return core::nothing{};
}

core::task<core::result<core::nothing>> remove_in(db::transaction& t, http::call& c, factor_proof proof) {
    t.add(raise_rights);
    auto const row = co_await t.first(lock_factor, c.who.id);
    if (!row || !row->confirmed) co_return second_factor_not_found;
    auto const& key = work::service<service>(c).shared().factor_key();
    if (!co_await proves_factor(t, key, c.who.id, *row, proof)) co_return second_factor_code_wrong;
    t.add(remove_factor, c.who.id);
    record(t, c, c.who.id, "\"confirmed\"", "null");
    co_return core::nothing{};
}

// Oneself, or of an API key whoever made it: for them the other way is open, which takes a code.
core::task<bool> is_self(db::transaction& t, http::call const& c, core::uuid id) {
    if (c.who.kind != http::principal_kind::machine) co_return id == c.who.id;
    auto const key = co_await t.first(find_api_key, c.who.id);
    co_return !key || key->maker_id == id;
}

core::task<core::result<core::nothing>> remove_of_user(db::transaction& t, http::call& c, core::uuid id) {
    if (co_await is_self(t, c, id)) co_return second_factor_own;
    t.add(raise_rights);
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const theirs = t.add(load_grants_of_user, id);
    if (!co_await t.first(find_staff, id)) co_return user_not_found;
    if (!covers(standing_of(own.all()), standing_of(theirs.all()))) co_return rights_exceeded;
    auto const confirmed = co_await t.first(remove_factor, id);
    if (!confirmed) co_return second_factor_not_found;
    record(t, c, id, *confirmed ? "\"confirmed\"" : "\"begun\"", "null");
    co_return core::nothing{};
}

// A try like one to sign in: who holds somebody's access token shall not guess their code.
answer<core::nothing> as_a_try(
    http::call& c, std::function<core::task<core::result<core::nothing>>(db::transaction&)> change) {
    auto const who = co_await work::database(c).first(find_staff, c.who.id);
    if (!who) co_return access_token_invalid;
    auto const held = co_await begin_try(c, account_kind::staff, who->email);
    if (!held) co_return held.error();
    auto out = co_await work::database(c).transact({}, change);
    bool const guessed = !out && out.error().what == &second_factor_code_wrong;
    co_await (guessed ? note_failure(c, held->id) : withdraw(c, held->id));
    if (out) work::service<service>(c).changed();
    co_return out;
}

}  // namespace

answer<second_factor_view> begin_factor_setup(http::call& c, begin_second_factor_request in) {
    auto const who = co_await work::database(c).first(find_staff, c.who.id);
    if (!who) co_return access_token_invalid;
    auto const held = co_await begin_try(c, account_kind::staff, who->email);
    if (!held) co_return held.error();
    if (auto const right = co_await compare_current_password(c, *held, in.current_password.value); !right)
        co_return right.error();
    std::string secret = new_secret();
    auto const sealed = seal_factor(work::service<service>(c).shared().factor_key(), secret, c.who.id);
    std::string shown = crypto::to_base32(secret);
    crypto::wipe(secret);
    auto const begun = co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return begin_in(t, c, *held, sealed); });
    if (!begun) {
        co_await withdraw(c, held->id);  // the password was right
        co_return begun.error();
    }
    std::string uri = otpauth_uri(shown, who->email);
    co_return second_factor_view{std::move(shown), std::move(uri)};
}

answer<recovery_codes_view> confirm_factor(http::call& c, confirm_second_factor_request in) {
    recovery_codes_view out{make_recovery_codes()};
    std::vector<core::bytes> digests;
    for (std::string const& code : out.recovery_codes) digests.push_back(recovery_digest(code));
    factor_proof const proof{in.code.value, {}};
    auto const confirm = [&](db::transaction& t) { return confirm_in(t, c, proof, digests); };
    if (auto const done = co_await as_a_try(c, confirm); !done) co_return done.error();
    co_return out;
}

answer<core::nothing> drop_factor(http::call& c, remove_second_factor_request in) {
    factor_proof const proof = proof_of(in);
    auto const drop = [&](db::transaction& t) { return remove_in(t, c, proof); };
    co_return co_await as_a_try(c, drop);
}

answer<core::nothing> drop_users_factor(http::call& c, user_request in) {
    auto out = co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return remove_of_user(t, c, in.id); });
    if (out) work::service<service>(c).changed();
    co_return co_await refusal_recorded(c, std::move(out), std::string(resource), core::to_string(in.id));
}

}  // namespace identity
