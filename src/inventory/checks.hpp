// What has to hold of stock, its ledger and its reservations, and how they are brought together again.
#pragma once

#include "work/checks.hpp"
#include "work/statements.hpp"

namespace inventory {

work::check_list checks();

// Of each stock row that its ledger or its reservations contradict: a reservation gets the quantity and the
// end that the ledger gives it, a movement that a reservation lacks is added, a reserved quantity that no
// reservation knows is released, what is on hand counts and the ledger gets the difference as a correction,
// and `reserved` and `shortage` become what the open reservations and these say. Then the subtotals that the
// ledger contradicts are written anew.
work::mending_list mendings();
core::task<work::mended> mend_subtotals(db::scope in, work::actor by);

work::statement_list check_statements();
work::statement_list mending_statements();
work::statement_list subtotals_mending_statements();

}  // namespace inventory
