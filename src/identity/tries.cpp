#include "identity/tries.hpp"

#include "core/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/unicode.hpp"
#include "http/forwarded.hpp"
#include "identity/api_passwords.hpp"
#include "identity/service.hpp"
#include "loop/loop.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <tuple>

namespace identity {
namespace {

using namespace std::chrono_literals;

constexpr core::steady::duration first_look_after = 20ms;
constexpr core::steady::duration looks_apart_most = 160ms;
// To say how a try ended there is time also when the request's own is over.
constexpr core::steady::duration to_say_it = 2s;

std::int32_t lock_of(std::span<std::uint8_t const> digest) {
    std::array<std::uint8_t, 4> first{};
    std::copy_n(digest.begin(), first.size(), first.begin());
    return std::bit_cast<std::int32_t>(first);
}

struct looked {
    throttling found;
    std::optional<credentials_row> account;
};

core::task<core::result<looked>> look_and_take(http::call& c, account_kind of, std::string email,
                                               origin_of_try const& from, core::uuid id) {
    co_return co_await work::database(c).transact(
        {}, [&](db::transaction& t) -> core::task<core::result<looked>> {
            lock_tries(t, from);
            auto const account = t.add(find_credentials, of, email, from.network);
            auto const tries = co_await t.all(load_tries, from.account, from.network);
            looked out{.found = {}, .account = account.first()};
            bool const known = out.account && out.account->from_known_network;
            out.found = judge(tries, known);
            if (out.found.verdict == throttle_verdict::go)
                t.add(insert_try, id, from.account, from.network, known);
            co_return out;
        });
}

core::task<void> end_try(http::call& c, db::statement<db::none(core::uuid)> const& how, core::uuid held) {
    auto const by = std::max(c.by, core::steady::now() + to_say_it);
    std::ignore = co_await work::environment_of(c)
                      .database()
                      .use(by, &c.meter)
                      .transact({}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
                          t.add(how, held);
                          co_return core::nothing{};
                      });
}

// As it is typed, in NFC; and as its bytes came, for hashes from when passwords were not composed.
std::vector<std::string> spellings(std::string const& password) {
    std::vector<std::string> out{crypto::to_nfc(password)};
    if (out.front() != password) out.push_back(password);
    return out;
}

core::task<core::result<bool>> matches(crypto::password_pool& passwords, std::string password,
                                       std::string hash, core::deadline by) {
    bool found = false;
    for (std::string& one : spellings(password)) {  // all of them, so that each password takes its time
        auto const right = co_await passwords.verify(std::move(one), hash, by);
        if (!right) co_return right.error();
        found = found || *right;
    }
    co_return found;
}

core::task<core::result<bool>> matches_nothing(crypto::password_pool& passwords, std::string password,
                                               core::deadline by) {
    for (std::string& one : spellings(password))
        if (auto const spent = co_await passwords.verify_nothing(std::move(one), by); !spent)
            co_return spent.error();
    co_return false;
}

}  // namespace

origin_of_try origin_of(http::call& c, account_kind of, std::string_view email) {
    auto const named = work::service<service>(c).shared().tries_key().derive(
        std::string(boost::describe::enum_to_string(of, "")) + "\n" + crypto::case_folded(email));
    return {.account = {named.bytes().begin(), named.bytes().end()}, .network = http::network_of(c.remote)};
}

void lock_tries(db::transaction& t, origin_of_try const& of) {
    t.add(lock_tries_of_account, lock_of(of.account));
    t.add(lock_tries_from_network, lock_of(crypto::sha256(of.network)));
}

core::problem refused(http::call& c, throttling const& by) {
    c.reply_fields.emplace_back("ratelimit-policy",
                                fmt::format(R"("{}";q={};w={})", by.policy, by.quota, by.window_s));
    c.reply_fields.emplace_back("ratelimit", fmt::format(R"("{}";r=0;t={})", by.policy, by.retry_after_s));
    core::problem out(too_many_attempts);
    out.retry_after_s = static_cast<int>(by.retry_after_s);
    return out;
}

core::task<core::result<held_try>> begin_try(http::call& c, account_kind of, std::string email) {
    origin_of_try const from = origin_of(c, of, email);
    core::uuid const id = core::make_uuid7();
    for (auto pause = first_look_after;; pause = std::min(2 * pause, looks_apart_most)) {
        std::uint32_t const before = c.meter.statements;
        auto seen = co_await look_and_take(c, of, email, from, id);
        if (!seen) co_return seen.error();
        if (seen->found.verdict == throttle_verdict::go)
            co_return held_try{
                .id = id, .kind = of, .network = from.network, .account = std::move(seen->account)};
        if (seen->found.verdict == throttle_verdict::refuse) co_return refused(c, seen->found);
        c.meter.set_apart(before);
        if (core::steady::now() + pause >= c.by) co_return core::overloaded;
        co_await loop::sleep(pause);
    }
}

core::task<void> note_failure(http::call& c, core::uuid held) { return end_try(c, fail_try, held); }
core::task<void> withdraw(http::call& c, core::uuid held) { return end_try(c, remove_try, held); }

core::task<core::result<core::nothing>> compare_password(http::call& c, held_try const& held,
                                                         std::string password) {
    auto& passwords = work::service<service>(c).passwords();
    bool const is_there = held.account && held.account->password_hash;
    auto const right = is_there ? co_await matches(passwords, password, *held.account->password_hash, c.by)
                                : co_await matches_nothing(passwords, password, c.by);
    if (!right) {
        co_await withdraw(c, held.id);
        co_return right.error();
    }
    if (*right && held.account->active) co_return core::nothing{};
    co_await note_failure(c, held.id);
    co_return invalid_credentials;
}

core::problem wrong_current_password() {
    return {current_password_wrong,
            {{"/current_password", std::string(current_password_wrong.code), "is another one"}}};
}

core::task<core::result<core::nothing>> compare_current_password(http::call& c, held_try const& held,
                                                                 std::string password) {
    auto right = co_await compare_password(c, held, std::move(password));
    if (right || right.error().what != &invalid_credentials) co_return right;
    co_return wrong_current_password();
}

}  // namespace identity
