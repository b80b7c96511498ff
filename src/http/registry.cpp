#include "http/registry.hpp"

#include "core/utf8.hpp"
#include "http/endpoint.hpp"
#include "http/failures.hpp"
#include "http/json_read.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <stdexcept>

namespace http {

struct registry::node {
    std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
    std::unique_ptr<node> parameter;
    std::array<route const*, method_names.size()> by_method{};

    bool serves() const {
        for (auto const* r : by_method)
            if (r != nullptr) return true;
        return false;
    }
    // Literals win over parameters; a dead end goes back to the parameter.
    node const* walk(std::string_view path, std::array<std::string_view, path_parameters_max>& found,
                     std::size_t depth) const {
        if (path.empty()) return serves() ? this : nullptr;
        std::size_t const end = std::min(path.find('/', 1), path.size());
        std::string_view const segment = path.substr(1, end - 1);
        if (path.front() != '/' || segment.empty() || segment == "." || segment == "..") return nullptr;
        std::string_view const rest = path.substr(end);
        if (auto const at = literals.find(segment); at != literals.end())
            if (node const* hit = at->second->walk(rest, found, depth)) return hit;
        if (!parameter || depth == path_parameters_max) return nullptr;
        found[depth] = segment;
        return parameter->walk(rest, found, depth + 1);
    }
};

registry::registry() : root_(std::make_unique<node>()) {}
registry::~registry() = default;

void registry::add(route r) {
    if (!ids_.insert(r.operation).second) throw std::logic_error("two routes are called " + r.operation);
    r.index = routes_.size();
    routes_.push_back(std::make_unique<route>(std::move(r)));
    route const* added = routes_.back().get();
    node* at = root_.get();
    std::string_view path = added->path;
    while (!path.empty()) {
        std::size_t const end = std::min(path.find('/', 1), path.size());
        std::string_view const segment = path.substr(1, end - 1);
        std::unique_ptr<node>& next =
            segment.starts_with('{') ? at->parameter : at->literals[std::string(segment)];
        if (!next) next = std::make_unique<node>();
        at = next.get();
        path.remove_prefix(end);
    }
    route const*& slot = at->by_method[static_cast<std::size_t>(added->verb)];
    if (slot != nullptr) throw std::logic_error("two routes answer " + added->path);
    slot = added;
}

void registry::add_raw(method verb, std::string path, std::string name, raw_fn answer) {
    if (path.starts_with(staff_paths))
        throw std::logic_error("a raw route has no permission, so it cannot be " + path);
    route r;
    r.verb = verb;
    r.path = std::move(path);
    r.operation = std::move(name);
    r.raw = std::move(answer);
    add(std::move(r));
}

registry::match registry::find(method verb, std::string_view path) const {
    match out;
    node const* at = root_->walk(path, out.parameters, 0);
    if (at == nullptr) return out;
    out.to = at->by_method[static_cast<std::size_t>(verb)];
    for (std::size_t i = 0; i < method_names.size(); ++i) {
        if (at->by_method[i] == nullptr) continue;
        out.allowed.append(out.allowed.empty() ? "" : ", ").append(method_names[i]);
        if (i == 0) out.allowed.append(", HEAD");
    }
    if (!out.allowed.empty()) out.allowed.append(", OPTIONS");
    return out;
}

std::vector<permission> registry::permissions() const {
    std::vector<permission> out;
    for (auto const& r : routes_)
        if (r->allow.level == access::kind::permitted)
            out.push_back({name_of(r->verb), r->path, r->allow.resource, r->operation, r->allow.limitable});
    return out;
}

namespace {

// Percent-decoding; nothing on a bad escape, on text that is not UTF-8 and on NUL.
std::optional<std::string> percent_decode(std::string_view in, bool plus_is_space) {
    std::string out;
    out.reserve(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] == '+' && plus_is_space)
            out.push_back(' ');
        else if (in[i] != '%')
            out.push_back(in[i]);
        else {
            unsigned code = 0;
            if (i + 2 >= in.size()) return std::nullopt;
            auto const [end, ec] = std::from_chars(&in[i + 1], &in[i + 1] + 2, code, 16);
            if (ec != std::errc{} || end != &in[i + 1] + 2 || code == 0) return std::nullopt;
            out.push_back(static_cast<char>(code));
            i += 2;
        }
    }
    if (!core::count_code_points(out)) return std::nullopt;
    return out;
}

// Text from the path or the query, as the JSON kind that the member expects.
json::value from_text(std::string const& text, scalar kind) {
    if (kind == scalar::boolean && (text == "true" || text == "false")) return text == "true";
    if (kind == scalar::integer) {
        std::int64_t number = 0;
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (ec == std::errc{} && end == text.data() + text.size()) return number;
    }
    return json::value(text);
}

scalar kind_of(route const& to, std::string_view name) {
    for (member const& m : to.request_members)
        if (m.name == name) return m.kind;
    return scalar::string;
}

// The names between braces in a route's path, in order.
std::vector<std::string_view> parameter_names(std::string_view path) {
    std::vector<std::string_view> out;
    for (std::size_t open = path.find('{'); open != path.npos; open = path.find('{', open + 1))
        out.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
    return out;
}

using faults = std::vector<core::violation>;

void read_query(route const& to, std::string_view query, json::object& into, faults& bad) {
    static constexpr std::size_t parameters_max = 50;
    std::size_t count = 0;
    while (!query.empty()) {
        std::size_t const end = std::min(query.find('&'), query.size());
        std::string_view const pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) continue;
        if (++count > parameters_max)
            return void(
                bad.push_back({"", "too_many", fmt::format("at most {} parameters", parameters_max)}));
        std::size_t const equals = std::min(pair.find('='), pair.size());
        auto const name = percent_decode(pair.substr(0, equals), true);
        auto const value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value) {
            bad.push_back({"", "bad_escape", "the query holds a bad escape or text that is not UTF-8"});
        } else if (into.contains(*name)) {
            std::string pointer;
            append_pointer(pointer, core::cut_at_code_point(*name, named_bytes_max));
            bad.push_back({std::move(pointer), "repeated", "is given twice"});
        } else
            into.emplace(*name, from_text(*value, kind_of(to, *name)));
    }
}

}  // namespace

core::result<assembled> assemble_input(route const& to, registry::match const& found, request const& in) {
    json::object input;
    faults bad;
    if (has_body(to.verb)) {
        if (!in.query.empty())
            bad.push_back({"", "unknown_parameter", "this endpoint takes no query parameters"});
        if (!in.body.empty()) {
            parsed_json parsed = parse_json(in.body);
            if (!parsed.faults.empty()) return core::problem{body_malformed, std::move(parsed.faults)};
            if (!parsed.value.is_object())
                return core::problem{core::invalid_request, {{"", "wrong_type", "must be an object"}}};
            input = std::move(parsed.value.get_object());
        }
    } else
        read_query(to, in.query, input, bad);
    std::size_t index = 0;
    for (std::string_view const name : parameter_names(to.path)) {
        auto const value = percent_decode(found.parameters[index++], false);
        if (!value || value->find('/') != std::string::npos) return core::not_found;
        if (input.contains(name))
            bad.push_back({"/" + std::string(name), "unknown_field", "is given by the address"});
        else
            input.emplace(name, from_text(*value, kind_of(to, name)));
    }
    return assembled{std::move(input), std::move(bad)};
}

}  // namespace http
