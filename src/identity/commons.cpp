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
    : issuer_(std::move(o.issuer)),
      sealing_key_(o.key.derive("carrack signing keys")),
      refresh_key_(o.key.derive("carrack refresh tokens")),
      passwords_(&passwords),
      looked_at_(never),
      changed_at_(never) {}

void commons::note_change() { raise_to(changed_at_, ticks(core::steady::now())); }

bool commons::up_to_date() const {
    auto const looked = looked_at_.load();
    auto const oldest = ticks(core::steady::now() - look_every);
    return looked != never && looked > oldest && looked > changed_at_.load();
}

void commons::looked(core::steady::time_point began) { raise_to(looked_at_, ticks(began)); }

knowledge commons::known() const {
    std::lock_guard const hold(guard_);
    return known_;
}

void commons::learn(knowledge const& newer) {
    std::lock_guard const hold(guard_);
    if (newer.rights && (!known_.rights || newer.versions.rights > known_.versions.rights)) {
        known_.rights = newer.rights;
        known_.versions.rights = newer.versions.rights;
    }
    if (newer.keys && (!known_.keys || newer.versions.keys > known_.versions.keys)) {
        known_.keys = newer.keys;
        known_.versions.keys = newer.versions.keys;
    }
    if (newer.ended && (!known_.ended || newer.versions.sessions > known_.versions.sessions)) {
        known_.ended = newer.ended;
        known_.versions.sessions = newer.versions.sessions;
    }
    revision_.fetch_add(1, std::memory_order_release);
}

}  // namespace identity
