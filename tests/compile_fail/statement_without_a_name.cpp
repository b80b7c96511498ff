// expect: statement_needs_a_name_like_domain_dot_verb
// Every statement has a name, and metrics and logs hang on it.
#include "db/statement.hpp"

constexpr db::statement<db::none(std::int64_t)> wrong{"take", "update stock set n = 0 where id = $1"};
