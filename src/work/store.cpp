#include "work/facts.hpp"
#include "work/idempotency.hpp"
#include "work/outbox.hpp"
#include "work/statements.hpp"

#include "crypto/digest.hpp"
#include "crypto/secret_box.hpp"
#include "work/chores.hpp"
#include "work/context.hpp"

#include <boost/describe/class.hpp>

namespace work {
namespace {

constexpr db::statement<db::none(std::string, core::uuid, db::json)> insert_event{
    "work.insert_event", "insert into ops.outbox (topic, resource_id, payload) values ($1, $2, $3)"};

struct stored_answer {
    core::bytes fingerprint;
    std::int32_t status;
    core::bytes sealed_body;
};
BOOST_DESCRIBE_STRUCT(stored_answer, (), (fingerprint, status, sealed_body))

constexpr db::statement<stored_answer(std::string, std::string)> find_answer{
    "work.find_answer",
    "select fingerprint, status, sealed_body from ops.idempotency_keys where principal = $1 and key = $2"};

constexpr db::statement<db::none(std::string, std::string, core::bytes, std::int32_t, core::bytes)>
    insert_answer{"work.insert_answer",
                  "insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body) "
                  "values ($1, $2, $3, $4, $5)"};

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
core::bytes fingerprint(http::call const& c) {
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

// Known to whoever can repeat the request. A guest's path holds a capability of 122 random bits that is
// nowhere stored, so the table does not give the answer away.
crypto::secret_key answer_key(http::call const& c) {
    std::string material = "carrack stored answer\n" + c.idempotency_key + "\n" + c.in.target + "\n";
    material.append(compared(c));
    auto const digest = crypto::sha256(material);
    crypto::wipe(material);
    return crypto::secret_key(std::span<std::uint8_t const, crypto::secret_key::size>(digest));
}

}  // namespace

void announce(db::transaction& t, std::string_view topic, core::uuid resource, db::json payload) {
    t.add(insert_event, std::string(topic), resource, payload);
}

std::string key_scope(http::call const& c) {
    // A guest is known by the capability in the path, which must not be stored in the clear.
    if (c.who.id.is_nil()) return "guest:" + crypto::sha256_hex(c.in.path);
    return std::string(boost::describe::enum_to_string(c.who.kind, "")) + ":" + core::to_string(c.who.id);
}

core::task<core::result<core::nothing>> replayed(http::call& c) {
    if (c.idempotency_key.empty()) co_return core::nothing{};
    auto const found = co_await database(c).first(find_answer, key_scope(c), c.idempotency_key);
    if (!found) co_return core::nothing{};
    if (found->fingerprint != fingerprint(c)) co_return key_reused;
    std::string_view const sealed(reinterpret_cast<char const*>(found->sealed_body.data()),
                                  found->sealed_body.size());
    auto body = crypto::open(answer_key(c), sealed, key_scope(c));
    if (!body) throw std::runtime_error("a stored answer cannot be opened by the request that made it");
    http::reply again{.status = found->status, .body = std::move(*body)};
    again.fields.emplace_back("Idempotency-Replayed", "true");
    c.ready_answer = std::move(again);
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

void remember(db::transaction& t, http::call const& c, int status, std::string body) {
    if (c.idempotency_key.empty()) return;
    std::string const scope = key_scope(c);
    std::string const sealed = crypto::seal(answer_key(c), body, scope);
    t.add(insert_answer, scope, c.idempotency_key, fingerprint(c), status,
          core::bytes(sealed.begin(), sealed.end()));
}

chore_list chores() {
    static constexpr chore all[] = {{"idempotency_keys", &remove_old_answers, 500}};
    return all;
}

statement_list statements() {
    static constexpr db::statement_info const* all[] = {&insert_event, &find_answer, &insert_answer,
                                                        &load_fact,    &keep_fact,   &remove_old_answers};
    return all;
}

}  // namespace work
