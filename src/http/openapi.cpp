#include "http/openapi.hpp"

#include "http/failures.hpp"
#include "http/openapi_example.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

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
         {{"pointer",
           {{"type", "string"},
            {"description", "JSON pointer (RFC 6901) to the fault; empty for the whole"},
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

constexpr std::string_view example_id = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";

json::object problem_example(core::failure const& f) {
    return {{"summary", f.message},
            {"value",
             {{"type", "urn:carrack:problem:" + std::string(f.code)},
              {"title", f.message},
              {"status", status_of(f)},
              {"detail", f.message},
              {"code", f.code},
              {"request_id", example_id}}}};
}

json::object problem_response(components& all, std::string_view says,
                              std::span<core::failure const* const> named, json::object fields) {
    json::object examples;
    for (core::failure const* f : named) {
        examples[f->code] = reference("examples", f->code);
        all.examples[f->code] = problem_example(*f);
    }
    return {{"description", says},
            {"headers", std::move(fields)},
            {"content",
             {{"application/problem+json",
               {{"schema", reference("schemas", "problem")}, {"examples", std::move(examples)}}}}}};
}

struct operation_writer {
    route const& of;
    components& all;
    api_info const& about;
    json::array parameters;
    json::object body_properties;
    json::array body_required;

    bool in_path(std::string_view name) const {
        return of.path.find(fmt::format("{{{}}}", name)) != std::string::npos;
    }

    json::object parameter(member const& m, bool path, json::value schema) const {
        json::object out{{"name", m.name}, {"in", path ? "path" : "query"}, {"required", path || m.required}};
        for (parameter_note const& note : about.notes) {
            if (path || note.name != m.name) continue;
            out["description"] = note.description;
            if (note.by_default) schema.get_object()["default"] = *note.by_default;
        }
        out["schema"] = std::move(schema);
        return out;
    }

    void members() {
        for (member const& m : of.request_members) {
            json::value schema;
            m.schema(schema, all);
            bool const path = in_path(m.name);
            if (path || !has_body(of.verb)) {
                parameters.push_back(parameter(m, path, std::move(schema)));
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
            parameters.push_back(reference(
                "parameters", s.retry == replay::keyed ? "idempotency_key" : "idempotency_key_optional"));
        if (s.verb == method::get) parameters.push_back(reference("parameters", "if_none_match"));
        for (request_cookie const& cookie : s.takes_cookies)
            if (!cookie.name.empty())
                parameters.push_back({{"name", cookie.name},
                                      {"in", "cookie"},
                                      {"required", false},
                                      {"description", fmt::format("{}, as the server set it.", cookie.holds)},
                                      {"schema", {{"type", "string"}}}});
        if (s.match == precondition::required)
            parameters.push_back(reference("parameters", "if_match"));
        else if (takes_version())
            parameters.push_back(reference("parameters", "if_match_optional"));
    }

    // A change of one thing that has a version heeds If-Match also where it is not required.
    bool takes_version() const {
        spec const& s = *of.declared;
        return s.match != precondition::none ||
               (of.response_has_version && s.verb != method::get && s.verb != method::post);
    }

    json::object json_content(json::value schema) const {
        json::value example = example_maker(all.schemas, about.words).make(schema, {}, {});
        return {{"application/json", {{"schema", std::move(schema)}, {"example", std::move(example)}}}};
    }

    void body(json::object& op) {
        if (body_properties.empty()) return;
        std::string const name = of.request_name() + "_body";
        json::object shape{
            {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(body_properties)}};
        bool const needed = !body_required.empty();
        if (needed) shape["required"] = std::move(body_required);
        json::value& kept = all.schemas[name];
        if (!kept.is_null() && kept != json::value(shape))
            throw std::logic_error("two bodies are both called " + name + " in the OpenAPI document");
        kept = std::move(shape);
        op["requestBody"] = {{"required", needed}, {"content", json_content(reference("schemas", name))}};
    }

    json::object success() {
        json::object good{{"description", std::string(of.declared->summary)}};
        json::object fields{{"X-Request-Id", reference("headers", "request_id")}};
        if (of.response_schema == nullptr)
            good["description"] = "Done; there is nothing to say.";
        else {
            json::value schema;
            of.response_schema(schema, all);
            good["content"] = json_content(std::move(schema));
            if (of.verb == method::get || of.response_has_version)
                fields["ETag"] = reference("headers", "etag");
        }
        if (of.declared->sets_cookie) fields["Set-Cookie"] = reference("headers", "refresh_cookie");
        if (keyed()) fields["Idempotency-Replayed"] = reference("headers", "idempotency_replayed");
        good["headers"] = std::move(fields);
        return good;
    }

    bool keyed() const { return of.declared->verb == method::post && of.declared->retry != replay::none; }

    // What may go wrong, by status: what the declaration names and what any such endpoint may say.
    std::map<int, std::vector<core::failure const*>> failures() const {
        spec const& s = *of.declared;
        std::map<int, std::vector<core::failure const*>> by_status;
        auto const add = [&](core::failure const& f) {
            auto& named = by_status[status_of(f)];
            if (std::ranges::find(named, f.code, &core::failure::code) == named.end()) named.push_back(&f);
        };
        for (core::failure const* f : s.fails_with)
            if (f != nullptr) add(*f);
        for (core::failure const* f : {&bad_syntax, &core::invalid_request, &core::overloaded,
                                       &core::database_unavailable, &internal_error})
            add(*f);
        if (s.allow.level != access::kind::everyone) {
            add(authentication_required);
            add(access_token_invalid);
        }
        if (s.allow.tells_stale) add(access_token_invalid);
        if (s.allow.level == access::kind::signed_in || s.allow.level == access::kind::staff)
            add(person_required);
        if (s.allow.level == access::kind::permitted) add(permission_denied), add(second_factor_missing);
        if (s.path.find('{') != s.path.npos) add(core::not_found);
        if (has_body(s.verb))
            for (core::failure const* f :
                 {&body_malformed, &body_too_large, &media_type_unsupported, &request_timeout})
                add(*f);
        if (s.retry == replay::keyed) add(idempotency_key_required);
        if (keyed()) add(idempotency_key_invalid);
        if (takes_version()) add(core::version_stale);
        if (s.match == precondition::required) add(core::version_required);
        return by_status;
    }

    json::object refusal(int status, std::vector<core::failure const*> const& named) {
        json::object fields{{"X-Request-Id", reference("headers", "request_id")}};
        if (status == 401) fields["WWW-Authenticate"] = reference("headers", "www_authenticate");
        if (status == 429 || status == 503) fields["Retry-After"] = reference("headers", "retry_after");
        if (status == 429) {
            fields["RateLimit"] = reference("headers", "rate_limit");
            fields["RateLimit-Policy"] = reference("headers", "rate_limit_policy");
        }
        std::string says;
        for (core::failure const* f : named) says.append(says.empty() ? "" : "; ").append(f->code);
        return problem_response(all, says, named, std::move(fields));
    }

    json::object responses() {
        spec const& s = *of.declared;
        json::object out;
        out[std::to_string(s.success)] = success();
        if (s.verb == method::get)
            out["304"] = {{"description", "Not modified since the ETag in If-None-Match"}};
        for (auto const& [status, named] : failures()) out[std::to_string(status)] = refusal(status, named);
        out["default"] = reference("responses", "problem");
        return out;
    }

    json::array security() const {
        json::array out;
        if (of.declared->allow.level != access::kind::everyone)
            out.push_back(json::object{{"access_token", json::array{}}});
        if (of.declared->allow.tells_stale) out.push_back(json::object{{"access_token", json::array{}}});
        for (request_cookie const& cookie : of.declared->takes_cookies)
            if (!cookie.name.empty()) out.push_back(json::object{{cookie.scheme, json::array{}}});
        if (!out.empty() && of.declared->allow.level == access::kind::everyone)
            out.push_back(json::object{});  // or nothing: a guest, or what the body holds instead
        return out;
    }

    json::object write() {
        spec const& s = *of.declared;
        json::object op{{"operationId", s.id}, {"summary", s.summary}};
        if (!s.description.empty()) op["description"] = s.description;
        std::string_view const after_version = s.path.substr(std::min(s.path.find('/', 1), s.path.size()));
        std::string_view const area = after_version.substr(1, after_version.find('/', 1) - 1);
        op["tags"] =
            json::array{json::value(s.allow.level == access::kind::permitted ? s.allow.resource : area)};
        members();
        fields();
        op["parameters"] = std::move(parameters);
        body(op);
        op["responses"] = responses();
        op["security"] = security();
        if (s.allow.level == access::kind::permitted)
            op["x-permission"] = {{"method", name_of(s.verb)},
                                  {"route", s.path},
                                  {"resource", s.allow.resource},
                                  {"by_location", s.allow.limitable}};
        op["x-statement-budget"] = s.statements;
        return op;
    }
};

json::object field_parameter(std::string_view name, bool required, std::string_view description) {
    return {{"name", name},
            {"in", "header"},
            {"required", required},
            {"description", description},
            {"schema", {{"type", "string"}}}};
}

json::object shared_parameters() {
    return {{"request_id",
             field_parameter("X-Request-Id", false,
                             "Yours, or one is made; it is returned, logged and stands in the audit entry.")},
            {"idempotency_key",
             field_parameter("Idempotency-Key", true,
                             "The same key with the same body is done once and answered alike.")},
            {"idempotency_key_optional",
             field_parameter("Idempotency-Key", false,
                             "The same key with the same body is done once and answered alike.")},
            {"if_none_match",
             field_parameter("If-None-Match", false, "The ETag you have; 304 when it is still right.")},
            {"if_match",
             field_parameter("If-Match", true, "The ETag you have seen; 412 when somebody was faster.")},
            {"if_match_optional",
             field_parameter("If-Match", false, "The ETag you have seen; 412 when somebody was faster.")}};
}

// What has nothing to do with the operation: the request did not get that far.
constexpr std::array<core::failure const*, 6> unreadable{&bad_syntax,         &method_not_allowed,
                                                         &request_timeout,    &target_too_long,
                                                         &expectation_failed, &fields_too_large};

json::object header(std::string_view description, std::string_view example) {
    return {{"description", description}, {"schema", {{"type", "string"}}}, {"example", example}};
}

json::object shared_headers() {
    return {{"request_id", header("The request's id: yours, or one made for it.", example_id)},
            {"etag", header("What to send as If-None-Match, or as If-Match with a change.",
                            "\"3-9b2f6c41d07e58aa\"")},
            {"refresh_cookie", header("The refresh token for browsers, or its removal.",
                                      "…; Path=/; Secure; HttpOnly; SameSite=Strict")},
            {"idempotency_replayed",
             header("Sent, and true, when this was done before under the same key.", "true")},
            {"retry_after", header("Try again after so many seconds.", "1")},
            {"rate_limit", header("Which limit was reached, and when it lets somebody through again.",
                                  R"("account-address";r=0;t=870)")},
            {"rate_limit_policy", header("The limit that was reached: so many in so many seconds.",
                                         R"("account-address";q=4;w=900)")},
            {"www_authenticate", header("How to say who you are.", "Bearer")}};
}

json::object security_schemes(registry const& routes) {
    json::object out;
    out["access_token"] = {{"type", "http"},
                           {"scheme", "bearer"},
                           {"bearerFormat", "JWT"},
                           {"description", "The access token from POST /v1/auth/login, or an API key"}};
    for (auto const& r : routes.routes()) {
        if (r->declared == nullptr) continue;
        for (request_cookie const& cookie : r->declared->takes_cookies)
            if (!cookie.name.empty())
                out[cookie.scheme] = {
                    {"type", "apiKey"},
                    {"in", "cookie"},
                    {"name", cookie.name},
                    {"description", fmt::format("{}, as POST /v1/auth/login sets it", cookie.holds)}};
    }
    return out;
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
        methods[core::ascii_lower(name_of(r->verb))] =
            operation_writer{.of = *r, .all = all, .about = about}.write();
    }
    json::object const told{{"X-Request-Id", reference("headers", "request_id")}};
    json::object other = problem_response(all, "Any other problem", unreadable, told);
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
              {"headers", shared_headers()},
              {"examples", std::move(all.examples)},
              {"responses", {{"problem", std::move(other)}}},
              {"securitySchemes", security_schemes(routes)}}}};
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
    } else
        out.append(json::serialize(v));
}
}  // namespace

std::string openapi_text(registry const& routes, api_info const& about) {
    std::string out;
    print(out, openapi(routes, about), 0);
    out.push_back('\n');
    return out;
}

}  // namespace http
