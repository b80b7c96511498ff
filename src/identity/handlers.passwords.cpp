// Changing one's password.
#include "identity/handlers.hpp"
#include "identity/service.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"
#include "identity/tries.hpp"

namespace identity {
namespace {

// Signing in takes a share of the user's lock: who does it with the old password meanwhile is either among
// those whose sign-ins end here, or is refused.
answer<core::nothing> replace(http::call& c, held_try held, std::string hash) {
    co_return co_await work::database(c).transact({}, [&](db::transaction& t) -> answer<core::nothing> {
        t.add(lock_user, c.who.id);
        t.add(remove_try, held.id);
        auto const changed = t.add(set_password, c.who.id, *held.account->password_hash, hash);
        t.add(use_other_mail_tokens, c.who.id, "password_reset");  // a mail that still lies somewhere
        t.add(end_other_sessions_of_user, c.who.id, c.who.session, "password_changed");
        t.add(raise_sessions);
        record_password(t, work::actor_of(c), held.kind, c.who.id);
        co_await t.run();
        if (changed.affected() == 0) co_return wrong_current_password();  // blocked or changed meanwhile
        co_return core::nothing{};
    });
}

}  // namespace

answer<core::nothing> set_own_password(http::call& c, change_password_request in) {
    auto const self = co_await work::database(c).first(find_person, c.who.id);
    if (!self) co_return access_token_invalid;
    auto const accepted = accept_password(in.new_password.value, self->email, "/new_password");
    if (!accepted) co_return accepted.error();
    auto const held = co_await begin_try(c, self->kind, self->email);
    if (!held) co_return held.error();
    if (auto const right = co_await compare_current_password(c, *held, in.current_password.value); !right)
        co_return right.error();
    auto const hash = co_await work::service<service>(c).passwords().hash(*accepted, c.by);
    if (!hash) {
        co_await withdraw(c, held->id);
        co_return hash.error();
    }
    auto out = co_await replace(c, *held, *hash);
    if (out)
        work::service<service>(c).changed();
    else
        co_await note_failure(c, held->id);
    co_return out;
}

}  // namespace identity
