// Stands between the router and the body: who is this, and may they? Denies unless a row says otherwise.
#pragma once

#include "identity/service.hpp"

namespace identity {

// The token of `Authorization: Bearer …` (RFC 6750); nothing for another scheme, or when there is none.
std::optional<std::string_view> bearer_token(std::string_view authorization);

class doorkeeper final : public http::doorkeeper {
public:
    explicit doorkeeper(service& s) : service_(s) {}

    core::task<core::result<core::nothing>> admit(http::call& c) override;

private:
    core::result<core::nothing> decide(http::call& c, service::recognition const& r);

    service& service_;
};

}  // namespace identity
