// Everything that may be said to the catalogue, in parts: the shop's side, staff's products, staff's
// categories.
#pragma once

#include "catalog/api_categories.hpp"   // IWYU pragma: export
#include "catalog/api_shop.hpp"         // IWYU pragma: export
#include "catalog/endpoints_admin.hpp"  // IWYU pragma: export
