#include "app/on_database.hpp"

#include "app/migration.hpp"
#include "loop/loop.hpp"

namespace app {
namespace {

core::task<void> run(db::options const& options, std::chrono::seconds patience,
                     std::function<core::task<void>(db::scope)> const& work) {
    db::database database(loop::event_loop::current(), options);
    std::exception_ptr failed;
    try {
        co_await work(database.use(core::steady::now() + patience));
    } catch (...) {
        failed = std::current_exception();
    }
    co_await database.close();
    if (failed) std::rethrow_exception(failed);
}

}  // namespace

void on_database(db::options options, std::chrono::seconds patience,
                 std::function<core::task<void>(db::scope)> work) {
    in_plain_words([&] { loop::run_blocking([&] { return run(options, patience, work); }); });
}

}  // namespace app
