// The vocabulary in which an endpoint is declared. Deliberately light: no JSON, no sockets, so
// that a domain's api.hpp can be included anywhere for the price of a few string_views.
#pragma once

#include "core/failure.hpp"
#include "core/result.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

enum class method : std::uint8_t { get, post, put, patch, remove };
inline constexpr std::array<std::string_view, 5> method_names{"GET", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::string_view name_of(method m) { return method_names[static_cast<std::size_t>(m)]; }
constexpr bool has_body(method m) { return m != method::get && m != method::remove; }

// Who may call. There is no default constructor on purpose: an endpoint whose author forgot to
// think about access does not compile. A permission is method + route + resource; the method and
// the route are the declaration's own, so only the resource is named here.
class access {
public:
    enum class kind : std::uint8_t { everyone, identified, signed_in, staff, customer, permitted };

    static consteval access everyone() { return {kind::everyone, {}}; }
    static consteval access identified() { return {kind::identified, {}}; }  // people and machines
    static consteval access signed_in() { return {kind::signed_in, {}}; }    // people alone
    static consteval access staff() { return {kind::staff, {}}; }            // of these, who works here
    static consteval access customer() { return {kind::customer, {}}; }      // and who shops here
    static consteval access permission(std::string_view resource) { return {kind::permitted, resource}; }
    // Rights are looked up anew for each request: for what changes rights, and what cannot be taken back.
    consteval access afresh() const {
        access out = *this;
        out.looks_again = true;
        return out;
    }
    // A grant of it may be limited to some locations: the handler is handed them, and honours them.
    consteval access by_location() const;

    // Of what is open to everyone: whose token is no longer good is told so, and not taken for a guest.
    consteval access or_told() const {
        access out = *this;
        out.tells_stale = true;
        return out;
    }

    kind level;
    std::string_view resource;
    bool looks_again = false;
    bool tells_stale = false;
    bool limitable = false;  // by_location()

private:
    constexpr access(kind k, std::string_view r) : level(k), resource(r) {}
};

enum class replay : std::uint8_t {
    natural,  // repeating it does no harm; a POST honours Idempotency-Key when it is sent
    keyed,    // Idempotency-Key is required
    none,     // a POST whose answer must not be kept; Idempotency-Key is not looked at
};

// What If-Match means to a write. A PUT, PATCH or DELETE that answers with a version honours it unasked.
enum class precondition : std::uint8_t {
    none,
    honoured,  // 412 when it is sent and somebody was faster
    required,  // and 428 when it is not sent
};

struct request_cookie {
    std::string_view name;
    std::string_view scheme;  // what the OpenAPI document calls it
    std::string_view holds;
};

struct spec {
    method verb;
    std::string_view path;  // "/v1/admin/products/{id}"
    std::string_view id;    // operationId, metric label, log field: one name everywhere
    access allow;
    std::string_view summary;
    std::string_view description = {};
    int success = 200;
    replay retry = replay::natural;
    precondition match = precondition::none;
    std::array<request_cookie, 2> takes_cookies{};  // the caller may also do without
    bool sets_cookie = false;
    std::uint32_t statements = 4;          // the budget: at most so many SQL statements for one request
    std::uint32_t body_limit = 64 * 1024;  // bytes
    std::array<core::failure const*, 12> fails_with{};
};

// Never defined. Calling one during constant evaluation stops the build, and the compiler prints
// the name, which is the message.
namespace broken {
void path_must_start_with_a_slash_and_not_end_with_one();
void path_parameter_is_not_a_member_of_the_request_type();
void operation_id_must_not_be_empty();
void summary_must_not_be_empty();
void an_admin_route_needs_a_permission();
void a_permission_needs_a_resource();
void only_a_post_has_to_do_with_an_idempotency_key();
void a_get_has_no_precondition();
void only_a_permission_can_be_limited_to_locations();
}  // namespace broken

consteval access access::by_location() const {
    if (level != kind::permitted) broken::only_a_permission_can_be_limited_to_locations();
    access out = *this;
    out.limitable = true;
    return out;
}

inline constexpr std::string_view staff_paths = "/v1/admin/";  // where every endpoint needs a permission

namespace detail {

template <class T>
consteval bool has_member(std::string_view name) {
    return []<template <class...> class L, class... D>(L<D...>, std::string_view wanted) {
        return ((std::string_view(D::name) == wanted) || ...);
    }(boost::describe::describe_members<T, boost::describe::mod_public>{}, name);
}

template <class Request>
consteval void check(spec const& s) {
    if (s.path.size() < 2 || s.path.front() != '/' || s.path.back() == '/')
        broken::path_must_start_with_a_slash_and_not_end_with_one();
    if (s.id.empty()) broken::operation_id_must_not_be_empty();
    if (s.summary.empty()) broken::summary_must_not_be_empty();
    if (s.path.starts_with(staff_paths) && s.allow.level != access::kind::permitted)
        broken::an_admin_route_needs_a_permission();
    if (s.allow.level == access::kind::permitted && s.allow.resource.empty())
        broken::a_permission_needs_a_resource();
    if (s.retry != replay::natural && s.verb != method::post)
        broken::only_a_post_has_to_do_with_an_idempotency_key();
    if (s.match != precondition::none && s.verb == method::get) broken::a_get_has_no_precondition();
    for (std::size_t open = s.path.find('{'); open != s.path.npos; open = s.path.find('{', open)) {
        std::size_t const close = s.path.find('}', open);
        if (!has_member<Request>(s.path.substr(open + 1, close - open - 1)))
            broken::path_parameter_is_not_a_member_of_the_request_type();
        open = close;
    }
}

}  // namespace detail

// Members of `Request` that the path names come from the path; the others from the body, or from
// the query when the method has none. `Response` is a described struct, or core::nothing for 204.
// A response with a member `version` answers with an ETag that If-Match understands.
template <class Request, class Response>
struct endpoint : spec {
    using request_type = Request;
    using response_type = Response;

    consteval endpoint(spec s) : spec(s) { detail::check<Request>(s); }
};

struct no_parameters {};  // the request of an endpoint that takes none
BOOST_DESCRIBE_STRUCT(no_parameters, (), ())

// A member of a response that is present and null when there is no value (std::optional is left out).
template <class T>
struct nullable {
    std::optional<T> value;

    bool operator==(nullable const&) const = default;
};

template <class T>
struct page {
    std::vector<T> data;
    nullable<std::string> next;  // what to send as ?after= for the following page
    BOOST_DESCRIBE_CLASS(page, (), (data, next), (), ())
};

}  // namespace http
