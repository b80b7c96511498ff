#include "app/toml_file.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>
#pragma clang diagnostic pop

namespace app {

namespace {

std::optional<std::string> scalar_text(toml::node const& node) {
    if (auto const s = node.as_string()) return s->get();
    if (auto const b = node.as_boolean()) return std::string(b->get() ? "true" : "false");
    if (auto const i = node.as_integer()) return std::to_string(i->get());
    return std::nullopt;
}

std::optional<std::string> value_text(toml::node const& node) {
    auto const items = node.as_array();
    if (items == nullptr) return scalar_text(node);
    std::string joined;
    for (auto const& item : *items) {
        auto const text = scalar_text(item);
        if (!text) return std::nullopt;
        joined += (joined.empty() ? "" : ",") + *text;
    }
    return joined;
}

}  // namespace

toml_text read_toml(std::filesystem::path const& file) {
    toml_text out;
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::stringstream content;
    if (in) content << in.rdbuf();
    if (!in || std::filesystem::is_directory(file)) {
        int const error = errno == 0 ? EISDIR : errno;
        out.faults.push_back(fmt::format("The configuration file {} cannot be read: {}.", file.string(),
                                         std::generic_category().message(error)));
        return out;
    }
    auto const parsed = toml::parse(content.str());
    if (!parsed) {
        auto const& error = parsed.error();
        out.faults.push_back(fmt::format("{}, line {}, column {}: {}.", file.string(),
                                         error.source().begin.line, error.source().begin.column,
                                         error.description()));
        return out;
    }
    for (auto const& [key, node] : parsed.table()) {
        std::string const name(key.str());
        if (auto text = value_text(node))
            out.values.emplace_back(name, std::move(*text));
        else
            out.faults.push_back(fmt::format(
                "{}, line {}: {} is neither a text, a whole number, true or false, nor a list of them.",
                file.string(), node.source().begin.line, name));
    }
    return out;
}

}  // namespace app
