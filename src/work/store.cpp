#include "work/facts.hpp"
#include "work/idempotency.hpp"
#include "work/outbox.hpp"
#include "work/statements.hpp"

#include "crypto/digest.hpp"
#include "crypto/secret_box.hpp"
#include "work/context.hpp"

#include <sodium.h>
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

std::string_view compared(http::call const& c) { return c.compared_as.empty() ? c.in.body : c.compared_as; }

// SHA-256 over method, path, query and body: another request under the same key is told apart.
core::bytes fingerprint(http::call const& c) {
    core::bytes out(crypto_hash_sha256_BYTES);
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    auto const feed = [&](std::string_view part) {
        std::uint64_t const n = part.size();  // its length first: no two requests run together alike
        crypto_hash_sha256_update(&s, reinterpret_cast<unsigned char const*>(&n), sizeof n);
        crypto_hash_sha256_update(&s, reinterpret_cast<unsigned char const*>(part.data()), part.size());
    };
    feed(http::name_of(c.in.verb));
    feed(c.in.target);
    feed(compared(c));
    crypto_hash_sha256_final(&s, out.data());
    return out;
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

void remember(db::transaction& t, http::call const& c, int status, std::string body) {
    if (c.idempotency_key.empty()) return;
    std::string const scope = key_scope(c);
    std::string const sealed = crypto::seal(answer_key(c), body, scope);
    t.add(insert_answer, scope, c.idempotency_key, fingerprint(c), status,
          core::bytes(sealed.begin(), sealed.end()));
}

statement_list statements() {
    static constexpr db::statement_info const* all[] = {&insert_event, &find_answer, &insert_answer,
                                                        &load_fact, &keep_fact};
    return all;
}

}  // namespace work
