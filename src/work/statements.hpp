// Each layer and domain lists its statements in store.cpp, so that a test can have PostgreSQL
// describe every one against a freshly migrated database.
#pragma once

#include "db/statement.hpp"

namespace work {

using statement_list = std::span<db::statement_info const* const>;

statement_list statements();  // this layer's own

}  // namespace work
