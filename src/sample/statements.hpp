// Whether there is a shop already, asked under a lock: two processes that start at once load one sample.
#pragma once

#include "work/statements.hpp"

namespace sample {

inline constexpr db::statement<bool()> is_empty{"sample.is_empty", R"sql(
    select not exists (select from catalog.products) and not exists (select from sales.orders) as value)sql"};

// Until the transaction ends.
inline constexpr db::statement<bool()> one_at_a_time{
    "sample.one_at_a_time", "select true as value from pg_advisory_xact_lock(7205759403792794)"};

work::statement_list statements();

}  // namespace sample
