// What stock and orders must be, counted unit by unit: an oracle that shares no code with the program. It
// hears what was done and tells what must be seen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace integration {

struct model_row {
    int on_hand = 0;
    int limit = 0;
    struct promise {
        std::size_t order;
        int quantity;
        auto operator<=>(promise const&) const = default;
    };
    std::vector<promise> open;  // oldest first
    auto operator<=>(model_row const&) const = default;

    int reserved() const {
        int sum = 0;
        for (promise const& p : open) sum += p.quantity;
        return sum;
    }
    int shortage() const { return std::max(reserved() - on_hand - limit, 0); }
    int available() const { return std::max(on_hand + limit - reserved(), 0); }

    struct touched {
        std::size_t order;
        int quantity, missing, shortage;
        auto operator<=>(touched const&) const = default;
    };
    // What lies there goes to the oldest, unit by unit; then so many may be owed; the rest is short. Newest
    // first.
    std::vector<touched> short_of() const {
        std::vector<touched> out;
        int there = on_hand, owed = limit;
        for (promise const& p : open) {
            touched one{p.order, p.quantity, 0, 0};
            for (int unit = 0; unit < p.quantity; ++unit) {
                if (there > 0) {
                    --there;
                    continue;
                }
                ++one.missing;
                if (owed > 0)
                    --owed;
                else
                    ++one.shortage;
            }
            if (one.shortage > 0) out.push_back(one);
        }
        std::ranges::reverse(out);
        return out;
    }
};

class stock_model {
public:
    struct wanted {
        std::size_t variant;
        int quantity;
    };
    stock_model(std::size_t variants, std::size_t locations)
        : rows(variants, std::vector<model_row>(locations)) {}

    std::vector<std::vector<model_row>> rows;  // by variant, then by location, which is their priority

    // Everything or nothing; from the shelves first, then owed.
    bool place(std::size_t order, std::vector<wanted> const& lines) {
        auto const before = rows;
        for (bool const owing : {false, true})
            for (wanted const& w : lines) {
                int& left = left_[{order, w.variant}];
                if (!owing) left = w.quantity;
                for (model_row& r : rows[w.variant])
                    while (left > 0 && r.reserved() < r.on_hand + (owing ? r.limit : 0)) {
                        give(r, order);
                        --left;
                    }
            }
        bool const enough =
            std::ranges::all_of(lines, [&](wanted const& w) { return left_[{order, w.variant}] == 0; });
        if (!enough) rows = before;
        return enough;
    }
    void cancel(std::size_t order) {
        for (auto& of : rows)
            for (model_row& r : of) std::erase_if(r.open, [&](auto const& p) { return p.order == order; });
    }
    // Whether what lies there covers everybody older, too.
    bool ship(std::size_t order) {
        for (auto const& of : rows)
            for (model_row const& r : of) {
                int sum = 0;
                for (auto const& p : r.open) {
                    sum += p.quantity;
                    if (p.order == order && sum > r.on_hand) return false;
                }
            }
        for (auto& of : rows)
            for (model_row& r : of) {
                for (auto const& p : r.open)
                    if (p.order == order) r.on_hand -= p.quantity;
                std::erase_if(r.open, [&](auto const& p) { return p.order == order; });
            }
        return true;
    }
    static bool adjust(model_row& r, int quantity) {
        bool const promised = quantity < 0 && r.reserved() > r.on_hand + quantity + r.limit + r.shortage();
        if (r.on_hand + quantity < 0 || promised) return false;
        r.on_hand += quantity;
        return true;
    }
    static bool allow(model_row& r, int limit) {
        if (limit != r.limit && r.reserved() > r.on_hand + limit + r.shortage()) return false;
        r.limit = limit;
        return true;
    }

private:
    static void give(model_row& r, std::size_t order) {
        if (r.open.empty() || r.open.back().order != order) r.open.push_back({order, 0});
        ++r.open.back().quantity;
    }
    std::map<std::pair<std::size_t, std::size_t>, int> left_;
};

}  // namespace integration
