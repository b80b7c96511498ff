// expect: statement_has_a_different_number_of_placeholders_than_its_signature
// Placeholders are counted by the compiler.
#include "db/statement.hpp"

constexpr db::statement<db::none(std::int64_t)> wrong{"stock.take",
                                                      "update stock set n = n - $2 where id = $1"};
