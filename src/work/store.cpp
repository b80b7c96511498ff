#include "work/facts.hpp"
#include "work/idempotency.hpp"
#include "work/outbox.hpp"
#include "work/statements.hpp"

#include "crypto/digest.hpp"
#include "crypto/secret_box.hpp"
#include "http/registry.hpp"
#include "work/chores.hpp"
#include "work/context.hpp"

#include <algorithm>

namespace work {
namespace {

using texts = std::vector<std::string>;

constexpr db::statement<db::none(texts, std::vector<core::uuid>, std::vector<db::json>)> insert_events{
    "work.insert_events", R"sql(
    insert into ops.outbox (topic, resource_id, payload)
    select topic, resource_id, payload
      from unnest($1::text[], $2::uuid[], $3::jsonb[]) as w (topic, resource_id, payload))sql"};

constexpr db::statement<found_answer(std::string, std::string)> find_answer{"work.find_answer", R"sql(
    select principal, key, fingerprint, status, sealed_body
      from ops.idempotency_keys where principal = $1 and key = $2)sql"};

constexpr db::statement<found_answer(texts, texts)> find_all_answers{"work.find_answers", R"sql(
    select k.principal, k.key, k.fingerprint, k.status, k.sealed_body
      from unnest($1::text[], $2::text[]) as w (principal, key)
      join ops.idempotency_keys k on k.principal = w.principal and k.key = w.key)sql"};

constexpr db::statement<db::none(texts, texts, std::vector<core::bytes>, std::vector<std::int32_t>,
                                 std::vector<core::bytes>)>
    insert_answers{"work.insert_answers", R"sql(
    insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body)
    select principal, key, fingerprint, status, sealed_body
      from unnest($1::text[], $2::text[], $3::bytea[], $4::int[], $5::bytea[])
        as w (principal, key, fingerprint, status, sealed_body))sql"};

constexpr db::statement<db::none()> remove_old_answers{"work.remove_old_answers", R"sql(
    with old as (
        select principal, key from ops.idempotency_keys
         where at < now() - interval '24 hours'
         order by at limit 500
           for update skip locked
    )
    delete from ops.idempotency_keys k using old where k.principal = old.principal and k.key = old.key
)sql"};

std::string_view compared(http::call const& c) { return c.compared_as.empty() ? c.in.body : c.compared_as; }

// SHA-256 over method, path, query and body: another request under the same key is told apart.
core::bytes fingerprint_of(http::call const& c) {
    std::string material;
    auto const feed = [&](std::string_view part) {
        std::uint64_t const n = part.size();  // its length first: no two requests run together alike
        material.append(reinterpret_cast<char const*>(&n), sizeof n).append(part);
    };
    feed(http::name_of(c.in.verb));
    feed(c.in.target);
    feed(compared(c));
    auto const digest = crypto::sha256(material);
    crypto::wipe(material);
    return {digest.begin(), digest.end()};
}

// Known to the shop's servers, once somebody repeats the request.
crypto::secret_key answer_key(http::call const& c) {
    std::string material = c.idempotency_key + "\n" + c.in.target + "\n";
    material.append(compared(c));
    auto const& with = static_cast<environment const&>(c.env).get<answer_sealing>();
    auto out = with.key.derive(crypto::sha256_hex(material));
    crypto::wipe(material);
    return out;
}

}  // namespace

void announce(db::transaction& t, std::span<event const> all) {
    texts topics;
    std::vector<core::uuid> resources;
    std::vector<db::json> payloads;
    for (event const& e : all) {
        topics.emplace_back(e.topic);
        resources.push_back(e.resource);
        payloads.push_back(e.payload);
    }
    t.add(insert_events, topics, resources, payloads);
}

void announce(db::transaction& t, std::string_view topic, core::uuid resource, db::json payload) {
    event const one{topic, resource, std::move(payload)};
    announce(t, std::span(&one, 1));
}

std::string key_scope(http::call const& c) {
    // A guest is known by the capability in the path, which must not be stored in the clear.
    if (c.who.id.is_nil()) return "guest:" + crypto::sha256_hex(c.in.path);
    std::string out(boost::describe::enum_to_string(c.who.kind, ""));
    out.append(":").append(core::to_string(c.who.id)).append(" ");
    return c.to == nullptr ? out : out.append(c.to->operation);
}

answer_sealing sealing_of(crypto::secret_key const& configured) {
    return {configured.derive("carrack stored answers")};
}

request_key::request_key(http::call const& c)
    : scope_(key_scope(c)),
      key_(c.idempotency_key),
      fingerprint_(fingerprint_of(c)),
      sealer_(answer_key(c)) {}

struct kept_answers {  // reaches what a key hides
    static core::result<std::optional<http::reply>> open(request_key const& of, found_answer const& found) {
        if (found.fingerprint != of.fingerprint_) return key_reused;
        std::string_view const sealed(reinterpret_cast<char const*>(found.sealed_body.data()),
                                      found.sealed_body.size());
        auto body = crypto::open(of.sealer_, sealed, of.scope_);
        if (!body) throw std::runtime_error("a stored answer cannot be opened by the request that made it");
        http::reply again{.status = found.status, .body = std::move(*body)};
        again.fields.emplace_back("Idempotency-Replayed", "true");
        return std::optional(std::move(again));
    }
    static std::string seal(kept_answer const& a) {
        return crypto::seal(a.under->sealer_, a.body, a.under->scope_);
    }
    static core::bytes const& fingerprint(kept_answer const& a) { return a.under->fingerprint_; }
};

db::ticket<found_answer> find_answers(db::transaction& t, std::vector<request_key const*> const& keys) {
    texts scopes, words;
    for (request_key const* k : keys) {
        scopes.push_back(k->scope());
        words.push_back(k->key());
    }
    return t.add(find_all_answers, scopes, words);
}

core::result<std::optional<http::reply>> stored_answer(request_key const& of,
                                                       std::vector<found_answer> const& among) {
    for (found_answer const& f : among)
        if (f.principal == of.scope() && f.key == of.key()) return kept_answers::open(of, f);
    return std::optional<http::reply>();
}

core::task<core::result<core::nothing>> replayed(http::call& c) {
    if (c.idempotency_key.empty()) co_return core::nothing{};
    request_key const under(c);
    auto const found = co_await database(c).first(find_answer, under.scope(), under.key());
    if (!found) co_return core::nothing{};
    auto again = kept_answers::open(under, *found);
    if (!again) co_return again.error();
    c.ready_answer = std::move(*again);
    co_return core::nothing{};
}

core::task<bool> found_after(http::call& c, std::uint32_t statements_before, std::exception_ptr why) {
    bool asked = true;
    core::result<core::nothing> again = core::nothing{};
    try {
        again = co_await replayed(c);
    } catch (db::unavailable const&) {
        asked = false;
    } catch (db::overloaded const&) {
        asked = false;
    } catch (db::deadline_passed const&) {
        asked = false;
    }
    c.meter.runs_again(statements_before);
    if (!asked || !again) std::rethrow_exception(why);
    co_return c.ready_answer.has_value();
}

void remember(db::transaction& t, std::vector<kept_answer> const& all) {
    std::vector<kept_answer const*> sorted;
    for (kept_answer const& a : all) sorted.push_back(&a);
    std::ranges::sort(sorted, {}, [](kept_answer const* a) {
        return std::pair<std::string_view, std::string_view>(a->under->scope(), a->under->key());
    });
    texts scopes, keys;
    std::vector<core::bytes> fingerprints, bodies;
    std::vector<std::int32_t> statuses;
    for (kept_answer const* a : sorted) {
        std::string const sealed = kept_answers::seal(*a);
        scopes.push_back(a->under->scope());
        keys.push_back(a->under->key());
        fingerprints.push_back(kept_answers::fingerprint(*a));
        statuses.push_back(a->status);
        bodies.emplace_back(sealed.begin(), sealed.end());
    }
    if (!sorted.empty()) t.add(insert_answers, scopes, keys, fingerprints, statuses, bodies);
}

void remember(db::transaction& t, http::call const& c, int status, std::string body) {
    if (c.idempotency_key.empty()) return;
    request_key const under(c);
    remember(t, {{&under, status, std::move(body)}});
}

chore_list chores() {
    static constexpr chore all[] = {{"idempotency_keys", &remove_old_answers, 500}};
    return all;
}

statement_list statements() {
    static constexpr db::statement_info const* all[] = {&insert_events,     &find_answer, &find_all_answers,
                                                        &insert_answers,    &load_fact,   &keep_fact,
                                                        &remove_old_answers};
    return all;
}

}  // namespace work
