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
// stays. Returns how many rows it has mended. Needs the role that owns the tables.
struct mending {
    std::string_view name;  // of the checks that it helps
    core::task<std::int64_t> (*run)(db::scope in, actor by);
};
using mending_list = std::span<mending const>;

inline constexpr std::string_view mending_note = "carrack verify --repair";

}  // namespace work
