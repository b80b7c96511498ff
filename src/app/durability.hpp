// Whether what is committed survives a power cut, by the database's own settings.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace app {

inline constexpr std::array<std::string_view, 3> durability_settings{"fsync", "full_page_writes",
                                                                     "synchronous_commit"};

// Their values in that order; "fsync is off", or empty when all of them hold.
std::string missing_durability(std::span<std::string const, durability_settings.size()> values);

// Logs a warning when one is off. Throws db::error and its neighbours.
void warn_of_missing_durability(std::string const& database_url);

}  // namespace app
