// What a command of the program is: its name, its flags, and what it does once the configuration is
// understood. One file for each; main.cpp lists them.
#pragma once

#include "app/command_line.hpp"
#include "app/configuration.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;  // the command line, the configuration or the set-up is wrong

// Something about the machine or the set-up stops us. what() is one sentence and what to do.
class setup_error : public std::runtime_error {
public:
    explicit setup_error(std::string const& sentence, int exit_code = exit_failed)
        : std::runtime_error(sentence), exit_code_(exit_code) {}
    int exit_code() const { return exit_code_; }

private:
    int exit_code_;
};

struct invocation {
    arguments given;
    configuration settings;
    std::vector<setting_in_force> in_force;
};

struct command {
    std::string_view name;
    std::string_view words;    // what may stand behind it: "FILE…"
    std::string_view summary;  // one line
    std::span<own_flag const> flags;
    std::size_t words_max;
    bool configured;  // false: runs whatever the configuration is like
    int (*run)(invocation const& i);
    std::string_view note = {};  // for --help: what one should know before
    bool settings_shown = true;  // in --help; of commands that none of them changes, not
};

extern command const config_command;
extern command const doctor_command;
extern command const import_command;
extern command const keys_command;
extern command const migrate_command;
extern command const openapi_command;
extern command const serve_command;
extern command const up_command;
extern command const verify_command;
extern command const version_command;

std::span<command const* const> commands();

// Everything that main() does. `environment` as in load_configuration.
int run_program(std::span<char const* const> words, char const* const* environment);

}  // namespace app
