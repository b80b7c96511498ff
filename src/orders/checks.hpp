// What has to hold of orders: their history, their money, what they hold, and what was noted and announced of
// them.
#pragma once

#include "work/checks.hpp"
#include "work/statements.hpp"

namespace orders {

work::check_list checks();

// Heads are written anew from the history, places from reservations and heads.
work::mending_list mendings();

work::statement_list check_statements();
work::statement_list mending_statements();

}  // namespace orders
