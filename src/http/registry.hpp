// The one list of routes. Routing, permissions and the OpenAPI document are three readings of it.
#pragma once

#include "http/call.hpp"
#include "http/codec.hpp"

#include <functional>
#include <memory>
#include <set>

namespace http {

// Path, query and body as one object, and what was wrong with the parts: the decoder adds its own.
struct assembled {
    json::value value;
    std::vector<core::violation> faults;
};

// Decodes `input`, runs the handler, encodes: made by bind.hpp.
using invoke_fn = core::task<reply> (*)(call& c, assembled input);
// Answers with bytes of its own (pages, metrics, the OpenAPI document).
using raw_fn = std::function<core::task<reply>(call& c)>;

struct route {
    spec const* declared = nullptr;  // null: a raw route
    method verb = method::get;
    std::string path;
    std::string operation;  // the declaration's id, or the raw route's name
    std::size_t index = 0;  // dense, in order of registration: for counters
    access allow = access::everyone();
    member_table request_members;
    std::string (*request_name)() = nullptr;
    void (*response_schema)(json::value&, components&) = nullptr;  // null: no content
    bool response_has_version = false;
    invoke_fn invoke = nullptr;
    raw_fn raw;

    std::uint32_t body_limit() const { return declared ? declared->body_limit : 0; }
};

struct permission {
    std::string_view verb;       // "PATCH"
    std::string_view route;      // "/v1/admin/products/{id}"
    std::string_view resource;   // "products"
    std::string_view operation;  // "updateProduct"
    bool by_location = false;    // a grant of it may be limited to locations
};

class registry {
public:
    static constexpr std::size_t path_parameters_max = 4;

    void add(route r);  // throws std::logic_error on a route or an id that is there already
    void add_raw(method verb, std::string path, std::string name, raw_fn answer);

    struct match {
        route const* to = nullptr;  // null: no such path, or the method is not allowed
        std::array<std::string_view, path_parameters_max> parameters{};
        std::string allowed;  // the path exists for these methods: for 405 and OPTIONS
    };
    // `path` as sent. Only the plain form matches: no empty, "." or ".." segment, no trailing slash.
    match find(method verb, std::string_view path) const;

    std::vector<permission> permissions() const;
    std::vector<std::unique_ptr<route>> const& routes() const { return routes_; }

    registry();
    ~registry();

private:
    struct node;
    std::vector<std::unique_ptr<route>> routes_;
    std::set<std::string, std::less<>> ids_;
    std::unique_ptr<node> root_;
};

// Puts path parameters, query and body into one JSON object for the decoder. A body that is no JSON
// object at all is the result's error.
core::result<assembled> assemble_input(route const& to, registry::match const& found, request const& in);

}  // namespace http
