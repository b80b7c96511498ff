#include "app/command_line.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace app {

namespace {

struct known_flag {
    std::string_view name;
    bool takes_value = false;
    setting const* what = nullptr;  // null: the command's own, --config or --help
};

std::vector<known_flag> known_flags(std::string_view command, std::span<own_flag const> own) {
    std::vector<known_flag> out{{"--help", false, nullptr}, {"--config", true, nullptr}};
    for (auto const& f : own) out.push_back({f.name, !f.placeholder.empty(), nullptr});
    for (auto const& s : settings())
        if (!s.flag.empty() && (s.only_for.empty() || s.only_for == command))
            out.push_back({s.flag, s.kind != setting_kind::boolean, &s});
    return out;
}

std::string unknown_flag(std::string_view command, std::string_view name, std::span<known_flag const> known) {
    std::vector<std::string_view> names;
    for (auto const& f : known) names.push_back(f.name);
    std::string key(name.substr(std::min<std::size_t>(2, name.size())));
    std::replace(key.begin(), key.end(), '-', '_');
    for (auto const& s : settings())
        if (s.flag.empty() && s.key == key)
            return fmt::format("{} is a secret and has no flag; set {} in the environment.", name,
                               s.variable);
    return fmt::format("carrack {0} does not know the flag {1}.{2} carrack {0} --help lists them.", command,
                       name, did_you_mean(name, names));
}

class reader {
public:
    reader(std::string_view command, std::span<char const* const> given, std::span<own_flag const> own)
        : command_(command), given_(given), known_(known_flags(command, own)) {}

    arguments read(std::size_t words_max) {
        bool only_words = false;
        for (at_ = 0; at_ < given_.size(); ++at_) {
            std::string_view const word = given_[at_];
            if (only_words || word.size() < 2 || word[0] != '-')
                out_.words.emplace_back(word);
            else if (word == "--")
                only_words = true;
            else
                take_flag(word == "-h" ? "--help" : word);
        }
        for (std::size_t i = words_max; i < out_.words.size(); ++i)
            out_.faults.push_back(
                fmt::format("carrack {} does not know what to do with \"{}\"; carrack {} --help tells.",
                            command_, out_.words[i], command_));
        return std::move(out_);
    }

private:
    void take_flag(std::string_view word) {
        auto const equals = word.find('=');
        std::string_view const name = word.substr(0, equals);
        std::optional<std::string_view> value;
        if (equals != std::string_view::npos) value = word.substr(equals + 1);

        bool const negated = name.starts_with("--no-");
        std::string const positive = negated ? fmt::format("--{}", name.substr(5)) : std::string(name);
        for (auto const& flag : known_) {
            if (flag.name == name) return store(flag, value);
            if (negated && flag.name == positive && flag.what != nullptr && !flag.takes_value && !value)
                return out_.settings.emplace_back(flag.what, "false"), void();
        }
        out_.faults.push_back(unknown_flag(command_, name, known_));
    }

    void store(known_flag const& flag, std::optional<std::string_view> value) {
        if (flag.takes_value && !value) {
            // A value that looks like a flag is one: somebody forgot the value.
            bool const there =
                at_ + 1 < given_.size() && !std::string_view(given_[at_ + 1]).starts_with("--");
            if (!there) {
                out_.faults.push_back(
                    fmt::format("{} needs a value; carrack {} --help tells which.", flag.name, command_));
                return;
            }
            value = given_[++at_];
        }
        bool const is_switch = !flag.takes_value;
        if (is_switch && flag.what == nullptr && value)
            out_.faults.push_back(fmt::format("{} takes no value; leave \"={}\" out.", flag.name, *value));
        else if (flag.name == "--help")
            out_.help = true;
        else if (flag.name == "--config")
            out_.config_file = *value;
        else if (flag.what != nullptr)
            out_.settings.emplace_back(flag.what, value.value_or("true"));
        else
            out_.own.insert_or_assign(std::string(flag.name), std::string(value.value_or("true")));
    }

    std::string_view command_;
    std::span<char const* const> given_;
    std::vector<known_flag> known_;
    std::size_t at_ = 0;
    arguments out_;
};

void describe(std::string& out, std::string_view name, std::string_view placeholder, std::string_view help) {
    std::string const left = fmt::format("{}{}{}", name, placeholder.empty() ? "" : " ", placeholder);
    out += fmt::format("  {:<28} {}\n", left, help);
}

}  // namespace

arguments parse_arguments(std::string_view command, std::span<char const* const> given,
                          std::span<own_flag const> own, std::size_t words_max) {
    return reader(command, given, own).read(words_max);
}

std::string describe_flags(std::string_view command, std::span<own_flag const> own, bool with_settings) {
    std::string out = "Flags:\n";
    for (auto const& f : own) describe(out, f.name, f.placeholder, f.help);
    describe(out, "--help", "", "this text");
    if (!with_settings) return out;
    out += "\nSettings: a flag beats the environment, which beats the TOML file.\n";
    describe(out, "--config", "FILE",
             "the TOML file [CARRACK_CONFIG; carrack.toml in the data folder if there]");
    for (auto const& s : settings()) {
        if (!s.only_for.empty() && s.only_for != command) continue;
        std::string const fallback = s.fallback.empty() ? "" : fmt::format("; default {}", s.fallback);
        describe(out, s.flag.empty() ? std::string_view("(no flag)") : s.flag,
                 s.flag.empty() ? "" : s.placeholder, fmt::format("{} [{}{}]", s.help, s.variable, fallback));
    }
    return out;
}

}  // namespace app
