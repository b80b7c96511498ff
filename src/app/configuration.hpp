// What the program runs with: flags beat the environment, which beats the TOML file, which beats the
// defaults. Each setting is declared once, in settings.cpp; everything here is made from that table.
#pragma once

#include "app/command_line.hpp"
#include "crypto/secret_box.hpp"
#include "orders/terms.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {

struct endpoint {
    std::string address;     // IPv4 or IPv6 in numbers, without brackets
    std::uint16_t port = 0;  // 0: any free one
    bool given() const { return !address.empty(); }
};
bool is_loopback(endpoint const& e);       // only this machine can connect
std::string to_string(endpoint const& e);  // "127.0.0.1:8080", "[::1]:8080"

enum class log_format : std::uint8_t { text, json };
enum class log_level : std::uint8_t { debug, info, warning, error };

struct configuration {
    std::filesystem::path data;  // absolute
    endpoint listen;
    std::string database_url;          // empty: a private cluster in `data`
    std::string database_owner_url;    // never empty when database_url isn't
    bool pooled_transactions = false;  // pooler = transaction
    std::string owner_email;
    std::string owner_password;                    // empty: a random one, printed once
    std::optional<crypto::secret_key> secret_key;  // without one: <data>/secret.key
    std::string currency;
    orders::payment_terms payment_terms;
    std::size_t threads = 1;
    log_format log_as = log_format::json;
    log_level log_from = log_level::info;
    std::vector<std::string> cors_origins;
    std::string metrics_token;
    std::string internal_token;
    endpoint metrics_listen;                   // not given: metrics are served where everything else is
    std::string public_url;                    // empty: http:// and `listen`
    std::vector<std::string> trusted_proxies;  // addresses or CIDR ranges
    std::chrono::seconds drain{0};
    std::chrono::seconds unready{0};
    bool sample = false;
    std::filesystem::path mail_folder =
        {};  // no setting: `up` leaves mails there; else they wait in their table
};

enum class source : std::uint8_t { fallback, file, environment, flag };

struct setting_in_force {
    setting const* what;
    std::string text;  // as given, before it was understood; lists are joined by commas
    source from = source::fallback;
    std::string where;  // "--listen", "CARRACK_LISTEN", "listen in /etc/carrack.toml"; empty for a default
};

struct loaded_configuration {
    configuration values;                    // meaningful only when `faults` is empty
    std::vector<setting_in_force> in_force;  // in the order of the table
    std::vector<std::string> faults;         // every one that there is, one sentence each
};

// `environment` is a null-terminated array such as `environ`.
loaded_configuration load_configuration(arguments const& given, char const* const* environment);

// The value as it may be shown: secrets hidden, a password inside a URL replaced.
std::string shown(setting_in_force const& s);

}  // namespace app
