// Whether somebody who signs in, or does without their second factor, has it.
#pragma once

#include "crypto/secret_box.hpp"
#include "db/database.hpp"
#include "identity/store_second_factor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace identity {

struct factor_proof {
    std::optional<std::string> code;
    std::optional<std::string> recovery_code;

    bool given() const { return code || recovery_code; }
};

core::bytes seal_factor(crypto::secret_key const& key, std::string_view secret, core::uuid user);

// Under lock_factor. Spends what it accepts: a code is good once, also of two who send it at the same moment.
core::task<bool> proves_factor(db::transaction& t, crypto::secret_key key, core::uuid user, factor_row row,
                               factor_proof proof);

std::string otpauth_uri(std::string_view secret_base32, std::string_view email);

inline constexpr std::size_t recovery_codes_count = 10;
std::vector<std::string> make_recovery_codes();      // 80 random bits each
core::bytes recovery_digest(std::string_view code);  // however it is grouped, in capitals or not

}  // namespace identity
