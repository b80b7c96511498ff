// The coroutines behind audit/api.hpp.
#pragma once

#include "audit/api.hpp"

namespace audit {

core::task<core::result<http::page<audit_entry>>> list_entries(http::call& c, list_audit_request in);

}  // namespace audit
