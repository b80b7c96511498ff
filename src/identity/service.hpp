// Tokens and rights for one event loop. What it knows (rights, keys, ended sessions) is kept in memory and
// shared with the other loops of the process; a request of somebody signed in looks at one row of the
// database when the last look is older than a second, so a change is in force everywhere within two, and
// a process that has no requests asks nothing.
#pragma once

#include "crypto/password.hpp"
#include "identity/audience.hpp"
#include "identity/key_ring.hpp"
#include "identity/rights_table.hpp"
#include "identity/rules.hpp"
#include "work/context.hpp"
#include "work/rights.hpp"

#include <atomic>
#include <coroutine>
#include <functional>
#include <mutex>

namespace identity {

struct options {
    std::string address;     // how the world reaches this server; a shop without an issuer takes its name
    crypto::secret_key key;  // the configured key; what identity needs is derived from it
};

using ended_sessions = std::unordered_set<core::uuid>;

// What is known of the database at one moment. Null until the first look.
struct knowledge {
    versions_row versions{};
    std::shared_ptr<rights_table const> rights;
    std::shared_ptr<key_ring const> keys;
    std::shared_ptr<ended_sessions const> ended;
};

// What all event loops of the process share. Outlives the services.
class commons {
public:
    commons(options o, crypto::password_pool& passwords);

    crypto::password_pool& passwords() const { return *passwords_; }
    std::string const& address() const { return address_; }
    crypto::secret_key const& sealing_key() const { return sealing_key_; }
    crypto::secret_key const& refresh_key() const { return refresh_key_; }
    crypto::secret_key const& tries_key() const { return tries_key_; }
    crypto::secret_key const& mails_key() const { return mails_key_; }

    // Whom to tell, on the loop and with the database of whoever has queued a mail. Before the first request.
    void tell_of_mails(std::function<void(db::database&)> whom) { of_mails_ = std::move(whom); }
    void mail_queued(db::database& d) const {
        if (of_mails_) of_mails_(d);
    }
    crypto::secret_key const& factor_key() const { return factor_key_; }

    // Whether this process has not noted that the API key is in use within the last minute; it does then.
    bool claim_note(core::uuid const& machine);

    // This process has committed a change: what is known may be behind.
    void note_change();
    bool up_to_date() const;

    std::uint64_t revision() const { return revision_.load(std::memory_order_acquire); }
    knowledge known() const;
    // What a look that began then has found. Of several at once the one that began last is believed, whatever
    // the versions: in a database that was restored they are smaller, and still what is so.
    void learn(knowledge const& found, core::steady::time_point began);

private:
    std::string address_;
    crypto::secret_key sealing_key_;
    crypto::secret_key refresh_key_;
    crypto::secret_key tries_key_;
    crypto::secret_key mails_key_;
    std::function<void(db::database&)> of_mails_;
    crypto::secret_key factor_key_;
    crypto::password_pool* passwords_;

    std::atomic<core::steady::rep> looked_at_;
    std::atomic<core::steady::rep> changed_at_;
    std::atomic<std::uint64_t> revision_{0};
    mutable std::mutex guard_;
    knowledge known_;
    core::steady::time_point known_since_ = core::steady::time_point::min();
    std::mutex notes_guard_;
    std::unordered_map<core::uuid, core::steady::time_point> noted_at_;  // by API key
};

class service final : public work::rights {
public:
    service(commons& shared, db::database& database);
    ~service() override;

    crypto::password_pool& passwords() const { return shared_.passwords(); }
    commons& shared() const { return shared_; }

    // --- verifying: no database, no waiting ---
    enum class sight : std::uint8_t { known, stranger, look_first };
    struct recognition {
        sight seen;
        http::principal who;
    };
    // `look_first`: the answer depends on what look() may bring; given once only when `looked`.
    recognition recognise(std::string_view access_token, bool looked);
    http::reach reach_of(core::uuid const& who, http::route const& to);
    http::reach reach_of(http::principal const& who, http::spec const& endpoint) const override;
    std::vector<rights_table::held> permissions_of(core::uuid const& who) const;
    bool lacks_factor(core::uuid const& user) const {
        return known_.rights && known_.rights->lacks_factor(user);
    }
    rights_table::machine const* find_machine(core::uuid const& id) const;
    // Beside the request, which does not wait for it; at most once a minute for each key in this process.
    void note_use(core::uuid const& machine);

    // --- looking and issuing ---
    core::task<void> look(core::deadline by);  // brings what is known up to date
    core::task<std::string> issue(account_kind of, core::uuid user, core::uuid session, core::deadline by);
    core::task<std::string> public_keys(core::deadline by);

    void changed() { shared_.note_change(); }  // after the commit of a change of rights or sessions
    void mail_queued() { shared_.mail_queued(database_); }  // after the commit

private:
    void sync();
    recognition recognise_machine(std::string_view token, bool may_look) const;
    core::task<void> look_once(core::deadline by);
    core::task<void> load_keys(knowledge& into, core::deadline by);
    core::task<void> load_rights(knowledge& into, core::deadline by);
    core::task<void> make_key(core::deadline by);
    void wake_waiting();

    struct turn;

    commons& shared_;
    db::database& database_;
    std::optional<crypto::verified_tokens> tokens_;  // by known_.keys; none without an issuer
    std::uint64_t seen_revision_ = 0;
    knowledge known_;
    std::vector<rights_table::place> place_of_route_;  // by route index, for known_.rights
    bool looking_ = false;
    std::vector<std::coroutine_handle<>> waiting_;
};

}  // namespace identity
