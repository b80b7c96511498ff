#include "db/knock.hpp"

#include "db/state.hpp"

#include <algorithm>

namespace db::detail {

knocking::knocking(database_state& d)
    : database(d), to(std::make_shared<connection>(d.loop.io(), *this, d.opt, d.unnamed, d.count)) {}

void knocking::tell() {
    for (auto& w : std::exchange(waiting, {})) database.complete(std::move(w));
}

void knocking::opened() {
    let_in = true;
    tell();
}

void knocking::lost(broken) { tell(); }

void knocking::settled() {
    auto const self = shared_from_this();  // the last who waits may let go of it
    database.drain();
}

core::task<bool> knock(std::shared_ptr<database_state> d, core::deadline by) {
    if (d->closing) co_return false;
    auto k = d->at_the_door.lock();
    if (!k || k->waiting.empty()) {
        k = std::make_shared<knocking>(*d);
        d->at_the_door = k;
        k->to->open();
    }
    auto const w = std::make_shared<waiter>();
    k->waiting.push_back(w);
    d->loop.after(std::max<core::steady::duration>(by - core::steady::now(), {}), [d, w] {
        d->complete(w);
        d->drain();
    });
    until_done answered{w};
    co_await answered;
    std::erase(k->waiting, w);
    co_return k->let_in;
}

}  // namespace db::detail
