// Where a caller may use the permission by which a request was let in: everywhere, only at some locations, or
// nowhere. The doorkeeper finds it; a handler whose endpoint is declared `by_location()` is handed it, and
// what it asks of the database takes it on.
#pragma once

#include "core/uuid.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace http {

using locations = std::vector<core::uuid>;  // in rising order, none twice

class [[nodiscard]] reach {
public:
    reach() = default;  // nowhere

    static reach everywhere() {
        reach out;
        out.everywhere_ = true;
        return out;
    }
    // Shared, because the rights that they are of may be replaced while the request still runs.
    static reach only(std::shared_ptr<locations const> at) {
        reach out;
        if (at && !at->empty()) out.at_ = std::move(at);
        return out;
    }
    static reach only(locations at) {
        std::ranges::sort(at);
        return only(std::make_shared<locations const>(std::move(at)));
    }

    bool is_everywhere() const { return everywhere_; }
    bool is_nowhere() const { return !everywhere_ && !at_; }
    bool includes(core::uuid const& location) const {
        return everywhere_ || (at_ && std::ranges::binary_search(*at_, location));
    }
    // For a statement: no list where there is no limit.
    std::optional<locations> listed() const {
        if (everywhere_) return std::nullopt;
        return at_ ? *at_ : locations{};
    }

private:
    bool everywhere_ = false;
    std::shared_ptr<locations const> at_;
};

}  // namespace http
