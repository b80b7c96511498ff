// What `carrack import` says of each file, for people and for programs.
#pragma once

#include "importer/plan.hpp"
#include "intake/intake.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace app {

struct file_report {
    std::string file;
    std::optional<intake::outcome> done;  // nothing: the faults say why
    importer::import_faults faults;
    importer::import_plan plan;
    std::vector<importer::row_error> warnings;
    std::vector<importer::ignored_column> ignored;
};

// Of many faults the first hundred, unless all are asked for.
std::string describe(file_report const& r, bool dry_run, bool all_faults);
std::string describe_total(std::span<file_report const> all, bool dry_run);  // of several files
std::string to_json(std::span<file_report const> all, bool dry_run);

}  // namespace app
