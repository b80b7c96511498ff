// Identity's statements: users and roles, sign-ins and their tokens, and the rights kept in memory.
#pragma once

#include "identity/store_accounts.hpp"
#include "identity/store_mails.hpp"
#include "identity/store_permissions.hpp"
#include "identity/store_rights.hpp"
#include "identity/store_roles.hpp"
#include "identity/store_sessions.hpp"
#include "identity/store_tries.hpp"
#include "identity/store_users.hpp"
#include "work/statements.hpp"

namespace identity {

work::statement_list statements();

}  // namespace identity
