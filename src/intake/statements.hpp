// The one statement of its own: everything else is said by the domains.
#pragma once

#include "work/statements.hpp"

namespace intake {

// Two imports of the same new product would each think it theirs to make. Held until the transaction ends.
inline constexpr db::statement<bool()> one_at_a_time{
    "intake.one_at_a_time", "select true as value from pg_advisory_xact_lock(7205759403792793)"};

work::statement_list statements();

}  // namespace intake
