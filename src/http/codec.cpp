#include "http/codec.hpp"

#include "core/utf8.hpp"
#include "http/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace http {

namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> t{};
    for (std::size_t i = 0; i < 0x20; ++i) t[i] = true;
    t['"'] = t['\\'] = true;
    return t;
}();

// Whether one of eight bytes does: a byte minus 1 borrows into its highest bit only when it is zero, minus
// 0x20 when it is below that; bytes that have that bit already are none of those.
bool any_needs_escape(std::uint64_t eight) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t const quote = eight ^ (ones * '"');
    std::uint64_t const backslash = eight ^ (ones * '\\');
    std::uint64_t const found =
        ((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    return (found & (ones * 0x80)) != 0;
}

// Of the first byte at or behind `from` that needs it; the size when there is none.
std::size_t find_escape(std::string_view s, std::size_t from) {
    for (std::uint64_t eight; s.size() - from >= sizeof eight; from += sizeof eight) {
        std::memcpy(&eight, s.data() + from, sizeof eight);
        if (any_needs_escape(eight)) break;
    }
    while (from < s.size() && !needs_escape[static_cast<unsigned char>(s[from])]) ++from;
    return from;
}

void append_escape(std::string& out, char c) {
    static constexpr char hex[] = "0123456789abcdef";
    switch (c) {
        case '"': out.append("\\\""); break;
        case '\\': out.append("\\\\"); break;
        case '\n': out.append("\\n"); break;
        case '\r': out.append("\\r"); break;
        case '\t': out.append("\\t"); break;
        default: out.append("\\u00").append({hex[c >> 4], hex[c & 15]});
    }
}

}  // namespace

void write_string(std::string& out, std::string_view s) {
    out.push_back('"');
    std::size_t clean_from = 0;
    for (std::size_t at = find_escape(s, 0); at < s.size(); at = find_escape(s, clean_from)) {
        out.append(s, clean_from, at - clean_from);
        append_escape(out, s[at]);
        clean_from = at + 1;
    }
    out.append(s, clean_from).push_back('"');
}

void append_pointer(std::string& out, std::string_view token) {
    out.push_back('/');
    for (char const ch : token) {
        if (ch == '~')
            out.append("~0");
        else if (ch == '/')
            out.append("~1");
        else
            out.push_back(ch);
    }
}

checker::step::step(checker& c, std::string_view token) : c_(c), length_(c.where_.size()) {
    append_pointer(c_.where_, token);
}

void decode_object(member_table rows, void* object, json::value const& in, checker& c) {
    if (!in.is_object()) return c.reject("wrong_type", "must be an object");
    json::object const& fields = in.get_object();
    for (member const& row : rows) {
        checker::step const here(c, row.name);
        json::value const* field = fields.if_contains(row.name);
        if (field != nullptr)
            row.decode(object, *field, c);
        else if (row.required)
            c.reject("required", "is required");
    }
    for (auto const& field : fields) {
        bool const known = std::ranges::any_of(
            rows, [&](member const& row) { return row.name == std::string_view(field.key()); });
        if (known) continue;
        std::string_view const key = field.key();
        checker::step const here(c, core::cut_at_code_point(key, named_bytes_max));
        c.reject("unknown_field", "is not a known field");
    }
}

void schema_object(std::string const& name, void const* type, member_table rows, json::value& out,
                   components& all) {
    out = {{"$ref", "#/components/schemas/" + name}};
    for (auto const& [taken, owner] : all.owners)
        if (taken == name) {
            if (owner == type) return;
            throw std::logic_error("two types are both called " + name + " in the OpenAPI document");
        }
    all.owners.emplace_back(name, type);  // before descending, so that recursion ends
    json::object shape{{"type", "object"}, {"additionalProperties", false}};
    json::object properties;
    json::array required;
    for (member const& row : rows) {
        row.schema(properties[row.name], all);
        if (row.required) required.emplace_back(row.name);
    }
    shape["properties"] = std::move(properties);
    if (!required.empty()) shape["required"] = std::move(required);
    all.schemas[name] = std::move(shape);
}

void decode_text(std::string& out, json::value const& in, std::size_t min, std::size_t max, bool multiline,
                 checker& c) {
    if (!in.is_string()) return c.reject("wrong_type", "must be a string");
    std::string_view const text = in.get_string();
    auto const length = core::count_code_points(text);
    if (!length) return c.reject("not_utf8", "must be valid UTF-8");
    if (*length < min)
        c.reject("too_short",
                 min == 1 ? "must not be empty" : fmt::format("must have at least {} characters", min));
    if (*length > max) c.reject("too_long", fmt::format("must have at most {} characters", max));
    if (core::has_control_characters(text, multiline))
        c.reject("control_character", "must not contain control characters");
    out.assign(text);
}

void decode_integer(std::int64_t& out, json::value const& in, std::int64_t min, std::int64_t max,
                    checker& c) {
    bool const number = in.is_int64() || in.is_uint64();
    if (!number) return c.reject("wrong_type", "must be an integer");
    if (in.is_uint64()) return c.reject("too_large", fmt::format("must be at most {}", max));
    out = in.get_int64();
    if (out < min) c.reject("too_small", fmt::format("must be at least {}", min));
    if (out > max) c.reject("too_large", fmt::format("must be at most {}", max));
}

void decode_uuid(core::uuid& out, json::value const& in, checker& c) {
    if (!in.is_string()) return c.reject("wrong_type", "must be a string");
    auto const id = core::parse_uuid(std::string_view(in.get_string()));
    if (!id) return c.reject("not_a_uuid", "must be a UUID");
    out = *id;
}

void decode_timestamp(core::timestamp& out, json::value const& in, checker& c) {
    if (!in.is_string()) return c.reject("wrong_type", "must be a string");
    auto const t = core::parse_timestamp(std::string_view(in.get_string()));
    if (!t)
        return c.reject("not_a_time", "must be a time as RFC 3339 writes it, such as 2026-03-01T12:00:00Z");
    out = *t;
}

void decode_currency(core::currency& out, json::value const& in, checker& c) {
    if (!in.is_string()) return c.reject("wrong_type", "must be a string");
    auto const found = core::currency::find(std::string_view(in.get_string()));
    if (!found) return c.reject("not_a_currency", "must be an ISO 4217 currency code in capital letters");
    out = *found;
}

void decode_checked(std::string& out, json::value const& in, bool (*is)(std::string_view),
                    std::string_view code, std::string_view must, checker& c) {
    if (!in.is_string()) return c.reject("wrong_type", "must be a string");
    std::string_view const text = in.get_string();
    if (!is(text)) return c.reject(code, std::string(must));
    out.assign(text);
}

void decode_enum(int& out, json::value const& in, std::span<std::pair<std::string_view, int> const> names,
                 checker& c) {
    if (!in.is_string()) return c.reject("wrong_type", "must be a string");
    std::string allowed;
    for (auto const& [name, value] : names) {
        if (std::string_view(in.get_string()) == name) {
            out = value;
            return;
        }
        allowed.append(allowed.empty() ? "" : ", ").append(name);
    }
    c.reject("not_allowed", "must be one of " + allowed);
}

void reject_size(std::size_t size, std::size_t min, std::size_t max, checker& c) {
    if (size < min) c.reject("too_few", fmt::format("must have at least {} elements", min));
    if (size > max) c.reject("too_many", fmt::format("must have at most {} elements", max));
}

json::object text_schema(std::size_t min, std::size_t max) {
    return {{"type", "string"}, {"minLength", min}, {"maxLength", max}};
}

json::object format_schema(std::string_view format, std::string_view example) {
    return {{"type", "string"}, {"format", format}, {"examples", json::array{json::value(example)}}};
}

std::string schema_name_from(std::string_view pretty) {
    std::string_view whole = pretty.substr(pretty.find("T = ") + 4);
    whole = whole.substr(0, whole.find_first_of(";]"));
    std::string name;
    std::string word;
    auto const flush = [&] { name += std::exchange(word, {}); };
    for (char const ch : whole) {
        if (ch == ':')
            word.clear();
        else if (ch == '<') {
            flush();
            name += "_of_";
        } else if (ch == '>' || ch == ',')
            flush();
        else if (ch != ' ')
            word += ch;
    }
    flush();
    return name;
}

}  // namespace http
