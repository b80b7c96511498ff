// What this domain announces in the outbox.
#pragma once

#include <string_view>

namespace inventory::events {

inline constexpr std::string_view stock_adjusted = "stock.adjusted";  // resource: the variant
inline constexpr std::string_view shortage_found = "stock.shortage_found";
inline constexpr std::string_view location_created = "location.created";  // resource: the location
inline constexpr std::string_view location_updated = "location.updated";

}  // namespace inventory::events
