// Joins a declaration to the coroutine that serves it. Included only by <domain>/routes.cpp.
#pragma once

#include "http/registry.hpp"

#include <algorithm>
#include <concepts>

namespace http {

template <class Handler, class Request, class Response>
concept serves = requires(Handler h, call& c, Request in) {
    { h(c, std::move(in)) } -> std::same_as<core::task<core::result<Response>>>;
};
// What is declared by_location() is handed where the caller may act, and cannot be served without taking it.
template <class Handler, class Request, class Response>
concept serves_within = requires(Handler h, call& c, Request in, reach where) {
    { h(c, std::move(in), where) } -> std::same_as<core::task<core::result<Response>>>;
};

// A failure that the endpoint's declaration does not promise is our bug, not the caller's.
[[noreturn]] void throw_undeclared(spec const& s, core::failure const& f);
// Failures that any endpoint may answer with: invalid input, versions, overload.
bool promised_everywhere(core::failure const& f);
reply success_reply(call& c, route const& to, std::string body, std::optional<std::int64_t> version);
// A stored answer with the ETag that its body had when it was new.
reply replayed_reply(route const& to, reply stored);

namespace detail {

template <class T>
std::optional<std::int64_t> version_of(T const& view) {
    if constexpr (requires { view.version; })
        return static_cast<std::int64_t>(view.version);
    else
        return std::nullopt;
}

template <auto const& Endpoint, auto Handler, class Request>
auto handle(call& c, Request in) {
    if constexpr (Endpoint.allow.limitable)
        return Handler(c, std::move(in), c.where);
    else
        return Handler(c, std::move(in));
}

template <auto const& Endpoint, auto Handler, class Request, class Response>
core::task<reply> invoke(call& c, assembled input) {
    Request in{};
    checker errors(std::move(input.faults));
    codec<Request>::decode(in, input.value, errors);
    if (!errors.clean()) co_return problem_reply({core::invalid_request, errors.take()}, c.request_id);

    core::result<Response> out = co_await handle<Endpoint, Handler>(c, std::move(in));
    if (c.ready_answer) co_return replayed_reply(*c.to, std::move(*c.ready_answer));
    if (!out) {
        bool const declared = std::ranges::count(Endpoint.fails_with, out.error().what) > 0;
        if (!declared && !promised_everywhere(*out.error().what))
            throw_undeclared(Endpoint, *out.error().what);
        co_return problem_reply(out.error(), c.request_id);
    }
    if constexpr (std::same_as<Response, core::nothing>)
        co_return success_reply(c, *c.to, {}, std::nullopt);
    else {
        static thread_local std::size_t usual = 0;  // what the last answer took, so that this one grows once
        std::string body;
        body.reserve(usual);
        write(body, *out);
        usual = body.size();
        co_return success_reply(c, *c.to, std::move(body), version_of(*out));
    }
}

}  // namespace detail

// Every member can be decoded: an unbounded string or integer has no place in a request.
template <class T, template <class...> class L, class... D>
consteval bool all_decodable(L<D...>) {
    return (decodable<std::remove_reference_t<decltype(std::declval<T&>().*D::pointer)>> && ...);
}

template <auto const& Endpoint, auto Handler>
route serve() {
    using type = std::remove_cvref_t<decltype(Endpoint)>;
    using request_type = typename type::request_type;
    using response_type = typename type::response_type;
    if constexpr (Endpoint.allow.limitable)
        static_assert(serves_within<decltype(Handler), request_type, response_type>,
                      "the handler of an endpoint by_location() takes http::reach as its last parameter");
    else
        static_assert(serves<decltype(Handler), request_type, response_type>,
                      "the handler's signature differs from the endpoint's declaration");
    static_assert(all_decodable<request_type>(
                      boost::describe::describe_members<request_type, boost::describe::mod_public>{}),
                  "a request may hold bounded types only: core::text, core::integer, core::list, …");
    route r;
    r.declared = &Endpoint;
    r.verb = Endpoint.verb;
    r.path = Endpoint.path;
    r.operation = Endpoint.id;
    r.allow = Endpoint.allow;
    r.request_members = members<request_type>();
    r.request_name = &schema_name<request_type>;
    r.invoke = &detail::invoke<Endpoint, Handler, request_type, response_type>;
    if constexpr (!std::same_as<response_type, core::nothing>) {
        r.response_schema = &codec<response_type>::schema;
        r.response_has_version = detail::has_member<response_type>("version");
    }
    return r;
}

}  // namespace http
