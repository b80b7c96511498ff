#include "identity/keys.hpp"

#include "audit/audit.hpp"
#include "identity/key_ring.hpp"
#include "identity/rules.hpp"
#include "identity/store_keys.hpp"

#include <algorithm>

#include <boost/describe/enum_to_string.hpp>

namespace identity {
namespace {

constexpr std::string_view resource = "signing_keys";

struct key_facts {
    core::timestamp signs_from;
    bool verifies;
};
BOOST_DESCRIBE_STRUCT(key_facts, (), (signs_from, verifies))

std::vector<signing_key_view> judged(std::vector<key_dates_row> rows) {
    std::vector<key_dates> dates;
    core::timestamp const now = rows.empty() ? core::timestamp{} : rows.front().now;
    for (key_dates_row& row : rows) dates.push_back({std::move(row.id), row.created_at, row.active_at});
    return judge_keys(std::move(dates), now);
}

core::result<core::nothing> may_retire(signing_key_view const& key) {
    switch (key.state) {
        case key_state::signing: return signing_key_in_use;
        case key_state::coming: return signing_key_to_come;
        case key_state::superseded: break;
    }
    return core::nothing{};
}

core::problem not_spent_before(core::timestamp when) {
    return {signing_key_not_spent,
            {},
            "Tokens of this key are good until " + core::to_string(when) +
                "; take it out then, or with --now if it was stolen."};
}

// Queues a key of its own for the servers that have `configured`, and says of it what is stored.
core::task<core::result<signing_key_view>> add_key(db::transaction& t, crypto::secret_key configured,
                                                   std::chrono::seconds lead, std::string action) {
    crypto::secret_key const sealer = sealing_key_of(configured);
    auto const others = co_await t.all(load_signing_keys);
    if (!others.empty() && !opens_any(others, sealer)) co_return secret_key_differs;
    signing_key_row const key = make_signing_key(sealer);
    t.add(insert_signing_key, key.id, key.public_key, key.secret_key, lead.count());
    auto const now = judged(co_await t.all(list_signing_keys));
    auto const made =
        std::ranges::find(now, key.id, [](signing_key_view const& v) -> auto const& { return v.key.id; });
    audit::record(t, work::command(std::move(action)), resource, key.id,
                  audit::created(key_facts{made->key.signs_from, true}));
    co_return *made;
}

core::task<core::result<retired_key>> retire_in(db::transaction& t,
                                                std::optional<crypto::secret_key> configured, std::string id,
                                                retire_how how) {
    t.add(raise_keys);  // locks: changes of keys come one behind the other
    auto const rows = co_await t.all(list_signing_keys);
    auto const all = judged(rows);
    auto const key =
        std::ranges::find(all, id, [](signing_key_view const& v) -> auto const& { return v.key.id; });
    if (key == all.end()) co_return signing_key_not_found;
    if (how == retire_how::when_spent) {
        if (auto const may = may_retire(*key); !may) co_return may.error();
        if (rows.front().now.us < key->spent_at->us) co_return not_spent_before(*key->spent_at);
    }
    retired_key out;
    if (key->state == key_state::signing) {
        if (!configured) co_return secret_key_differs;
        auto made = co_await add_key(t, *configured, std::chrono::seconds{0}, "carrack keys retire");
        if (!made) co_return made.error();
        out.successor = *std::move(made);
    }
    t.add(retire_signing_key, id);
    audit::record(
        t, work::command("carrack keys retire"), resource, id,
        audit::changed(key_facts{key->key.signs_from, true}, key_facts{key->key.signs_from, false}));
    co_return out;
}

}  // namespace

std::string_view name_of(key_state state) { return boost::describe::enum_to_string(state, ""); }

std::vector<signing_key_view> judge_keys(std::vector<key_dates> newest_first, core::timestamp now) {
    std::vector<signing_key_view> out;
    bool signs = false;
    std::optional<core::timestamp> next;  // when the one after it began, or will begin
    for (key_dates& key : newest_first) {
        core::timestamp const from = key.signs_from;
        signing_key_view view{std::move(key), key_state::superseded, {}};
        if (from.us > now.us)
            view.state = key_state::coming;
        else if (!std::exchange(signs, true))
            view.state = key_state::signing;
        else
            view.spent_at =
                core::timestamp{next->us + std::chrono::microseconds(superseded_key_memory).count()};
        next = from;
        out.push_back(std::move(view));
    }
    return out;
}

core::task<std::vector<signing_key_view>> list_keys(db::scope db) {
    co_return judged(co_await db.all(list_signing_keys));
}

core::task<core::result<signing_key_view>> rotate_keys(db::scope db, crypto::secret_key configured) {
    co_return co_await db.transact({}, [&](db::transaction& t) -> core::task<core::result<signing_key_view>> {
        t.add(raise_keys);
        co_return co_await add_key(t, configured, key_lead, "carrack keys rotate");
    });
}

core::task<core::result<retired_key>> retire_key(db::scope db, std::optional<crypto::secret_key> configured,
                                                 std::string id, retire_how how) {
    co_return co_await db.transact({}, [&](db::transaction& t) { return retire_in(t, configured, id, how); });
}

}  // namespace identity
