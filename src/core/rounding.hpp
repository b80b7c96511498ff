// The shop's one way to round money. What is a rate of an amount is rounded half to even, where it arises (a
// line's tax); what is shared out (a discount over lines) goes by the largest remainder, so that the shares
// add up to the amount to the last minor unit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace core {

// amount x rate / 1,000,000, half to even. Any amount within amount_max, any rate up to 1,000 times the
// amount.
std::int64_t part_of(std::int64_t amount, std::int32_t parts_per_million);

// The amount in shares that are as the weights (none negative): each is its exact share rounded down or up
// towards the amount's sign, and who lost most by rounding down is rounded up first, the earlier of equals.
// Where all weights are 0 they count as equal. Empty for no weights.
std::vector<std::int64_t> spread(std::int64_t amount, std::span<std::int64_t const> weights);

}  // namespace core
