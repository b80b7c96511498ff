#include "work/explain.hpp"

#include "db/error.hpp"

namespace work {
namespace {

core::problem later(core::failure const& f, int seconds) {
    core::problem p(f);
    p.retry_after_s = seconds;
    return p;
}

}  // namespace

std::optional<core::problem> explain(std::exception_ptr why) {
    try {
        std::rethrow_exception(why);
    } catch (db::commit_unknown const&) {
        return later(core::outcome_unknown, 1);
    } catch (db::overloaded const&) {
        return later(core::overloaded, 1);
    } catch (db::deadline_passed const&) {
        return later(core::overloaded, 2);
    } catch (db::unavailable const&) {
        return later(core::database_unavailable, 2);
    } catch (db::error const& e) {
        if (e.retryable()) return later(core::overloaded, 1);
        if (e.lock_timeout()) return later(core::overloaded, 2);
        return std::nullopt;
    } catch (...) {
        return std::nullopt;
    }
}

}  // namespace work
