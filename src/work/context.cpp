#include "work/context.hpp"

#include "http/registry.hpp"

namespace work {

actor actor_of(http::call const& c) {
    actor a{.kind = c.who.kind, .id = {}, .action = {}, .request_id = c.request_id, .address = c.remote};
    if (!c.who.id.is_nil()) a.id = c.who.id;
    if (c.to != nullptr) a.action.append(http::name_of(c.to->verb)).append(" ").append(c.to->path);
    return a;
}

actor command(std::string name) {
    return {.kind = http::principal_kind::system,
            .id = {},
            .action = std::move(name),
            .request_id = {},
            .address = {}};
}

}  // namespace work
