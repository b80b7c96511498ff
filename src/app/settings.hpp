// The one table of settings. A row says how a setting is called everywhere, what it is when nobody
// says anything, and how its text is understood.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace app {

struct configuration;

enum class setting_kind : std::uint8_t { text, boolean, integer, list, secret, secret_url };

struct setting {
    std::string_view key;          // in the TOML file, and the setting's name
    std::string_view flag;         // "--listen"; empty: secrets don't belong on a command line
    std::string_view variable;     // "CARRACK_LISTEN"
    std::string_view placeholder;  // "ADDR:PORT"
    std::string_view fallback;
    std::string_view help;
    setting_kind kind;
    std::string_view only_for;  // the one command whose help lists it; empty: all
    // Understands `text` and stores it; otherwise says why not, to go behind the quoted text.
    std::string (*apply)(std::string const& text, configuration& into);
};

std::span<setting const> settings();
setting const* find_setting(std::string_view key);

// " Did you mean --listen?", or nothing when no candidate is near enough.
std::string did_you_mean(std::string_view written, std::span<std::string_view const> candidates);

}  // namespace app
