#include "app/command.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

namespace app {

namespace {

constexpr command const* list[] = {&up_command,      &serve_command,  &migrate_command, &import_command,
                                   &keys_command,    &doctor_command, &verify_command,  &config_command,
                                   &openapi_command, &version_command};

std::string help() {
    std::string out =
        "Carrack: a complete commerce backend in one program on PostgreSQL.\n\nUsage: carrack COMMAND "
        "[FLAGS]\n\nCommands:\n";
    for (auto const c : commands()) out += fmt::format("  {:<10} {}\n", c->name, c->summary);
    return out + "\ncarrack COMMAND --help tells a command's flags and settings.\n";
}

std::string help(command const& c) {
    return fmt::format("carrack {}{}{} [FLAGS]: {}\n{}\n{}", c.name, c.words.empty() ? "" : " ", c.words,
                       c.summary, c.note, describe_flags(c.name, c.flags, c.settings_shown));
}

int complain(std::span<std::string const> faults) {
    for (auto const& fault : faults) fmt::print(stderr, "carrack: {}\n", fault);
    return exit_usage;
}

command const* find_command(std::string_view name) {
    for (auto const c : commands())
        if (c->name == name) return c;
    return nullptr;
}

int unknown_command(std::string_view name) {
    std::vector<std::string_view> names;
    for (auto const c : commands()) names.push_back(c->name);
    std::string const fault = fmt::format("There is no command \"{}\".{} carrack --help lists them.", name,
                                          did_you_mean(name, names));
    return complain({&fault, 1});
}

int flag_before_command(std::span<char const* const> words) {
    auto const command =
        std::ranges::find_if(words, [](std::string_view w) { return find_command(w) != nullptr; });
    std::string_view const name = command == words.end() ? "COMMAND" : *command;
    std::string const fault =
        fmt::format("Flags come after the command: write carrack {} {} …", name, words[0]);
    return complain({&fault, 1});
}

int run_command(command const& c, std::span<char const* const> words, char const* const* environment) {
    invocation i{parse_arguments(c.name, words, c.flags, c.words_max), {}, {}};
    if (i.given.help) {
        fmt::print("{}", help(c));
        return exit_done;
    }
    if (!c.configured) return i.given.faults.empty() ? c.run(i) : complain(i.given.faults);
    auto loaded = load_configuration(i.given, environment);
    if (!loaded.faults.empty()) return complain(loaded.faults);
    i.settings = std::move(loaded.values);
    i.in_force = std::move(loaded.in_force);
    return c.run(i);
}

}  // namespace

std::span<command const* const> commands() { return list; }

int run_program(std::span<char const* const> words, char const* const* environment) {
    std::string_view const name = words.empty() ? "help" : words[0];
    if (name == "help" || name == "--help" || name == "-h") {
        auto const about = words.size() > 1 ? find_command(words[1]) : nullptr;
        if (words.size() > 1 && about == nullptr) return unknown_command(words[1]);
        fmt::print("{}", about != nullptr ? help(*about) : help());
        return exit_done;
    }
    auto const found = find_command(name == "--version" || name == "-v" ? "version" : name);
    if (found == nullptr) return name.starts_with('-') ? flag_before_command(words) : unknown_command(name);
    try {
        return run_command(*found, words.subspan(1), environment);
    } catch (setup_error const& e) {
        fmt::print(stderr, "carrack: {}\n", e.what());
        return e.exit_code();
    } catch (std::exception const& e) {
        fmt::print(stderr, "carrack: {} failed: {}\n", found->name, e.what());
        return exit_failed;
    }
}

}  // namespace app
