// What has to hold in the whole shop: each domain lists it here as statements that read and name what is
// wrong. `carrack verify` runs them all, each in a snapshot of its own, beside the running shop.
#pragma once

#include "core/task.hpp"
#include "db/database.hpp"
#include "work/context.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace work {

struct broken_row {
    std::string subject;     // which: "order 0193…", "stock VARIANT/LOCATION"
    std::string says;        // how it is, and how it should be
    std::int64_t total = 0;  // rows like this altogether
};
BOOST_DESCRIBE_STRUCT(broken_row, (), (subject, says, total))

struct check {
    std::string_view name;   // "inventory.ledger"
    std::string_view title;  // what holds, in plain words
    db::statement<broken_row()> const* finds;
};
using check_list = std::span<check const>;

// The end of a check's statement, which has collected `wrong (subject, says)`: the first of them, and how
// many there are.
inline constexpr std::string_view first_wrong =
    " select subject, says, count(*) over () as total from wrong order by subject, says limit 20";

// What brings rows that a check has found together again. It adds to the ledger and writes projections anew,
// each row in a transaction of its own, under the locks that everybody takes, with its audit entry; history
// stays. Needs the role that owns the tables.
struct mended {
    std::int64_t rows = 0;
    std::vector<broken_row>
        refused;  // by the database, which holds what contradicts the repair; the first 20
    std::int64_t refusals = 0;
};
struct mending {
    std::string_view name;  // of the checks that it helps
    core::task<mended> (*run)(db::scope in, actor by);
};
using mending_list = std::span<mending const>;

// Every row that `next(after)` finds, in the order of their keys, through `mend(key)`, which says whether it
// changed anything. What the database refuses is noted under `name(key)` and harms no other row.
template <class Key, class Name, class Next, class Mend>
core::task<mended> mend_each(Name name, Next next, Mend mend) {
    mended out;
    Key after{};
    for (;;) {
        std::vector<Key> const rows = co_await next(after);
        for (Key const& at : rows) {
            try {
                core::result<bool> const changed = co_await mend(at);
                out.rows += changed && *changed ? 1 : 0;
            } catch (db::error const& e) {
                if (e.retryable()) throw;
                if (++out.refusals <= 20) out.refused.push_back({name(at), e.what(), 0});
            }
        }
        if (rows.empty()) co_return out;
        after = rows.back();
    }
}

inline constexpr std::string_view mending_note = "carrack verify --repair";

}  // namespace work
