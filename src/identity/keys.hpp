// The keys that sign access tokens, for whoever runs the shop: `carrack keys`. What is changed here is in
// force on every running server within two seconds.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "crypto/secret_box.hpp"
#include "db/database.hpp"

#include <boost/describe/enum.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace identity {

BOOST_DEFINE_ENUM_CLASS(key_state, coming, signing, superseded)
std::string_view name_of(key_state state);

struct key_dates {
    std::string id;
    core::timestamp created_at;
    core::timestamp signs_from;
};

struct signing_key_view {
    key_dates key;
    key_state state;
    std::optional<core::timestamp> spent_at;  // of a superseded one: its last token has expired by then
};

// The newest first, as they come in. Pure.
std::vector<signing_key_view> judge_keys(std::vector<key_dates> newest_first, core::timestamp now);

inline constexpr core::failure signing_key_not_found{"signing_key_not_found", core::fault::missing,
                                                     "There is no such key among those that verify."};
inline constexpr core::failure signing_key_in_use{"signing_key_in_use", core::fault::conflict,
                                                  "This key signs; make its successor with carrack keys "
                                                  "rotate, or take it out with --now if it was stolen."};
inline constexpr core::failure signing_key_to_come{
    "signing_key_to_come", core::fault::conflict,
    "This key is about to sign; take it out with --now if it shall not."};
inline constexpr core::failure signing_key_not_spent{"signing_key_not_spent", core::fault::conflict,
                                                     "Tokens of this key are still good."};
inline constexpr core::failure secret_key_differs{
    "secret_key_differs", core::fault::conflict,
    "The secret key at hand opens none of the keys that sign tokens, so the servers could not use a key that "
    "is "
    "sealed with it. Give the command the servers' CARRACK_SECRET_KEY, or their data folder."};

core::task<std::vector<signing_key_view>> list_keys(db::scope db);

// Makes a key that begins to sign in a few seconds (key_lead); those before it go on verifying.
core::task<core::result<signing_key_view>> rotate_keys(db::scope db, crypto::secret_key configured);

struct retired_key {
    std::optional<signing_key_view> successor;  // made at once in the place of the one that signed
};
enum class retire_how : std::uint8_t { when_spent, at_once };
// At once, every token of the key is refused; when it signed, a new one does from now on. Without that need
// `configured` is not looked at.
core::task<core::result<retired_key>> retire_key(db::scope db, std::optional<crypto::secret_key> configured,
                                                 std::string id, retire_how how);

}  // namespace identity
