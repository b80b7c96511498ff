// What has to hold of what the catalogue keeps beside its facts: variants' titles, and the words that search
// finds.
#pragma once

#include "work/checks.hpp"
#include "work/statements.hpp"

namespace catalog {

work::check_list checks();
work::statement_list check_statements();

}  // namespace catalog
