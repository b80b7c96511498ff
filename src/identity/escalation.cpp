#include "identity/escalation.hpp"

#include "audit/audit.hpp"

#include <tuple>

namespace identity {

core::task<void> record_refusal(http::call& c, core::failure const* why, std::string resource,
                                std::string id) {
    audit::changes const refused{{"refused", "null", "\"" + std::string(why->code) + "\""}};
    std::ignore = co_await work::database(c).transact(
        {}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
            audit::record(t, work::actor_of(c), resource, id, refused);
            co_return core::nothing{};
        });
}

}  // namespace identity
