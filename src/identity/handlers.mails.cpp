// Mails with a token: asking for one, and what it is good for.
#include "identity/handlers.hpp"
#include "crypto/digest.hpp"
#include "identity/mails.hpp"
#include "identity/service.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"
#include "identity/tries.hpp"
#include "work/outbox.hpp"

namespace identity {
namespace {

constexpr std::int64_t hour_s = 3600;
constexpr std::int64_t mails_of_account = 3;  // in an hour
constexpr std::int64_t mails_from_network = 60;

struct purpose {
    std::string_view name;
    std::int64_t good_for_s;
    bool until_verified;
};
constexpr purpose resetting{"password_reset", 30 * 60, false};
constexpr purpose verifying{"email_verification", 24 * hour_s, true};

core::bytes digest_of(std::string_view token) {
    auto const digest = crypto::sha256(token);
    return {digest.begin(), digest.end()};
}

struct letter {
    core::uuid id = core::make_uuid7();
    core::uuid request = core::make_uuid7();
    std::string token = crypto::random_token();
};

void queue(db::transaction& t, service& s, purpose const& what, addressee_row const& to, letter const& l) {
    std::string const sealed = crypto::seal(s.shared().mails_key(), l.token, mail_context(l.id));
    t.add(insert_mail_token, digest_of(l.token), std::string(what.name), to.id, to.email, what.good_for_s);
    t.add(insert_mail, l.id, std::string(what.name), to.email, core::bytes(sealed.begin(), sealed.end()));
    work::announce(t, "mail.queued", l.id);
}

// From the one network there were sixty within the hour: the oldest has to be older.
throttling too_many(asked_for_mail const& seen) {
    return {.verdict = throttle_verdict::refuse,
            .policy = "mail-address",
            .quota = mails_from_network,
            .window_s = hour_s,
            .retry_after_s = std::max<std::int64_t>(1, hour_s - seen.oldest_from_here_us / 1'000'000)};
}

// Nobody learns whether it was sent: not from the answer, and hardly from the time it takes.
answer<core::nothing> ask_for_mail(http::call& c, std::string email, purpose what) {
    service& s = work::service<service>(c);
    origin_of_try const from = origin_of(c, email);
    letter const l;
    auto const sent = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<bool> {
        lock_tries(t, from);
        auto const found = t.add(find_addressee, email);
        auto const seen = co_await t.first(count_mail_requests, from.account, from.network);
        if (seen->from_here >= mails_from_network) co_return refused(c, too_many(*seen));
        t.add(insert_mail_request, l.request, from.account, from.network);
        auto const to = found.first();
        bool const wanted = to && to->active && !(what.until_verified && to->verified);
        if (!wanted || seen->of_account >= mails_of_account) co_return false;
        queue(t, s, what, *to, l);
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

}  // namespace

answer<core::nothing> ask_for_reset(http::call& c, forgot_password_request in) {
    co_return co_await ask_for_mail(c, std::move(in.email.value), resetting);
}

answer<core::nothing> ask_for_verification(http::call& c, http::no_parameters) {
    auto const self = co_await work::database(c).first(find_staff, c.who.id);
    if (!self) co_return access_token_invalid;
    co_return co_await ask_for_mail(c, self->email, verifying);
}

answer<core::nothing> reset_by_mail(http::call& c, reset_password_request in) {
    core::bytes const digest = digest_of(in.token.value);
    auto const bearer =
        co_await work::database(c).first(find_mail_token, digest, std::string(resetting.name));
    if (!bearer) co_return mail_token_invalid;
    auto const accepted = accept_password(in.new_password.value, bearer->email, "/new_password");
    if (!accepted) co_return accepted.error();
    auto const hash = co_await work::service<service>(c).passwords().hash(*accepted, c.by);
    if (!hash) co_return hash.error();
    core::uuid const user = bearer->user_id;
    auto out = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        t.add(lock_staff, user);
        if (!co_await t.first(use_mail_token, digest)) co_return mail_token_invalid;
        t.add(use_other_mail_tokens, user, std::string(resetting.name));
        t.add(reset_password, user, *hash);
        t.add(end_sessions_of_user, user, "password_changed");
        t.add(raise_sessions);
        record_password(t, staff_actor(c, user), user);
        co_return core::nothing{};
    });
    if (out) work::service<service>(c).changed();
    co_return out;
}

answer<core::nothing> verify_by_mail(http::call& c, verify_email_request in) {
    core::bytes const digest = digest_of(in.token.value);
    auto const bearer =
        co_await work::database(c).first(find_mail_token, digest, std::string(verifying.name));
    if (!bearer) co_return mail_token_invalid;
    core::uuid const user = bearer->user_id;
    co_return co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        t.add(lock_staff, user);
        if (!co_await t.first(use_mail_token, digest)) co_return mail_token_invalid;
        t.add(verify_email, user);
        audit::record(t, staff_actor(c, user), "users", user,
                      audit::changed(address_facts{false}, address_facts{true}));
        co_return core::nothing{};
    });
}

}  // namespace identity
