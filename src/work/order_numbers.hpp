// The numbers by which people know orders, for domains that stand below the one that owns them: lent to every
// thread by the app, service<work::order_numbers>(c).
#pragma once

#include "core/uuid.hpp"
#include "db/statement.hpp"

#include <boost/describe/class.hpp>

#include <vector>

namespace work {

struct numbered_order {
    core::uuid id;
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(numbered_order, (), (id, number))

struct order_numbers {
    db::statement<numbered_order(std::vector<core::uuid>)> const& of;
};

}  // namespace work
