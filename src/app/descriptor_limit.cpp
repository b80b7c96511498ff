#include "app/descriptor_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace app {

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        constexpr rlim_t plenty = 1 << 20;  // a hard limit may be a thousand times that
        rlimit const wanted{std::clamp(plenty, limit.rlim_cur, limit.rlim_max), limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
    }
    return limit.rlim_cur;
}

}  // namespace app
