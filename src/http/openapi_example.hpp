// Example values for the OpenAPI document: one walk over any schema, fed by a table of words.
#pragma once

#include "http/openapi.hpp"

namespace http {

class example_maker {
public:
    example_maker(json::object const& schemas, std::span<example_word const> words)
        : schemas_(schemas), words_(words) {}

    // A value that the schema allows, as a shop would have it. `member` is the name it stands under, `of` the
    // schema that has the member; both may be empty.
    json::value make(json::value const& schema, std::string_view member, std::string_view of) const;

private:
    std::optional<json::value> word_for(json::object const& schema, std::string_view member,
                                        std::string_view of) const;
    json::object object(json::object const& schema, std::string_view name) const;

    json::object const& schemas_;
    std::span<example_word const> words_;
};

}  // namespace http
