// Which errors mean "again", and an error's one sentence.
#include "db/error.hpp"

#include <algorithm>

namespace db {

error::error(std::string_view sqlstate, std::string constraint, std::string_view statement,
             std::string const& message)
    : std::runtime_error(std::string(statement) + ": " + message + " (SQLSTATE " + std::string(sqlstate) +
                         (constraint.empty() ? ")" : ", constraint " + constraint + ")")),
      constraint_(std::move(constraint)),
      statement_(statement) {
    sqlstate_.fill('0');
    std::copy_n(sqlstate.begin(), std::min(sqlstate.size(), sqlstate_.size()), sqlstate_.begin());
}

bool error::retryable() const {
    std::string_view const s = sqlstate();
    return s == "40001" || s == "40P01" || s == "25006" || s == "57P01" || s == "57P02" || s == "57P03" ||
           s.starts_with("08") || plan_outdated_;
}

}  // namespace db
