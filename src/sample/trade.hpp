// Fills the shelves and lets the customers buy, inside the caller's transaction.
#pragma once

#include "core/task.hpp"
#include "sample/catalogue.hpp"
#include "sample/chronicle.hpp"
#include "sample/tables.hpp"

#include <map>
#include <optional>

namespace sample {

using variants_by_sku = std::map<std::string_view, core::uuid>;

// Who works on the orders; nobody known: the program itself.
struct crew {
    std::optional<core::uuid> manager;
    std::optional<core::uuid> packer;
    std::map<std::string_view, core::uuid> shoppers = {};  // accounts by their e-mail address
};

struct weeks {  // of trade, up to now
    core::timestamp now;
    chronicle& told;  // outlives the call
};

core::task<variants_by_sku> stock_up(db::transaction& t, goods all);
core::task<core::uuid> open_location(db::transaction& t, place at);  // or the one that is there

// Every order of the table, placed by its customer and moved on by the crew, in the order of the schedule:
// so numbers and ids ascend with time.
core::task<std::size_t> trade(db::transaction& t, variants_by_sku on_sale, crew by,
                              core::currency shop_currency, weeks past);

}  // namespace sample
