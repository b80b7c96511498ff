#include "identity/service.hpp"

namespace identity {
namespace {

constexpr core::steady::rep never = std::numeric_limits<core::steady::rep>::min();

core::steady::rep ticks(core::steady::time_point t) { return t.time_since_epoch().count(); }

void raise_to(std::atomic<core::steady::rep>& value, core::steady::rep at_least) {
    auto now = value.load();
    while (now < at_least && !value.compare_exchange_weak(now, at_least)) {
    }
}

}  // namespace

commons::commons(options o, crypto::password_pool& passwords)
    : address_(std::move(o.address)),
      sealing_key_(sealing_key_of(o.key)),
      refresh_key_(o.key.derive("carrack refresh tokens")),
      tries_key_(o.key.derive("carrack tries of passwords")),
      mails_key_(mails_key_of(o.key)),
      factor_key_(o.key.derive("carrack second factors")),
      passwords_(&passwords),
      looked_at_(never),
      changed_at_(never) {}

bool commons::claim_note(core::uuid const& machine) {
    constexpr std::size_t remembered_max = 4096;  // many times what can be alive: the rest was revoked
    auto const now = core::steady::now();
    std::lock_guard const hold(notes_guard_);
    if (noted_at_.size() >= remembered_max) noted_at_.clear();
    auto const [at, first] = noted_at_.try_emplace(machine, now);
    if (!first && now - at->second < std::chrono::minutes(1)) return false;
    at->second = now;
    return true;
}

void commons::note_change() { raise_to(changed_at_, ticks(core::steady::now())); }

bool commons::up_to_date() const {
    auto const looked = looked_at_.load();
    auto const oldest = ticks(core::steady::now() - look_every);
    return looked != never && looked > oldest && looked > changed_at_.load();
}

knowledge commons::known() const {
    std::lock_guard const hold(guard_);
    return known_;
}

void commons::learn(knowledge const& found, core::steady::time_point began) {
    {
        std::lock_guard const hold(guard_);
        if (began >= known_since_) {
            bool const same =
                found.rights == known_.rights && found.keys == known_.keys && found.ended == known_.ended;
            known_ = found;
            known_since_ = began;
            if (!same) revision_.fetch_add(1, std::memory_order_release);
        }
    }
    raise_to(looked_at_, ticks(began));
}

}  // namespace identity
