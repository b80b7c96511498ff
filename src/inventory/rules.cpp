#include "inventory/rules.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace inventory {
namespace {

// Units owed beyond what is there and what may be owed: they shrink as stock comes or orders go.
std::int64_t owed(stock_record const& s) {
    return std::max<std::int64_t>(s.reserved - s.on_hand - s.backorder_limit, 0);
}

struct source {  // one location of one variant, as allocation uses it up
    stock_row const* row;
    std::int64_t on_hand;
    std::int64_t backorder;
};

std::vector<source> sources_of(std::span<stock_row const> rows) {
    std::vector<source> out;
    out.reserve(rows.size());
    for (stock_row const& r : rows) {
        std::int64_t const on_hand = std::max<std::int64_t>(r.on_hand - r.reserved, 0);
        std::int64_t const total = std::max<std::int64_t>(r.on_hand + r.backorder_limit - r.reserved, 0);
        out.push_back({&r, std::min(on_hand, total), total - std::min(on_hand, total)});
    }
    std::ranges::sort(out, {}, [](source const& s) {
        return std::tuple(s.row->variant_id, s.row->priority, s.row->location_id);
    });
    return out;
}

// Takes up to `wanted` units of `kind` for a line; returns what is still missing.
std::int64_t take(std::span<source> from, std::int64_t source::* kind, std::int64_t wanted, demand const& d,
                  allocation& out) {
    for (source& s : from) {
        std::int64_t const part = std::min(wanted, s.*kind);
        if (part == 0) continue;
        s.*kind -= part;
        wanted -= part;
        auto const same = std::ranges::find_if(out, [&](portion const& p) {
            return p.order_line_id == d.order_line_id && p.location_id == s.row->location_id;
        });
        std::int64_t const owed = kind == &source::backorder ? part : 0;
        if (same != out.end()) {
            same->quantity += part;
            same->backordered += owed;
        } else
            out.push_back({d.order_id, d.order_line_id, d.variant_id, s.row->location_id, part, owed});
    }
    return wanted;
}

}  // namespace

core::result<allocation> allocate(std::span<stock_row const> rows, std::span<demand const> demands) {
    std::vector<source> sources = sources_of(rows);
    auto const sources_for = [&](core::uuid variant) {
        auto const found =
            std::ranges::equal_range(sources, variant, {}, [](source const& s) { return s.row->variant_id; });
        return std::span<source>(found.begin(), found.end());
    };
    allocation out;
    std::vector<core::violation> short_lines;
    std::vector<std::int64_t> missing(demands.size());
    // Every line's share of what is on hand before any line's backorder.
    std::vector<allocation> parts(demands.size());
    for (std::size_t i = 0; i < demands.size(); ++i)
        missing[i] = take(sources_for(demands[i].variant_id), &source::on_hand, demands[i].quantity,
                          demands[i], parts[i]);
    for (std::size_t i = 0; i < demands.size(); ++i) {
        if (missing[i] > 0)
            missing[i] = take(sources_for(demands[i].variant_id), &source::backorder, missing[i], demands[i],
                              parts[i]);
        if (missing[i] > 0)
            short_lines.push_back(
                {"/lines/" + std::to_string(i), "out_of_stock", "is not in stock in this quantity"});
        out.insert(out.end(), parts[i].begin(), parts[i].end());
    }
    if (!short_lines.empty()) return core::problem{out_of_stock, std::move(short_lines)};
    return out;
}

namespace {

// The rows of one variant, among rows by variant.
std::span<stock_row> rows_of(std::span<stock_row> rows, core::uuid variant) {
    auto const found = std::ranges::equal_range(rows, variant, {}, &stock_row::variant_id);
    return {found.begin(), found.end()};
}

void take_out(std::span<stock_row> rows, allocation const& what) {
    for (portion const& p : what) {
        auto const of = rows_of(rows, p.variant_id);
        std::ranges::find(of, p.location_id, &stock_row::location_id)->reserved += p.quantity;
    }
}

}  // namespace

std::vector<core::result<allocation>> allocate_in_turn(std::span<stock_row> rows,
                                                       std::span<std::vector<demand> const> orders) {
    std::vector<core::result<allocation>> out;
    out.reserve(orders.size());
    for (std::vector<demand> const& wanted : orders) {
        std::vector<core::uuid> variants;
        for (demand const& d : wanted) variants.push_back(d.variant_id);
        std::ranges::sort(variants);
        auto const twice = std::ranges::unique(variants);
        variants.erase(twice.begin(), twice.end());
        std::vector<stock_row> its;
        for (core::uuid const v : variants) {
            auto const of = rows_of(rows, v);
            its.insert(its.end(), of.begin(), of.end());
        }
        out.push_back(allocate(its, wanted));
        if (out.back()) take_out(rows, *out.back());
    }
    return out;
}

std::int64_t available(stock_record const& s) {
    return std::max<std::int64_t>(s.on_hand + s.backorder_limit - s.reserved, 0);
}

core::result<stock_record> adjusted(stock_record s, std::int64_t quantity) {
    if (quantity > 0 && s.on_hand > on_hand_max - quantity) return stock_too_large;
    s.on_hand += quantity;
    s.version += 1;
    if (s.on_hand < 0) return insufficient_stock;
    if (quantity < 0 && s.reserved > s.on_hand + s.backorder_limit + s.shortage) return insufficient_stock;
    s.shortage = std::min(s.shortage, owed(s));
    return s;
}

stock_record counted_as(stock_record s, std::int64_t found) {
    if (s.on_hand == found) return s;
    s.on_hand = found;
    s.version += 1;
    s.shortage = owed(s);
    return s;
}

core::result<stock_record> with_backorder_limit(stock_record s, std::int64_t limit) {
    s.backorder_limit = limit;
    s.version += 1;
    if (s.reserved > s.on_hand + s.backorder_limit + s.shortage) return insufficient_stock;
    s.shortage = std::min(s.shortage, owed(s));
    return s;
}

}  // namespace inventory
