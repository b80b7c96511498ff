// When the next order has to be paid, kept in memory: one moment for the whole process, whatever the number
// of orders. Whoever places one says so; the index of what is due tells the next moment, at start and
// whenever one has come. Nothing is asked in between.
#pragma once

#include "orders/expiry.hpp"
#include "orders/terms.hpp"

#include <memory>

namespace orders {

class deadlines {  // one for the process
public:
    explicit deadlines(payment_terms t = {});
    ~deadlines();
    deadlines(deadlines const&) = delete;

    payment_terms terms;  // set before the first order is placed

    // From any loop: an order may come to be due so long from now. It is said again when nobody knows whether
    // the order was placed: asking in vain costs one statement.
    void expect(core::steady::duration wait);

    // On the loop of the database, from now on until end(): asks at once, and cancels what is due.
    void begin(db::database& d);
    void end();
    bool at_rest() const;  // nothing of it is under way on that loop

    // Asks for the nearest moment, on any loop: an order that another process has placed, which has died
    // since, is known to the database alone.
    core::task<void> look(db::database& d);

    // Cancels what is due now, on any loop: for whoever wakes this process from outside.
    core::task<expiry_report> work_off(db::database& d, core::deadline by, core::meter* meter,
                                       work::actor who);

private:
    std::shared_ptr<struct deadlines_state> state_;
};

}  // namespace orders
