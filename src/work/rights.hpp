// May this caller also use that endpoint? Answers from the rights in memory; the doorkeeper has
// brought them up to date for this request.
#pragma once

#include "http/call.hpp"

namespace work {

struct rights {
    virtual ~rights() = default;
    virtual bool may(http::principal const& who, http::spec const& endpoint) const = 0;
};

}  // namespace work
