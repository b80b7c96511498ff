// What tests lend to the environments of their endpoints.
#pragma once

#include "work/idempotency.hpp"
#include "work/rights.hpp"

namespace integration {

// What kept answers are sealed with: the same for all servers of a test, as the configured key of a shop is.
inline work::answer_sealing& sealing() {
    static work::answer_sealing one =
        work::sealing_of(*crypto::secret_key::parse("5e" + std::string(62, '0')));
    return one;
}

struct everything_allowed final : work::rights {
    http::reach reach_of(http::principal const&, http::spec const&) const override {
        return allowed ? where : http::reach{};
    }
    bool allowed = true;
    http::reach where = http::reach::everywhere();
};

}  // namespace integration
