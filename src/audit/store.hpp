// The audit trail's statements and rows.
#pragma once

#include "work/statements.hpp"

namespace audit {

work::statement_list statements();

}  // namespace audit
