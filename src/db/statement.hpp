// A named, typed SQL statement. The text sits beside the code that needs it; the signature says
// what goes in and what comes out; the placeholders are counted while compiling, and the test
// `statements` has a freshly migrated PostgreSQL describe every one and compares the types.
#pragma once

#include "db/value.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace db {

namespace broken {
void statement_has_a_different_number_of_placeholders_than_its_signature();
void statement_needs_a_name_like_domain_dot_verb();
}  // namespace broken

namespace detail {
consteval std::size_t highest_placeholder(std::string_view sql) {
    std::size_t highest = 0;
    for (std::size_t i = 0; i + 1 < sql.size(); ++i) {
        if (sql[i] != '$') continue;
        std::size_t n = 0;
        for (std::size_t j = i + 1; j < sql.size() && sql[j] >= '0' && sql[j] <= '9'; ++j)
            n = n * 10 + static_cast<std::size_t>(sql[j] - '0');
        highest = n > highest ? n : highest;
    }
    return highest;
}
}  // namespace detail

// What the driver needs of a statement, its types erased.
struct statement_info {
    std::string_view name;  // span name, metric label, prepared statement's name
    std::string_view sql;
    std::span<oid const> parameters;
    std::span<column const> columns;  // empty: returns no rows
};

struct none {};  // the row of a statement that returns none

template <class Signature>
struct statement;

template <class Row, class... Args>
struct statement<Row(Args...)> : statement_info {
    using row = Row;

    consteval statement(std::string_view n, std::string_view s)
        : statement_info{n, s, detail::parameter_oids<Args...>, detail::columns_of<Row>()} {
        if (n.find('.') == n.npos) broken::statement_needs_a_name_like_domain_dot_verb();
        if (detail::highest_placeholder(s) != sizeof...(Args))
            broken::statement_has_a_different_number_of_placeholders_than_its_signature();
    }
};

}  // namespace db
