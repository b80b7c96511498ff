// expect: type 'double' cannot be narrowed to 'std::int64_t'
// or: narrowing conversion of 'price' from 'double' to 'int64_t'
// An amount is a whole number of minor units.
#include "core/money.hpp"

core::money wrong(double price) { return {.amount = price, .currency = {}}; }
