// One's own sign-ins: which there are, and ending them.
#include "identity/handlers.hpp"
#include "identity/cookie.hpp"
#include "identity/service.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"

#include <limits>

namespace identity {
namespace {

constexpr std::string_view last_used_first = "-last_used_at";

struct place {
    core::timestamp last_used_at;
    core::uuid id;
};

place before_all() {
    place out{.last_used_at = {std::numeric_limits<std::int32_t>::max() * std::int64_t{1'000'000}}, .id = {}};
    out.id.bytes.fill(0xff);
    return out;
}

core::result<place> position(std::optional<work::page_cursor> const& after) {
    if (!after) return before_all();
    auto const key = work::read_cursor(after->value, last_used_first, 2);
    if (!key) return key.error();
    auto const at = core::parse_timestamp((*key)[0]);
    auto const id = core::parse_uuid((*key)[1]);
    if (!at || !id) return work::cursor_invalid;
    return place{*at, *id};
}

own_session_view view_of(session_row row, core::uuid const& current) {
    return {.id = row.id,
            .current = row.id == current,
            .created_at = row.created_at,
            .last_used_at = row.last_used_at,
            .expires_at = row.expires_at,
            .device = std::move(row.user_agent),
            .address = std::move(row.address)};
}

// How many sign-ins somebody has: none, once they have signed out everywhere.
struct sign_in_facts {
    std::int64_t sessions;
};
BOOST_DESCRIBE_STRUCT(sign_in_facts, (), (sessions))

}  // namespace

answer<http::page<own_session_view>> show_sessions(http::call& c, list_sessions_request in) {
    auto const before = position(in.after);
    if (!before) co_return before.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await work::database(c).all(list_live_sessions, c.who.id, before->last_used_at, before->id,
                                               limit + 1, refresh_idle_s);
    http::page<own_session_view> out;
    out.next.value = work::trim_page(rows, limit, last_used_first, [](session_row const& last) {
        return std::vector{core::to_string(last.last_used_at), core::to_string(last.id)};
    });
    for (session_row& row : rows) out.data.push_back(view_of(std::move(row), c.who.session));
    co_return out;
}

answer<core::nothing> drop_session(http::call& c, session_request in) {
    auto out = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        auto const ended = co_await t.first(end_own_session, in.id, c.who.id, refresh_idle_s);
        if (!ended) co_return session_not_found;
        t.add(raise_sessions);
        record_end(t, work::actor_of(c), ended->id, ended->user_id, "revoked");
        co_return core::nothing{};
    });
    if (out) work::service<service>(c).changed();
    co_return out;
}

answer<core::nothing> drop_sessions(http::call& c, http::no_parameters) {
    auto out = co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        t.add(lock_user, c.who.id);  // who signs in meanwhile waits, and is signed in after it
        auto const ended = t.add(end_sessions_of_user, c.who.id, "revoked");
        t.add(raise_sessions);
        co_await t.run();
        audit::record(t, work::actor_of(c), resource_of(kind_of(c.who)), c.who.id,
                      audit::changed(sign_in_facts{ended.affected()}, sign_in_facts{0}));
        co_return core::nothing{};
    });
    if (!out) co_return out;
    work::service<service>(c).changed();
    account_kind const of = kind_of(c.who);
    if (!c.cross_site && find_refresh_cookie(of, c.in.field("cookie")))
        c.reply_fields.emplace_back("set-cookie", expired_refresh_cookie(of));
    co_return out;
}

}  // namespace identity
