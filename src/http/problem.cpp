// RFC 9457 problem documents, the statuses they travel under, and successful replies.
#include "http/bind.hpp"
#include "http/failures.hpp"
#include "http/json_read.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace http {
namespace {

constexpr std::array<std::pair<core::failure const*, int>, 8> own_statuses{{
    {&method_not_allowed, 405},
    {&request_timeout, 408},
    {&body_too_large, 413},
    {&target_too_long, 414},
    {&media_type_unsupported, 415},
    {&expectation_failed, 417},
    {&fields_too_large, 431},
    {&internal_error, 500},
}};

constexpr std::array promised{&core::invalid_request, &core::version_stale,        &core::version_required,
                              &core::overloaded,      &core::database_unavailable, &core::outcome_unknown,
                              &core::not_found};

void write_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(out.back() == '{' ? "\"" : ",\"").append(name).append("\":");
    write_string(out, value);
}

void append_hex(std::string& out, std::uint64_t v) {
    static constexpr char digits[] = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) out.push_back(digits[(v >> shift) & 15]);
}

}  // namespace

int status_of(core::fault kind) {
    switch (kind) {
        case core::fault::malformed: return 400;
        case core::fault::invalid: return 422;
        case core::fault::unauthenticated: return 401;
        case core::fault::forbidden: return 403;
        case core::fault::missing: return 404;
        case core::fault::conflict: return 409;
        case core::fault::stale: return 412;
        case core::fault::unconditional: return 428;
        case core::fault::limited: return 429;
        case core::fault::unavailable: return 503;
    }
    return 500;
}

int status_of(core::failure const& f) {
    for (auto const& [own, status] : own_statuses)
        if (own->code == f.code) return status;
    return status_of(f.kind);
}

reply problem_reply(core::problem const& e, std::string_view request_id) {
    reply out;
    out.status = status_of(*e.what);
    out.code = e.what->code;
    out.content_type = "application/problem+json";
    std::string& body = out.body;
    body.append("{");
    write_field(body, "type", "urn:carrack:problem:" + std::string(e.what->code));
    write_field(body, "title", e.what->message);
    body.append(",\"status\":");
    write_integer(body, out.status);
    write_field(body, "detail", e.detail.empty() ? e.what->message : std::string_view(e.detail));
    write_field(body, "code", e.what->code);
    write_field(body, "request_id", request_id);
    if (!e.violations.empty()) {
        body.append(",\"errors\":[");
        for (core::violation const& v : e.violations) {
            body.append(body.back() == '[' ? "{" : ",{");
            write_field(body, "pointer", v.pointer);
            write_field(body, "code", v.code);
            write_field(body, "message", v.message);
            body.push_back('}');
        }
        body.push_back(']');
    }
    body.push_back('}');
    int const retry = e.retry_after_s > 0 ? e.retry_after_s : (out.status == 503 ? 1 : 0);
    if (retry > 0) out.fields.emplace_back("retry-after", std::to_string(retry));
    return out;
}

void throw_undeclared(spec const& s, core::failure const& f) {
    throw std::logic_error("endpoint " + std::string(s.id) + " failed with " + std::string(f.code) +
                           ", which its declaration does not name");
}

bool promised_everywhere(core::failure const& f) {
    return std::ranges::any_of(promised, [&](core::failure const* p) { return p->code == f.code; });
}

std::string make_etag(std::string_view body, std::optional<std::int64_t> version) {
    std::string out = "\"";
    if (version) {
        write_integer(out, *version);
        out.push_back('-');
    }
    append_hex(out, XXH3_64bits(body.data(), body.size()));
    out.push_back('"');
    return out;
}

reply success_reply(call& c, route const& to, std::string body, std::optional<std::int64_t> version) {
    reply out;
    out.status = c.status_override != 0 ? c.status_override : to.declared->success;
    bool const tagged = (to.verb == method::get && out.status == 200) || version.has_value();
    if (tagged && !body.empty()) out.fields.emplace_back("etag", make_etag(body, version));
    out.body = std::move(body);
    return out;
}

reply replayed_reply(route const& to, reply stored) {
    if (!to.response_has_version || stored.body.empty()) return stored;
    auto const document = parse_json(stored.body);
    if (!document.faults.empty()) return stored;
    auto const* const version = document.value.as_object().if_contains("version");
    if (version == nullptr || !version->is_int64()) return stored;
    stored.fields.emplace_back("etag", make_etag(stored.body, version->as_int64()));
    return stored;
}

bool wanted_version::match(std::int64_t stored) const {
    return any || std::ranges::count(std::span(versions).first(count), stored) > 0;
}

core::result<core::nothing> call::check_version(std::int64_t stored) const {
    if (!if_match.given) {
        if (to != nullptr && to->declared != nullptr && to->declared->match == precondition::required)
            return core::version_required;
        return core::nothing{};
    }
    if (if_match.match(stored)) return core::nothing{};
    return core::version_stale;
}

std::string request::list_field(std::string_view lower_name) const {
    std::string all;
    for (auto const& [name, value] : fields)
        if (name == lower_name) all.append(all.empty() ? "" : ",").append(value);
    return all;
}

std::string_view request::field(std::string_view lower_name) const {
    for (auto const& [name, value] : fields)
        if (name == lower_name) return value;
    return {};
}

}  // namespace http
