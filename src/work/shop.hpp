// What the shop is set to, lent to every thread by the app: service<work::shop>(c).
#pragma once

#include "core/money.hpp"

namespace work {

struct shop {
    core::currency currency;  // of prices and carts that name none
};

}  // namespace work
