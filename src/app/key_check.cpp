#include "app/key_check.hpp"

#include "app/on_database.hpp"
#include "identity/identity.hpp"

namespace app {
namespace {

constexpr std::chrono::seconds patience{10};

std::optional<crypto::secret_key> key_at_hand(configuration const& c) {
    if (c.secret_key) return c.secret_key;
    std::error_code error;
    if (!std::filesystem::exists(c.data / "secret.key", error)) return std::nullopt;
    try {
        return crypto::load_or_make_key_file(c.data / "secret.key");
    } catch (crypto::key_file_error const&) {
        return std::nullopt;  // what is wrong with the file is said of the file
    }
}

}  // namespace

std::vector<finding> examine_signing_keys(configuration const& c, std::string const& database_url) {
    auto const key = key_at_hand(c);
    if (!key) return {};
    auto fit = identity::key_fit::no_keys_yet;
    db::options const options{.url = database_url, .unnamed_statements = c.pooled_transactions};
    on_database(options, patience,
                [&](db::scope db) -> core::task<void> { fit = co_await identity::examine_keys(db, *key); });
    switch (fit) {
        case identity::key_fit::no_keys_yet: return {};
        case identity::key_fit::opens:
            return {{"signing keys", verdict::ok, "The secret key at hand opens them."}};
        case identity::key_fit::opens_none: break;
    }
    return {{"signing keys", verdict::warning,
             "The secret key at hand opens none of the keys that sign tokens: they were sealed with another.",
             "Give every server of this shop the same CARRACK_SECRET_KEY, the one they were sealed with."}};
}

}  // namespace app
