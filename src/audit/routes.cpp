#include "audit/routes.hpp"

#include "audit/handlers.hpp"
#include "http/bind.hpp"

namespace audit {

void add_routes(http::registry& to) {
    to.add(http::serve<list_audit, &list_entries>());
    to.add(http::serve<get_integrity, &show_integrity>());
}

}  // namespace audit
