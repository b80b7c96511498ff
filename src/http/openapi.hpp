// The OpenAPI 3.1 document, made from the routes' declarations: it is the contract.
#pragma once

#include "http/registry.hpp"

#include <span>

namespace http {

// What an example says for a member: by its name, or "schema.member" where that says more. JSON text.
struct example_word {
    std::string_view member;
    std::string_view json;
};

// What every list means by a query parameter of this name.
struct parameter_note {
    std::string_view name;
    std::string_view description;
    std::optional<std::int64_t> by_default = {};
};

struct api_info {
    std::string title;
    std::string version;
    std::string description;
    std::span<example_word const> words = {};
    std::span<parameter_note const> notes = {};
};

boost::json::object openapi(registry const& routes, api_info const& about);
std::string openapi_text(registry const& routes, api_info const& about);  // pretty enough to diff

}  // namespace http
