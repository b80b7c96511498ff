// Reads the configuration file (TOML 1.0) into the texts that the table of settings understands.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace app {

struct toml_text {
    std::vector<std::pair<std::string, std::string>> values;  // key and text; an array is joined by commas
    std::vector<std::string> faults;
};

toml_text read_toml(std::filesystem::path const& file);

}  // namespace app
