// Facts of the shop that all its servers share: rows of ops.settings, each written once by whoever needs it
// first.
#pragma once

#include "db/statement.hpp"

namespace work {

inline constexpr db::statement<std::string(std::string)> load_fact{
    "work.load_fact", "select value from ops.settings where name = $1"};
// One that is there already stays as it is.
inline constexpr db::statement<db::none(std::string, std::string)> keep_fact{
    "work.keep_fact", "insert into ops.settings (name, value) values ($1, $2) on conflict (name) do nothing"};

}  // namespace work
