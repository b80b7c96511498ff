// Mails with a token: asking for one, and what it is good for.
#include "identity/handlers.hpp"
#include "crypto/digest.hpp"
#include "identity/letters.hpp"
#include "identity/service.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"

namespace identity {
namespace {

core::bytes digest_of(std::string_view token) {
    auto const digest = crypto::sha256(token);
    return {digest.begin(), digest.end()};
}

// Nobody learns whether it was sent: not from the answer, and hardly from the time it takes.
answer<core::nothing> ask_for_mail(http::call& c, account_kind of, std::string email, letter_kind what) {
    service& s = work::service<service>(c);
    origin_of_try const from = origin_of(c, of, email);
    bool const until_verified = what.purpose == verifying.purpose;
    letter const l;
    auto const sent = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<bool> {
        lock_tries(t, from);
        auto const found = t.add(find_addressee, of, email);
        auto const may = co_await count_request(t, c, from);
        if (!may) co_return may.error();
        auto const to = found.first();
        bool const wanted = to && to->active && !(until_verified && to->verified);
        if (!wanted || !*may) co_return false;
        queue_letter(t, s, what, *to, l);
        co_return true;
    });
    if (!sent) co_return sent.error();
    if (*sent) s.mail_queued();
    co_return core::nothing{};
}

struct address_facts {
    bool email_verified;
};
BOOST_DESCRIBE_STRUCT(address_facts, (), (email_verified))

answer<core::nothing> verify_in(db::transaction& t, http::call& c, bearer_row bearer, core::bytes digest) {
    t.add(lock_user, bearer.user_id);
    if (!co_await t.first(use_mail_token, digest)) co_return mail_token_invalid;
    t.add(verify_email, bearer.user_id);
    audit::record(t, owner_of_account(c, bearer.kind, bearer.user_id), resource_of(bearer.kind),
                  bearer.user_id, audit::changed(address_facts{false}, address_facts{true}));
    co_return core::nothing{};
}

}  // namespace

answer<core::nothing> ask_for_reset(http::call& c, forgot_password_request in) {
    account_kind const of = kind_of(in.audience.value_or(audience::admin));
    co_return co_await ask_for_mail(c, of, std::move(in.email.value), resetting);
}

answer<core::nothing> ask_for_verification(http::call& c, http::no_parameters) {
    auto const self = co_await work::database(c).first(find_person, c.who.id);
    if (!self) co_return access_token_invalid;
    co_return co_await ask_for_mail(c, self->kind, self->email, verifying);
}

answer<core::nothing> reset_by_mail(http::call& c, reset_password_request in) {
    core::bytes const digest = digest_of(in.token.value);
    auto const bearer =
        co_await work::database(c).first(find_mail_token, digest, std::string(resetting.purpose));
    if (!bearer) co_return mail_token_invalid;
    auto const accepted = accept_password(in.new_password.value, bearer->email, "/new_password");
    if (!accepted) co_return accepted.error();
    auto const hash = co_await work::service<service>(c).passwords().hash(*accepted, c.by);
    if (!hash) co_return hash.error();
    core::uuid const user = bearer->user_id;
    auto out = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        t.add(lock_user, user);
        if (!co_await t.first(use_mail_token, digest)) co_return mail_token_invalid;
        t.add(use_other_mail_tokens, user, std::string(resetting.purpose));
        t.add(reset_password, user, *hash);
        t.add(end_sessions_of_user, user, "password_changed");
        t.add(raise_sessions);
        record_password(t, owner_of_account(c, bearer->kind, user), bearer->kind, user);
        co_return core::nothing{};
    });
    if (out) work::service<service>(c).changed();
    co_return out;
}

answer<core::nothing> verify_by_mail(http::call& c, verify_email_request in) {
    core::bytes const digest = digest_of(in.token.value);
    auto const bearer =
        co_await work::database(c).first(find_mail_token, digest, std::string(verifying.purpose));
    if (!bearer) co_return co_await open_account(c, digest);
    co_return co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return verify_in(t, c, *bearer, digest); });
}

}  // namespace identity
