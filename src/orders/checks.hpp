// What has to hold of orders: their history, their money, what they hold, and what was noted and announced of
// them.
#pragma once

#include "work/checks.hpp"
#include "work/statements.hpp"

namespace orders {

// Until when order `o`, whose newest step is `n`, waits for its money: never again once some has come.
inline constexpr std::string_view due_of_head = R"sql(
    case when n.status = 'pending'
              and not exists (select from sales.payment_events e join sales.payments p on p.id = e.payment_id
                               where p.order_id = o.id and e.kind = 'captured') then o.payment_due_at end)sql";

work::check_list checks();

// Before stock is mended: reservations are brought to the state that their order's history asks for, as far
// as the ledger has not settled them otherwise, and those that the ledger alone knows are written again.
core::task<work::mended> mend_holdings(db::scope in, work::actor by);
// After it: heads are written anew from the history, places from reservations and heads. An order whose
// history leaves the machine's ways, or says other than what has left the house, is left to a human.
work::mending_list mendings();

work::statement_list check_statements();
work::statement_list mending_statements();

}  // namespace orders
