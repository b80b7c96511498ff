// May this caller also use that endpoint, and where? Answers from the rights in memory; the doorkeeper has
// brought them up to date for this request.
#pragma once

#include "http/call.hpp"

namespace work {

struct rights {
    virtual ~rights() = default;
    // Of what needs no permission: everywhere, for whoever may call it at all.
    virtual http::reach reach_of(http::principal const& who, http::spec const& endpoint) const = 0;

    bool may(http::principal const& who, http::spec const& endpoint) const {
        return !reach_of(who, endpoint).is_nowhere();
    }
};

}  // namespace work
