// Splits a command's arguments into settings, flags of its own, and words, and reports every fault
// at once.
#pragma once

#include "app/settings.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

struct own_flag {
    std::string_view name;         // "--json"
    std::string_view placeholder;  // "FILE"; empty: a switch
    std::string_view help;
};

struct arguments {
    std::vector<std::pair<setting const*, std::string>> settings;
    std::map<std::string, std::string, std::less<>> own;  // a switch is there with the value "true"
    std::vector<std::string> words;
    std::string config_file;  // --config
    bool help = false;
    std::vector<std::string> faults;

    bool has(std::string_view flag) const { return own.find(flag) != own.end(); }
};

// `words_max`: how many words the command takes beside its flags.
arguments parse_arguments(std::string_view command, std::span<char const* const> given,
                          std::span<own_flag const> own, std::size_t words_max);

// The list of flags for --help: the command's own, then the settings.
std::string describe_flags(std::string_view command, std::span<own_flag const> own, bool with_settings);

}  // namespace app
