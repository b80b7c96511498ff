// Small readers of what people write into settings. Each says what is wrong in words that can stand
// behind the quoted text.
#pragma once

#include "app/configuration.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {

std::string parse_endpoint(std::string_view text, endpoint& into);  // empty: understood
std::string check_database_url(std::string_view text);              // empty: fine, and so is no text
std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t min, std::int64_t max);
std::optional<std::chrono::seconds> parse_period(std::string_view text);  // "30m"; 1 s to ten years
std::vector<std::string> split_list(std::string_view text);               // by commas, blanks trimmed
bool is_origin(std::string_view text);         // http or https, host, perhaps a port, nothing behind it
bool is_address_range(std::string_view text);  // "10.0.0.0/8", "::1"
std::string without_password(std::string_view database_url);

}  // namespace app
