// How long an order waits for its money.
#pragma once

#include "orders/machine.hpp"

#include <boost/describe/enum_from_string.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace orders {

class payment_terms {
public:
    using period = std::optional<std::chrono::seconds>;  // none: it waits as long as nobody cancels it

    // What a provider's orders get when nobody says anything.
    static constexpr std::chrono::seconds usual = std::chrono::days(14);

    payment_terms() { within_.fill(usual); }
    void set(payment_provider p, period within) { within_.at(static_cast<std::size_t>(p)) = within; }
    period of(payment_provider p) const { return within_.at(static_cast<std::size_t>(p)); }

private:
    std::array<period, std::size(providers)> within_;
};

inline std::optional<payment_provider> provider_named(std::string const& name) {
    payment_provider p{};
    if (!boost::describe::enum_from_string(name.c_str(), p)) return std::nullopt;
    return p;
}

}  // namespace orders
