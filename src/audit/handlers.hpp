// The coroutines behind audit/api.hpp.
#pragma once

#include "audit/api.hpp"

namespace audit {

core::task<core::result<http::page<audit_entry>>> list_entries(http::call& c, list_audit_request in);
core::task<core::result<integrity_view>> show_integrity(http::call& c, http::no_parameters);

}  // namespace audit
