#include "http/openapi_example.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace http {
namespace {

std::string_view text_at(json::object const& schema, std::string_view key) {
    json::value const* found = schema.if_contains(key);
    return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                  : std::string_view{};
}

// Enough to tell whether a word is meant for this member and not for a namesake of another kind.
bool fits(json::object const& schema, json::value const& v) {
    if (json::value const* allowed = schema.if_contains("enum"))
        return std::ranges::find(allowed->get_array(), v) != allowed->get_array().end();
    if (schema.contains("$ref")) return v.is_object();
    if (json::value const* either = schema.if_contains("anyOf"))
        return std::ranges::any_of(either->get_array(),
                                   [&](json::value const& one) { return fits(one.get_object(), v); });
    std::string_view const type = text_at(schema, "type");
    if (text_at(schema, "format") == "uuid") return v.is_string() && v.get_string().size() == 36;
    if (json::value const* most = schema.if_contains("maxLength"); most != nullptr && v.is_string())
        if (v.get_string().size() > most->to_number<std::size_t>()) return false;
    return type.empty() || (type == "string" && v.is_string()) || (type == "integer" && v.is_int64()) ||
           (type == "boolean" && v.is_bool()) || (type == "array" && v.is_array()) ||
           (type == "object" && v.is_object()) || (type == "null" && v.is_null());
}

// For a text that nobody gave a word: its own name, within its bounds.
std::string plain_text(json::object const& schema, std::string_view member) {
    std::string out(member.empty() ? "text" : member);
    std::ranges::replace(out, '_', ' ');
    if (json::value const* least = schema.if_contains("minLength"))
        out.resize(std::max(out.size(), least->to_number<std::size_t>()), 'x');
    if (json::value const* most = schema.if_contains("maxLength"))
        out.resize(std::min(out.size(), most->to_number<std::size_t>()));
    return out;
}

json::value plain_integer(json::object const& schema) {
    json::value const* least = schema.if_contains("minimum");
    return std::max<std::int64_t>(1, least != nullptr ? least->to_number<std::int64_t>() : 1);
}

}  // namespace

std::optional<json::value> example_maker::word_for(json::object const& schema, std::string_view member,
                                                   std::string_view of) const {
    std::string const full = std::string(of) + "." + std::string(member);
    for (std::string_view const wanted : {std::string_view(full), member})
        for (example_word const& w : words_) {
            if (w.member != wanted) continue;
            json::value v = json::parse(json::string_view(w.json.data(), w.json.size()));
            if (fits(schema, v)) return v;
        }
    return std::nullopt;
}

json::object example_maker::object(json::object const& schema, std::string_view name) const {
    json::object out;
    if (json::value const* members = schema.if_contains("properties"))
        for (auto const& [key, shape] : members->get_object()) out[key] = make(shape, key, name);
    return out;
}

json::value example_maker::make(json::value const& of_schema, std::string_view member,
                                std::string_view of) const {
    json::object const& schema = of_schema.get_object();
    if (auto word = word_for(schema, member, of)) return std::move(*word);
    if (std::string_view const target = text_at(schema, "$ref"); !target.empty()) {
        std::string_view const name = target.substr(target.rfind('/') + 1);
        if (auto whole = word_for(schema, name, "")) return std::move(*whole);
        return object(schemas_.at(name).get_object(), name);
    }
    if (json::value const* either = schema.if_contains("anyOf"))
        return make(either->get_array().front(), member, of);
    if (json::value const* given = schema.if_contains("examples")) return given->get_array().front();
    if (json::value const* given = schema.if_contains("default")) return *given;
    if (json::value const* allowed = schema.if_contains("enum")) return allowed->get_array().front();
    std::string_view const type = text_at(schema, "type");
    if (type == "array") return json::array{make(schema.at("items"), member, of)};
    if (type == "object") return object(schema, of);
    if (type == "integer") return plain_integer(schema);
    if (type == "boolean") return true;
    if (type == "string") return json::value(plain_text(schema, member));
    return nullptr;
}

}  // namespace http
