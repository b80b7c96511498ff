// Signing in, refreshing, signing out.
#include "identity/handlers.hpp"
#include "crypto/digest.hpp"
#include "crypto/unicode.hpp"
#include "identity/cookie.hpp"
#include "identity/second_factor.hpp"
#include "identity/service.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"
#include "identity/tries.hpp"
#include "observe/log.hpp"

#include <tuple>

namespace identity {
namespace {

constexpr std::string_view action_refresh = "POST /v1/auth/refresh";

constexpr std::string_view foreign_successor =
    "A refresh token was renewed by a server with another secret key, so it cannot be renewed here again. "
    "All "
    "servers of a shop need the same CARRACK_SECRET_KEY.";

core::bytes digest_of(std::string_view token) {
    auto const digest = crypto::sha256(token);
    return {digest.begin(), digest.end()};
}

// What follows a spent token. Derived, not stored: whoever presents the spent token within the grace gets the
// very same successor, and the database holds digests alone.
std::string successor_of(std::string_view token, crypto::secret_key const& key) {
    return crypto::to_base64url(key.derive(std::string("refresh token after ").append(token)).bytes());
}

std::string device_of(http::call const& c) {
    std::string const agent(c.in.field("user-agent").substr(0, 200));
    return core::count_code_points(agent) && !core::has_control_characters(agent) ? agent : std::string{};
}

// Whoever has a second factor shows it.
core::task<core::result<core::nothing>> check_factor(db::transaction& t, http::call& c, core::uuid user,
                                                     factor_proof proof) {
    auto const row = co_await t.first(lock_factor, user);
    if (!row || !row->confirmed) co_return core::nothing{};
    if (!proof.given()) co_return second_factor_required;
    auto const& key = work::service<service>(c).shared().factor_key();
    if (!co_await proves_factor(t, key, user, *row, std::move(proof))) co_return second_factor_invalid;
    co_return core::nothing{};
}

factor_proof proof_of(login_request const& in) {
    factor_proof out;
    if (in.code) out.code = in.code->value;
    if (in.recovery_code) out.recovery_code = in.recovery_code->value;
    return out;
}

core::task<core::result<core::nothing>> open_session(http::call& c, held_try held, core::uuid id,
                                                     std::string token, factor_proof proof) {
    co_return co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        credentials_row const& user = *held.account;
        if (auto const shown = co_await check_factor(t, c, user.id, proof); !shown) co_return shown.error();
        t.add(remove_try, held.id);
        auto const opened =
            t.add(insert_session, id, user.id, *user.password_hash,
                  std::chrono::seconds(session_lifetime).count(), device_of(c), c.remote, held.network);
        t.add(insert_refresh_token, digest_of(token), id, std::nullopt, refresh_idle_s);
        audit::record(t, owner_of_account(c, held.kind, user.id), "sessions", id,
                      audit::created(session_facts{user.id, {}}));
        co_await t.run();
        if (!opened.first()) co_return invalid_credentials;  // blocked or changed since it was verified
        co_return core::nothing{};
    });
}

core::task<void> raise_parameters(http::call& c, core::uuid user, std::string old_hash,
                                  std::string password) {
    auto const fresh = co_await work::service<service>(c).passwords().hash(std::move(password), c.by);
    if (!fresh) co_return;  // the pool is busy: the next sign-in will do
    std::ignore = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        t.add(replace_password_hash, user, old_hash, *fresh);
        co_return core::nothing{};
    });
}

login_view view_of(std::string access_token, signed_in_user user) {
    return {.access_token = std::move(access_token),
            .token_type = "Bearer",
            .expires_in = access_token_lifetime.count(),
            .user = std::move(user),
            .refresh_token = {}};
}

void hand_over(http::call& c, account_kind of, login_view& view, std::string token, token_place where) {
    if (where == token_place::body)
        view.refresh_token = std::move(token);
    else
        c.reply_fields.emplace_back("set-cookie", refresh_cookie(of, token));
}

struct refreshed {
    refresh_verdict verdict = refresh_verdict::dead;
    std::optional<presented_row> who;
};

presented_token facts_of(presented_row const& row) {
    return {.session_alive = row.session_alive,
            .account_active = row.account_active,
            .idle_expired = row.idle_expired,
            .spent = row.spent,
            .spent_within_grace = row.spent_within_grace,
            .successor_unused = row.successor_unused,
            .successor_ours = row.successor_ours};
}

// A copy is in somebody's hands: nobody can tell whose is the right one, so the whole family ends.
void end_family(db::transaction& t, http::call const& c, presented_row const& row) {
    work::actor by = work::actor_of(c);
    by.kind = http::principal_kind::system;
    by.id.reset();
    by.action = action_refresh;
    t.add(end_session, row.session_id, "reuse");
    t.add(raise_sessions);
    record_end(t, by, row.session_id, row.user_id, "reuse");
}

// `of`: whose token it has to be, where the caller has said so.
core::task<core::result<refreshed>> rotate(http::call& c, core::bytes presented, core::bytes successor,
                                           std::optional<account_kind> of) {
    co_return co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<refreshed> {
        t.add(lock_family, presented);
        refreshed out;
        out.who = co_await t.first(load_presented, presented, refresh_grace.count(), successor);
        if (!out.who || (of && out.who->kind != *of)) co_return out;
        out.verdict = judge(facts_of(*out.who));
        if (out.verdict == refresh_verdict::rotate) {
            t.add(spend_refresh_token, presented);
            t.add(insert_refresh_token, successor, out.who->session_id, presented, refresh_idle_s);
            t.add(touch_session, out.who->session_id);
        }
        if (out.verdict == refresh_verdict::reuse) end_family(t, c, *out.who);
        co_return out;
    });
}

}  // namespace

// Unknown, without a password, wrong and blocked: the same answer, after the same work.
answer<login_view> sign_in(http::call& c, login_request in) {
    account_kind const kind = kind_of(in.audience.value_or(audience::admin));
    auto held = co_await begin_try(c, kind, std::move(in.email.value));
    if (!held) co_return held.error();
    if (auto const right = co_await compare_password(c, *held, in.password.value); !right)
        co_return right.error();

    core::uuid const id = core::make_uuid7();
    std::string token = crypto::random_token();
    auto const opened = co_await open_session(c, *held, id, token, proof_of(in));
    if (!opened) {
        // To be asked for the second factor is no failure; to guess it is.
        bool const asked = opened.error().what == &second_factor_required;
        co_await (asked ? withdraw(c, held->id) : note_failure(c, held->id));
        co_return opened.error();
    }
    auto const& user = held->account;
    if (crypto::needs_rehash(*user->password_hash))
        co_await raise_parameters(c, user->id, *user->password_hash, crypto::to_nfc(in.password.value));

    auto access = co_await work::service<service>(c).issue(kind, user->id, id, c.by);
    login_view out = view_of(std::move(access), {user->id, user->email, {user->name}, user->roles});
    hand_over(c, kind, out, std::move(token), in.refresh.value_or(token_place::cookie));
    co_return out;
}

answer<login_view> renew(http::call& c, refresh_request in) {
    account_kind const wanted = kind_of(in.audience.value_or(audience::admin));
    auto const cookie = find_refresh_cookie(wanted, c.in.field("cookie"));
    token_place const where = in.refresh_token ? token_place::body : token_place::cookie;
    std::string const token = in.refresh_token ? in.refresh_token->value : cookie.value_or("");
    if (token.empty()) co_return refresh_token_invalid;
    if (c.cross_site && where == token_place::cookie) co_return cross_site_request;

    service& s = work::service<service>(c);
    std::string successor = successor_of(token, s.shared().refresh_key());
    std::optional<account_kind> const of =
        where == token_place::cookie || in.audience ? std::optional(wanted) : std::nullopt;
    auto done = co_await rotate(c, digest_of(token), digest_of(successor), of);
    if (!done) co_return done.error();
    if (done->verdict == refresh_verdict::reuse) s.changed();
    if (done->verdict == refresh_verdict::foreign) {  // the cookie, if there is one, may be that successor
        observe::error(foreign_successor);
        co_return refresh_token_invalid;
    }
    if (done->verdict != refresh_verdict::rotate && done->verdict != refresh_verdict::resend) {
        if (where == token_place::cookie)
            c.reply_fields.emplace_back("set-cookie", expired_refresh_cookie(wanted));
        co_return refresh_token_invalid;
    }
    presented_row& who = *done->who;
    auto access = co_await s.issue(who.kind, who.user_id, who.session_id, c.by);
    login_view out = view_of(
        std::move(access), {who.user_id, std::move(who.email), {std::move(who.name)}, std::move(who.roles)});
    hand_over(c, who.kind, out, std::move(successor), where);
    co_return out;
}

answer<core::nothing> sign_out(http::call& c, logout_request in) {
    account_kind const wanted = in.audience ? kind_of(*in.audience) : kind_of(c.who);
    auto cookie = find_refresh_cookie(wanted, c.in.field("cookie"));
    if (cookie && c.cross_site) {  // some page's doing: what it has of its own may end, our cookie stays
        if (!in.refresh_token) co_return cross_site_request;
        cookie.reset();
    }
    if (cookie) c.reply_fields.emplace_back("set-cookie", expired_refresh_cookie(wanted));
    std::optional<std::string> token = cookie;
    if (in.refresh_token) token = in.refresh_token->value;
    if (!token && c.who.session.is_nil()) co_return core::nothing{};

    auto const ended = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<bool> {
        auto const row = token ? co_await t.first(end_session_of_token, digest_of(*token), "logout")
                               : co_await t.first(end_session, c.who.session, "logout");
        if (!row) co_return false;
        t.add(raise_sessions);
        record_end(t, owner_of_account(c, row->kind, row->user_id), row->id, row->user_id, "logout");
        co_return true;
    });
    if (!ended) co_return ended.error();
    if (*ended) work::service<service>(c).changed();
    co_return core::nothing{};
}

namespace {

answer<session_view> show_session_of_shopper(http::call& c) {
    auto row = co_await work::database(c).first(find_person, c.who.id);
    if (!row) co_return access_token_invalid;
    session_view out;
    out.audience = audience::shop;
    out.user = {row->id, std::move(row->email), {std::move(row->name)}, {}};
    out.second_factor_missing = false;
    out.email_verified_at.value = row->email_verified_at;
    co_return out;
}

}  // namespace

answer<session_view> show_session(http::call& c, http::no_parameters) {
    if (c.who.kind == http::principal_kind::customer) co_return co_await show_session_of_shopper(c);
    service& s = work::service<service>(c);
    session_view out;
    out.audience = audience::admin;
    core::uuid person = c.who.id;
    if (c.who.kind == http::principal_kind::machine) {
        auto const* const key = s.find_machine(c.who.id);
        if (key == nullptr) co_return access_token_invalid;
        out.machine = machine_view{key->id, key->name, key->prefix, {key->expires_at}};
        person = key->maker;
    }
    auto row = co_await work::database(c).first(find_staff, person);
    if (!row) co_return access_token_invalid;
    for (std::size_t i = 0; i < row->role_ids.size() && !out.machine; ++i)
        out.roles.push_back({row->role_ids[i], row->role_names[i]});
    out.user = {row->id, std::move(row->email), {std::move(row->name)}, std::move(row->role_names)};
    out.email_verified_at.value = row->email_verified_at;
    out.second_factor_missing = !out.machine && s.lacks_factor(person);
    for (auto& [p, where] : s.permissions_of(c.who.id))
        out.permissions.push_back({std::move(p.method), std::move(p.route), std::move(p.resource),
                                   std::move(p.operation), where.listed()});
    co_return out;
}

}  // namespace identity
