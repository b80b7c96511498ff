// Brings another shop's products into this one: a whole file in one transaction, catalogue, stock, audit
// trail and events together, or nothing of it.
#pragma once

#include "core/task.hpp"
#include "db/database.hpp"
#include "importer/shopify.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace intake {

struct settings {
    core::currency currency;  // of the file's prices
    std::optional<std::string>
        location;          // a code; nothing: the location that gives first, made if there is none
    bool dry_run = false;  // does everything and takes it back
    // Told how many products have been written; may throw, which takes all of them back.
    std::function<void(std::size_t)> progress = {};
};

struct archived_variant {
    std::string handle;  // of its product
    std::string title;

    bool operator==(archived_variant const&) const = default;
};

struct outcome {
    std::size_t products_created = 0;
    std::size_t products_updated = 0;
    std::size_t products_unchanged = 0;
    std::size_t variants = 0;
    std::size_t media = 0;
    std::vector<archived_variant> archived;  // the file has their products, but no longer them
    std::string location;                    // empty: the file says nothing about stock
    bool location_made = false;
    std::size_t stock_changed = 0;  // rows of stock
    std::int64_t units = 0;         // that the file counts
    std::int64_t units_change = 0;  // against what was there

    bool operator==(outcome const&) const = default;
};

// The faults are what the shop refuses of a file that could be read: nothing of it is in then.
core::task<std::variant<outcome, importer::import_faults>> bring_in(db::scope db,
                                                                    importer::imported_catalogue file,
                                                                    settings s);

}  // namespace intake
