#include "core/rounding.hpp"

#include <algorithm>
#include <numeric>

namespace core {
namespace {

__extension__ using wide = __int128;
constexpr wide million = 1'000'000;

}  // namespace

std::int64_t part_of(std::int64_t amount, std::int32_t parts_per_million) {
    wide const exact = wide{amount} * parts_per_million;  // in millionths
    wide const size = exact < 0 ? -exact : exact;
    wide whole = size / million;
    wide const twice_left = size % million * 2;
    if (twice_left > million || (twice_left == million && whole % 2 != 0)) ++whole;
    return static_cast<std::int64_t>(exact < 0 ? -whole : whole);
}

std::vector<std::int64_t> spread(std::int64_t amount, std::span<std::int64_t const> weights) {
    std::vector<std::int64_t> shares(weights.size());
    std::vector<wide> lost(weights.size());  // by rounding down, in parts of the weights' sum
    wide sum = 0;
    for (std::int64_t const w : weights) sum += w;
    bool const equal = sum == 0;
    if (equal) sum = std::ssize(weights);
    wide const size = amount < 0 ? -wide{amount} : wide{amount};
    wide left = size;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        wide const exact = size * (equal ? 1 : weights[i]);
        shares[i] = static_cast<std::int64_t>(exact / sum);
        lost[i] = exact % sum;
        left -= shares[i];
    }
    std::vector<std::size_t> by_loss(weights.size());
    std::iota(by_loss.begin(), by_loss.end(), std::size_t{0});
    std::ranges::sort(by_loss, [&](std::size_t a, std::size_t b) {
        return lost[a] != lost[b] ? lost[a] > lost[b] : a < b;
    });
    for (std::size_t i = 0; i < by_loss.size() && left > 0; ++i, --left) ++shares[by_loss[i]];
    if (amount < 0)
        for (std::int64_t& s : shares) s = -s;
    return shares;
}

}  // namespace core
