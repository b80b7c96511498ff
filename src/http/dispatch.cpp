#include "http/dispatch.hpp"

#include "http/failures.hpp"

#include <algorithm>
#include <charconv>

namespace http {
namespace {

bool has_field(request const& in, std::string_view name) {
    return std::ranges::any_of(in.fields, [&](auto const& f) { return f.first == name; });
}

bool is_json(std::string_view content_type) {
    std::string const type = core::ascii_lower(content_type);
    std::string_view const essence = core::trimmed(std::string_view(type).substr(0, type.find(';')));
    if (essence != "application/json") return false;
    std::size_t const charset = type.find("charset=");
    if (charset == type.npos) return true;
    std::string_view const name = core::trimmed(std::string_view(type).substr(charset + 8));
    return name == "utf-8" || name == "\"utf-8\"";
}

// The next member of a comma-separated list of entity tags, whose quoted part may hold commas itself.
std::string_view next_tag(std::string_view& list) {
    list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
    std::size_t end = list.find(',');
    std::size_t const open = list.starts_with("W/") ? 2 : 0;
    if (open < list.size() && list[open] == '"') {
        std::size_t const close = list.find('"', open + 1);
        end = close == list.npos ? close : list.find(',', close);
    }
    std::string_view const tag = core::trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end, list.size()));
    return tag;
}

}  // namespace

bool is_request_id(std::string_view s) {
    return !s.empty() && s.size() <= 128 && std::ranges::all_of(s, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '_' || c == '-';
    });
}

wanted_version read_if_match(std::string_view field, bool given) {
    wanted_version out;
    out.given = given;
    if (core::trimmed(field) == "*") {
        out.any = true;
        return out;
    }
    while (!field.empty() && out.count < wanted_version::versions_max) {
        std::string_view tag = next_tag(field);
        if (!tag.starts_with('"')) continue;  // weak tags never match (RFC 9110, 13.1.1)
        tag.remove_prefix(1);
        std::int64_t version = 0;
        auto const [end, ec] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
        if (ec == std::errc{} && end != tag.data() + tag.size() && (*end == '-' || *end == '"'))
            out.versions[out.count++] = version;
    }
    return out;
}

bool etag_matches(std::string_view list, std::string_view etag) {
    while (!list.empty()) {
        std::string_view tag = next_tag(list);
        if (tag == "*") return true;
        if (tag.starts_with("W/")) tag.remove_prefix(2);  // the comparison is weak here
        if (tag == etag) return true;
    }
    return false;
}

core::task<std::optional<reply>> dispatcher::admit(call& c, message const& m, registry::match& found) const {
    if (m.options()) {
        reply r = options_reply(c, m);
        finish(c, r);
        co_return r;
    }
    if (auto early = shape(c, m, found)) {
        finish(c, *early);
        co_return early;
    }
    if (auto early = co_await admit_again(c)) co_return early;
    if (auto bad = read_key(c)) co_return refuse(c, *bad);
    spec const* declared = found.to->declared;
    if (declared != nullptr && declared->match == precondition::required && !c.if_match.given)
        co_return refuse(c, core::version_required);
    co_return std::nullopt;
}

core::task<std::optional<reply>> dispatcher::admit_again(call& c) const {
    std::exception_ptr why;
    try {
        auto admitted = co_await with_.door.admit(c);
        if (!admitted) co_return refuse(c, admitted.error());
    } catch (...) {
        why = std::current_exception();
    }
    if (why) co_return failed(c, why);
    co_return std::nullopt;
}

std::optional<reply> dispatcher::shape(call& c, message const& m, registry::match& found) const {
    found = with_.routes.find(c.in.verb, c.in.path);
    c.to = found.to;
    if (found.to == nullptr) {
        if (found.allowed.empty()) return problem_reply(core::not_found, c.request_id);
        reply r = problem_reply(method_not_allowed, c.request_id);
        r.fields.emplace_back("allow", found.allowed);
        return r;
    }
    if (!m.how().has_body()) return std::nullopt;
    if (!has_body(found.to->verb))
        return problem_reply({bad_syntax, {}, "This method takes no body."}, c.request_id);
    if (has_field(c.in, "content-encoding") || !is_json(c.in.field("content-type")))
        return problem_reply(media_type_unsupported, c.request_id);
    if (m.how().content_length > found.to->body_limit()) return problem_reply(body_too_large, c.request_id);
    return std::nullopt;
}

std::optional<core::problem> dispatcher::read_key(call& c) const {
    spec const* declared = c.to->declared;
    std::string_view const key = c.in.field("idempotency-key");
    bool const given = has_field(c.in, "idempotency-key");
    if (declared == nullptr || declared->verb != method::post || declared->retry == replay::none)
        return std::nullopt;
    if (!given && declared->retry == replay::keyed) return core::problem{idempotency_key_required};
    if (!given) return std::nullopt;
    bool const visible = std::ranges::all_of(key, [](char ch) { return ch > 0x20 && ch < 0x7f; });
    if (key.empty() || key.size() > 255 || !visible) return core::problem{idempotency_key_invalid};
    c.idempotency_key = key;
    return std::nullopt;
}

core::task<reply> dispatcher::answer(call& c, registry::match const& found) const {
    std::exception_ptr why;
    try {
        reply r;
        if (found.to->raw)
            r = co_await found.to->raw(c);
        else {
            auto input = assemble_input(*found.to, found, c.in);
            if (!input) co_return refuse(c, input.error());
            r = co_await found.to->invoke(c, std::move(*input));
        }
        finish(c, r);
        co_return r;
    } catch (...) {
        why = std::current_exception();
    }
    co_return failed(c, why);
}

reply dispatcher::refuse(call& c, core::problem const& e) const {
    reply r = problem_reply(e, c.request_id);
    finish(c, r);
    return r;
}

reply dispatcher::failed(call& c, std::exception_ptr why) const {
    if (auto known = with_.explain(why)) return refuse(c, *known);
    try {
        std::rethrow_exception(why);
    } catch (std::exception const& e) {
        with_.watch.threw(c, e.what());
    } catch (...) {
        with_.watch.threw(c, "an exception of no known type");
    }
    return refuse(c, internal_error);
}

reply dispatcher::options_reply(call& c, message const& m) const {
    reply r{.status = 204};
    std::string allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    if (m.how().has_body())
        return problem_reply({bad_syntax, {}, "This method takes no body."}, c.request_id);
    if (c.in.path != "*") {
        allowed = with_.routes.find(method::get, c.in.path).allowed;
        if (allowed.empty()) return problem_reply(core::not_found, c.request_id);
    }
    r.fields.emplace_back("allow", allowed);
    bool const known = std::ranges::count(with_.cors.origins, c.in.field("origin")) > 0;
    if (known && has_field(c.in, "access-control-request-method")) {
        r.fields.emplace_back("access-control-allow-methods", allowed);
        r.fields.emplace_back(
            "access-control-allow-headers",
            "authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id");
        r.fields.emplace_back("access-control-max-age", "600");
    }
    return r;
}

void dispatcher::finish(call& c, reply& r) const {
    for (auto& f : c.reply_fields) r.fields.push_back(std::move(f));
    c.reply_fields.clear();
    // Whoever is asked who they are is told how to say it (RFC 9110, 11.6.1), unless the doorkeeper said
    // more.
    if (r.status == 401 &&
        std::ranges::none_of(r.fields, [](auto const& f) { return f.first == "www-authenticate"; }))
        r.fields.emplace_back("www-authenticate", "Bearer");
    auto const etag = std::ranges::find_if(r.fields, [](auto const& f) { return f.first == "etag"; });
    bool const tagged = etag != r.fields.end();
    std::string_view const seen = c.in.field("if-none-match");
    if (tagged && r.status == 200 && c.in.verb == method::get && !seen.empty() &&
        etag_matches(seen, etag->second)) {
        r.status = 304;
        r.body.clear();
    }
    bool const says_itself =
        std::ranges::any_of(r.fields, [](auto const& f) { return f.first == "cache-control"; });
    if (!says_itself)
        r.fields.emplace_back("cache-control", tagged && c.in.verb == method::get ? "no-cache" : "no-store");
    share(c, r);
}

void dispatcher::share(call const& c, reply& r) const {
    if (with_.cors.origins.empty()) return;
    r.fields.emplace_back("vary", "Origin");
    std::string_view const origin = c.in.field("origin");
    if (origin.empty() || std::ranges::count(with_.cors.origins, origin) == 0) return;
    r.fields.emplace_back("access-control-allow-origin", origin);
    r.fields.emplace_back("access-control-allow-credentials", "true");
    r.fields.emplace_back("access-control-expose-headers",
                          "etag, location, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, "
                          "x-request-id");
}

}  // namespace http
