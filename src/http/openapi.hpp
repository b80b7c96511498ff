// The OpenAPI 3.1 document, made from the routes' declarations: it is the contract.
#pragma once

#include "http/registry.hpp"

namespace http {

struct api_info {
    std::string title;
    std::string version;
    std::string description;
};

boost::json::object openapi(registry const& routes, api_info const& about);
std::string openapi_text(registry const& routes, api_info const& about);  // pretty enough to diff

}  // namespace http
