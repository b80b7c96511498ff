#include "http/openapi.hpp"

#include "http/failures.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace http {
namespace {

json::object reference(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

json::object problem_schema() {
    json::object const violation{
        {"type", "object"},
        {"required", {"pointer", "code", "message"}},
        {"properties",
         {{"pointer", {{"type", "string"}, {"description", "JSON pointer (RFC 6901) to the fault; empty for the whole"},
                       {"examples", {"/lines/0/quantity"}}}},
          {"code", {{"type", "string"}, {"examples", {"too_small"}}}},
          {"message", {{"type", "string"}, {"examples", {"must be at least 1"}}}}}}};
    return {{"type", "object"},
            {"description", "RFC 9457 problem details"},
            {"required", {"type", "title", "status", "detail", "code", "request_id"}},
            {"properties",
             {{"type", {{"type", "string"}, {"format", "uri"}}},
              {"title", {{"type", "string"}}},
              {"status", {{"type", "integer"}}},
              {"detail", {{"type", "string"}}},
              {"code", {{"type", "string"}, {"description", "Stable; for programs"}}},
              {"request_id", {{"type", "string"}}},
              {"errors", {{"type", "array"}, {"items", violation}}}}}};
}

json::object problem_example(core::failure const& f) {
    return {{"summary", f.message},
            {"value",
             {{"type", "urn:carrack:problem:" + std::string(f.code)},
              {"title", f.message},
              {"status", status_of(f)},
              {"detail", f.message},
              {"code", f.code},
              {"request_id", "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10"}}}};
}

struct operation_writer {
    route const& of;
    components& all;
    json::array parameters;
    json::object body_properties;
    json::array body_required;

    bool in_path(std::string_view name) const { return of.path.find(fmt::format("{{{}}}", name)) != std::string::npos; }

    void members() {
        for (member const& m : of.request_members) {
            json::value schema;
            m.schema(schema, all);
            bool const path = in_path(m.name);
            if (path || !has_body(of.verb)) {
                parameters.push_back({{"name", m.name},
                                      {"in", path ? "path" : "query"},
                                      {"required", path || m.required},
                                      {"schema", std::move(schema)}});
            } else {
                body_properties[m.name] = std::move(schema);
                if (m.required) body_required.emplace_back(m.name);
            }
        }
    }

    void fields() {
        spec const& s = *of.declared;
        parameters.push_back(reference("parameters", "request_id"));
        if (s.verb == method::post && s.retry != replay::none)
            parameters.push_back(reference("parameters", s.retry == replay::keyed ? "idempotency_key" : "idempotency_key_optional"));
        if (s.verb == method::get) parameters.push_back(reference("parameters", "if_none_match"));
        if (s.match == precondition::required) parameters.push_back(reference("parameters", "if_match"));
        else if (takes_version()) parameters.push_back(reference("parameters", "if_match_optional"));
    }

    // A change of one thing that has a version heeds If-Match also where it is not required.
    bool takes_version() const {
        spec const& s = *of.declared;
        return s.match != precondition::none ||
               (of.response_has_version && s.verb != method::get && s.verb != method::post);
    }

    void body(json::object& op) {
        if (body_properties.empty()) return;
        std::string const name = of.request_name() + "_body";
        json::object shape{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(body_properties)}};
        bool const needed = !body_required.empty();
        if (needed) shape["required"] = std::move(body_required);
        if (!all.schemas.contains(name)) all.schemas[name] = std::move(shape);
        op["requestBody"] = {{"required", needed},
                             {"content", {{"application/json", {{"schema", reference("schemas", name)}}}}}};
    }

    json::object success() {
        json::object good{{"description", std::string(of.declared->summary)}};
        json::object fields{{"X-Request-Id", reference("headers", "request_id")}};
        if (of.response_schema == nullptr) good["description"] = "Done; there is nothing to say.";
        else {
            json::value schema;
            of.response_schema(schema, all);
            good["content"] = {{"application/json", {{"schema", std::move(schema)}}}};
            if (of.verb == method::get || of.response_has_version) fields["ETag"] = reference("headers", "etag");
        }
        good["headers"] = std::move(fields);
        return good;
    }

    json::object responses() {
        spec const& s = *of.declared;
        std::map<int, std::vector<core::failure const*>> by_status;
        auto const add = [&](core::failure const& f) {
            auto& named = by_status[status_of(f)];
            if (std::ranges::find(named, &f) == named.end()) named.push_back(&f);
        };
        for (core::failure const* f : s.fails_with)
            if (f != nullptr) add(*f);
        add(core::invalid_request);
        if (s.allow.level != access::kind::everyone) {
            add(authentication_required);
            add(access_token_invalid);
        }
        if (s.allow.level == access::kind::permitted) add(permission_denied);
        add(core::overloaded);
        add(core::database_unavailable);
        if (has_body(s.verb)) {
            add(body_malformed);
            add(body_too_large);
            add(media_type_unsupported);
        }
        if (s.retry == replay::keyed) add(idempotency_key_required);
        if (takes_version()) add(core::version_stale);
        if (s.match == precondition::required) add(core::version_required);
        json::object out;
        out[std::to_string(s.success)] = success();
        if (s.verb == method::get) out["304"] = {{"description", "Not modified since the ETag in If-None-Match"}};
        for (auto const& [status, failures] : by_status) {
            json::object examples;
            std::string says;
            for (core::failure const* f : failures) {
                examples[f->code] = reference("examples", f->code);
                all.examples[f->code] = problem_example(*f);
                says.append(says.empty() ? "" : "; ").append(f->code);
            }
            out[std::to_string(status)] = {
                {"description", says},
                {"content", {{"application/problem+json",
                              {{"schema", reference("schemas", "problem")}, {"examples", std::move(examples)}}}}}};
        }
        out["default"] = reference("responses", "problem");
        return out;
    }

    json::object write() {
        spec const& s = *of.declared;
        json::object op{{"operationId", s.id}, {"summary", s.summary}};
        if (!s.description.empty()) op["description"] = s.description;
        std::string_view const after_version = s.path.substr(std::min(s.path.find('/', 1), s.path.size()));
        std::string_view const area = after_version.substr(1, after_version.find('/', 1) - 1);
        op["tags"] = json::array{json::value(s.allow.level == access::kind::permitted ? s.allow.resource : area)};
        members();
        fields();
        op["parameters"] = std::move(parameters);
        body(op);
        op["responses"] = responses();
        if (s.allow.level == access::kind::everyone) op["security"] = json::array{};
        else op["security"] = json::array{json::object{{"access_token", json::array{}}}};
        if (s.allow.level == access::kind::permitted)
            op["x-permission"] = {{"method", name_of(s.verb)}, {"route", s.path}, {"resource", s.allow.resource}};
        op["x-statement-budget"] = s.statements;
        return op;
    }
};

json::object field_parameter(std::string_view name, bool required, std::string_view description) {
    return {{"name", name}, {"in", "header"}, {"required", required}, {"description", description},
            {"schema", {{"type", "string"}}}};
}

json::object shared_parameters() {
    return {{"request_id", field_parameter("X-Request-Id", false, "Yours, or one is made; it is returned, logged and stands in the audit entry.")},
            {"idempotency_key", field_parameter("Idempotency-Key", true, "The same key with the same body is done once and answered alike.")},
            {"idempotency_key_optional", field_parameter("Idempotency-Key", false, "The same key with the same body is done once and answered alike.")},
            {"if_none_match", field_parameter("If-None-Match", false, "The ETag you have; 304 when it is still right.")},
            {"if_match", field_parameter("If-Match", true, "The ETag you have seen; 412 when somebody was faster.")},
            {"if_match_optional", field_parameter("If-Match", false, "The ETag you have seen; 412 when somebody was faster.")}};
}

json::object problem_response(std::string_view description) {
    return {{"description", description},
            {"content", {{"application/problem+json", {{"schema", reference("schemas", "problem")}}}}}};
}

}  // namespace

json::object openapi(registry const& routes, api_info const& about) {
    components all;
    all.schemas["problem"] = problem_schema();
    all.owners.emplace_back("problem", &all);
    json::object paths;
    for (auto const& r : routes.routes()) {
        if (r->declared == nullptr) continue;
        json::value& path = paths[r->path];
        json::object& methods = path.is_object() ? path.get_object() : path.emplace_object();
        methods[core::ascii_lower(name_of(r->verb))] = operation_writer{.of = *r, .all = all}.write();
    }
    json::object const token{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"},
                             {"description", "The access token from POST /v1/auth/login"}};
    json::object const header{{"schema", {{"type", "string"}}}};
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", about.title},
              {"version", about.version},
              {"description", about.description},
              {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
            {"servers", json::array{json::object{{"url", "/"}}}},
            {"paths", std::move(paths)},
            {"components",
             {{"schemas", std::move(all.schemas)},
              {"parameters", shared_parameters()},
              {"headers", {{"request_id", header}, {"etag", header}}},
              {"examples", std::move(all.examples)},
              {"responses",
               {{"problem", problem_response("Any other problem")}}},
              {"securitySchemes", {{"access_token", token}}}}}};
}

namespace {
// JSON with two-space indentation, so that a change of the contract can be read in a diff.
void print(std::string& out, json::value const& v, std::size_t depth) {
    std::string const inner(2 * (depth + 1), ' ');
    if (v.is_object() && !v.get_object().empty()) {
        out.append("{\n");
        bool first = true;
        for (auto const& [key, value] : v.get_object()) {
            if (!std::exchange(first, false)) out.append(",\n");
            out.append(inner).append(json::serialize(json::value(key))).append(": ");
            print(out, value, depth + 1);
        }
        out.append("\n").append(2 * depth, ' ').append("}");
    } else if (v.is_array() && !v.get_array().empty()) {
        out.append("[\n");
        bool first = true;
        for (auto const& value : v.get_array()) {
            if (!std::exchange(first, false)) out.append(",\n");
            out.append(inner);
            print(out, value, depth + 1);
        }
        out.append("\n").append(2 * depth, ' ').append("]");
    } else out.append(json::serialize(v));
}
}  // namespace

std::string openapi_text(registry const& routes, api_info const& about) {
    std::string out;
    print(out, openapi(routes, about), 0);
    out.push_back('\n');
    return out;
}

}  // namespace http
