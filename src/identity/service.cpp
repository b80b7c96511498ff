#include "identity/service.hpp"

#include "http/registry.hpp"
#include "identity/api_key.hpp"
#include "identity/store.hpp"
#include "identity/store_second_factor.hpp"
#include "loop/loop.hpp"
#include "work/facts.hpp"

#include <stdexcept>
#include <tuple>

namespace identity {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::string_view client_id = "carrack";
// The name under which this shop issues tokens, whichever server does: written with the first key, then kept.
constexpr std::string_view issuer_fact = "issuer";
constexpr std::chrono::seconds note_patience{5};

// What is lost when the database is away is a minute's use of a key.
core::task<void> note_used(db::database& database, core::uuid machine) {
    std::ignore = co_await database.use(core::steady::now() + note_patience)
                      .transact({}, [machine](db::transaction& t) -> core::task<core::result<core::nothing>> {
                          t.add(note_key_used, machine);
                          co_return core::nothing{};
                      });
}

}  // namespace

service::service(commons& shared, db::database& database) : shared_(shared), database_(database) {}

service::~service() = default;

void service::sync() {
    auto const revision = shared_.revision();
    if (revision == seen_revision_) return;
    knowledge const before = std::exchange(known_, shared_.known());
    seen_revision_ = revision;
    if (known_.rights != before.rights) place_of_route_.clear();
    if (known_.keys == before.keys) return;
    tokens_.reset();
    if (!known_.keys->issuer().empty())
        tokens_.emplace(crypto::token_rules{.issuer = known_.keys->issuer(),
                                            .audience = std::string(staff_audience),
                                            .leeway = token_leeway,
                                            .other_audience = std::string(shop_audience)});
}

service::recognition service::recognise(std::string_view access_token, bool looked) {
    bool const may_look =
        !looked && !shared_.up_to_date();  // asked first: what it is true of is known by then
    sync();
    if (has_api_key_form(access_token)) return recognise_machine(access_token, may_look);
    recognition const refused{may_look ? sight::look_first : sight::stranger, {}};
    if (!known_.rights || !known_.ended || !tokens_) return refused;

    auto const seen = tokens_->verify(access_token, known_.keys->keys(), core::now());
    if (auto const* fault = std::get_if<crypto::token_fault>(&seen))
        // A key of another process may have signed it; no other fault is mended by looking.
        return *fault == crypto::token_fault::header ? refused : recognition{sight::stranger, {}};
    if (may_look) return {sight::look_first, {}};
    crypto::access_claims const& claims = *std::get<crypto::access_claims const*>(seen);
    if (known_.ended->contains(claims.sid) || known_.rights->blocked(claims.sub))
        return {sight::stranger, {}};
    account_kind const kind = claims.aud == shop_audience ? account_kind::customer : account_kind::staff;
    return {sight::known, {.kind = principal_of(kind), .id = claims.sub, .session = claims.sid}};
}

service::recognition service::recognise_machine(std::string_view token, bool may_look) const {
    auto const digest = api_key_digest(token);
    if (!digest) return {sight::stranger, {}};
    if (may_look || !known_.rights) return {may_look ? sight::look_first : sight::stranger, {}};
    rights_table::machine const* const found = known_.rights->find_machine(*digest);
    if (found == nullptr || (found->expires_at && found->expires_at->us <= core::now().us))
        return {sight::stranger, {}};
    return {sight::known, {.kind = http::principal_kind::machine, .id = found->id, .session = {}}};
}

rights_table::machine const* service::find_machine(core::uuid const& id) const {
    return known_.rights ? known_.rights->find_machine(id) : nullptr;
}

void service::note_use(core::uuid const& machine) {
    if (!shared_.claim_note(machine)) return;
    loop::event_loop::current().defer([&database = database_, machine] {
        core::start(note_used(database, machine), [](std::exception_ptr) {});
    });
}

namespace {

http::reach anywhere_if(bool allowed) { return allowed ? http::reach::everywhere() : http::reach{}; }

}  // namespace

http::reach service::reach_of(core::uuid const& who, http::route const& to) {
    if (!known_.rights) return {};
    constexpr rights_table::place not_asked_yet = -2;
    if (to.index >= place_of_route_.size()) place_of_route_.resize(to.index + 1, not_asked_yet);
    rights_table::place& place = place_of_route_[to.index];
    if (place == not_asked_yet) place = known_.rights->find(http::name_of(to.verb), to.path);
    return honoured(known_.rights->reach_of(who, place), to.allow);
}

http::reach service::reach_of(http::principal const& who, http::spec const& endpoint) const {
    using level = http::access::kind;
    bool const staff = who.kind == http::principal_kind::staff;
    bool const customer = who.kind == http::principal_kind::customer;
    bool const machine = who.kind == http::principal_kind::machine;
    if (endpoint.allow.level == level::everyone) return http::reach::everywhere();
    if (who.id.is_nil()) return {};
    switch (endpoint.allow.level) {
        case level::everyone:
        case level::identified: return anywhere_if(staff || customer || machine);
        case level::signed_in: return anywhere_if(staff || customer);
        case level::staff: return anywhere_if(staff);
        case level::customer: return anywhere_if(customer);
        case level::permitted: break;
    }
    if ((!staff && !machine) || !known_.rights || known_.rights->lacks_factor(who.id)) return {};
    auto const place = known_.rights->find(http::name_of(endpoint.verb), endpoint.path);
    return honoured(known_.rights->reach_of(who.id, place), endpoint.allow);
}

std::vector<rights_table::held> service::permissions_of(core::uuid const& who) const {
    return known_.rights ? known_.rights->held_by(who) : std::vector<rights_table::held>{};
}

// Waits until the look that is under way has ended, well or badly.
struct service::turn {
    service& s;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const { s.waiting_.push_back(h); }
    void await_resume() const noexcept {}
};

void service::wake_waiting() {
    for (auto const h : std::exchange(waiting_, {})) loop::event_loop::current().post([h] { h.resume(); });
}

core::task<void> service::look(core::deadline by) {
    for (;;) {
        bool const fresh = shared_.up_to_date();
        sync();
        if (fresh && known_.rights) co_return;
        if (looking_) {
            co_await turn{*this};
            continue;
        }
        looking_ = true;
        struct finish {
            service& s;
            ~finish() {
                s.looking_ = false;
                s.wake_waiting();
            }
        } const at_the_end{*this};
        co_await look_once(by);
        sync();
        co_return;
    }
}

core::task<void> service::look_once(core::deadline by) {
    auto const began = core::steady::now();
    auto const now = co_await database_.use(by).first(load_versions);
    if (!now) throw std::logic_error("ops.versions cannot be read");
    knowledge found = known_;  // a part stays as it is while its version does, and is loaded again otherwise
    if (!found.keys || now->keys != found.versions.keys) {
        co_await load_keys(found, by);
        found.versions.keys = now->keys;
    }
    if (!found.ended || now->sessions != found.versions.sessions) {
        auto const ids = co_await database_.use(by).all(load_ended_sessions, ended_session_memory.count());
        found.ended = std::make_shared<ended_sessions const>(ids.begin(), ids.end());
        found.versions.sessions = now->sessions;
    }
    if (!found.rights || now->rights != found.versions.rights) co_await load_rights(found, by);
    shared_.learn(found, began);
}

core::task<void> service::load_keys(knowledge& into, core::deadline by) {
    db::batch both = database_.use(by).read();
    auto const rows = both.add(load_signing_keys);
    auto const issuer = both.add(work::load_fact, std::string(issuer_fact));
    co_await both.run();
    into.keys = std::make_shared<key_ring const>(rows.all(), issuer.first().value_or(std::string{}),
                                                 shared_.sealing_key());
}

core::task<void> service::load_rights(knowledge& into, core::deadline by) {
    // Each statement sees its own moment. When the version is the same before and after, it was one moment;
    // when it never is, the older version is noted, so that the next look loads again.
    constexpr int tries = 3;
    for (int i = 0; i < tries; ++i) {
        db::batch all = database_.use(by).read();
        auto const before = all.add(load_versions);
        auto const permissions = all.add(load_permissions);
        auto const roles = all.add(load_role_grants);
        auto const holders = all.add(load_holders);
        auto const blocked = all.add(load_blocked_users);
        auto const keys = all.add(load_live_keys);
        auto const demanding = all.add(load_demanding_roles);
        auto const guarded = all.add(load_factor_users);
        auto const after = all.add(load_versions);
        co_await all.run();
        into.versions.rights = before.one().rights;
        into.rights = std::make_shared<rights_table const>(
            rights_table::contents{permissions.all(), roles.all(), holders.all(), blocked.all(), keys.all(),
                                   demanding.all(), guarded.all()});
        if (after.one().rights == into.versions.rights) co_return;
    }
}

core::task<std::string> service::issue(account_kind of, core::uuid user, core::uuid session,
                                       core::deadline by) {
    co_await look(by);
    if (known_.keys->signer() == nullptr) co_await make_key(by);
    crypto::signing_key const* const key = known_.keys->signer();
    if (key == nullptr) throw std::logic_error("a signing key was made and cannot be used");
    core::timestamp const now = core::now();
    crypto::access_claims const claims{
        .iss = known_.keys->issuer(),
        .sub = user,
        .aud = std::string(token_audience(of)),
        .exp = {now.us + access_token_lifetime.count() * second_us},
        .nbf = now,
        .iat = now,
        .jti = core::make_random_uuid(),
        .sid = session,
        .client_id = std::string(client_id),
    };
    co_return crypto::sign(claims, *key);
}

core::task<void> service::make_key(core::deadline by) {
    std::ignore = co_await database_.use(by).transact(
        {}, [this](db::transaction& t) -> core::task<core::result<core::nothing>> {
            t.add(raise_keys);  // locks: of two processes the second finds the first one's key
            t.add(work::keep_fact, std::string(issuer_fact), shared_.address());
            auto const issuer = t.add(work::load_fact, std::string(issuer_fact));
            auto const rows = co_await t.all(load_signing_keys);
            if (key_ring(rows, issuer.one(), shared_.sealing_key()).signer() != nullptr)
                co_return core::nothing{};
            signing_key_row const key = make_signing_key(shared_.sealing_key());
            t.add(insert_signing_key, key.id, key.public_key, key.secret_key, 0);
            co_return core::nothing{};
        });
    changed();
    co_await look(by);
}

core::task<std::string> service::public_keys(core::deadline by) {
    co_await look(by);
    co_return known_.keys->public_document();
}

}  // namespace identity
