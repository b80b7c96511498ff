// Statements by name, and the access to results that tickets use.
#include "db/batch.hpp"

#include "db/state.hpp"

#include <charconv>
#include <cstring>

namespace db::detail {

known_statement const& catalogue::know(statement_info const& s) {
    if (auto const found = by_name_.find(s.name); found != by_name_.end()) {
        known_statement const& known = *found->second;
        if (known.sql != s.sql) throw std::logic_error("two different statements are called " + known.name);
        return known;
    }
    if (s.name.size() > 62)  // PostgreSQL compares 63 bytes of a prepared statement's name
        throw std::logic_error("the statement name " + std::string(s.name) + " is longer than 62 bytes");
    auto known = std::make_unique<known_statement>(
        known_statement{std::string(s.name), std::string(s.sql), s.parameters, s.columns, by_name_.size()});
    std::string_view const key = known->name;
    return *by_name_.emplace(key, std::move(known)).first->second;
}

std::size_t add_to_batch(batch_state& b, statement_info const& s, parameters p) {
    b.slots.push_back({&b.database->statements.know(s), std::move(p), nullptr});
    return b.slots.size() - 1;
}

namespace {
PGresult const* result_of(executed const& e) {
    if (e.of == nullptr || e.index >= e.of->slots.size() || !e.of->slots[e.index].out)
        throw std::logic_error("a result was read before its batch ran");
    return e.of->slots[e.index].out.get();
}
}  // namespace

std::size_t executed::row_count() const { return static_cast<std::size_t>(pq().ntuples(result_of(*this))); }

std::int64_t executed::affected() const {
    char const* const text = pq().cmdTuples(const_cast<PGresult*>(result_of(*this)));
    std::int64_t n = 0;
    std::from_chars(text, text + std::strlen(text), n);  // empty for commands that count nothing
    return n;
}

void executed::cells(std::size_t row, cell* out, std::size_t columns) const {
    libpq const& api = pq();
    PGresult const* const from = result_of(*this);
    int const r = static_cast<int>(row);
    for (int c = 0; c < static_cast<int>(columns); ++c) {
        auto const size = static_cast<std::size_t>(api.getlength(from, r, c));
        bool const null = size == 0 && api.getisnull(from, r, c) != 0;
        out[c] = {null ? nullptr : api.getvalue(from, r, c), size};
    }
}

namespace {

bool fits(oid expected, oid got) {
    if (expected == got) return true;
    constexpr oid name = 19;
    if (expected == oids::text) return got == oids::varchar || got == oids::bpchar || got == name;
    constexpr oid varchar_array = 1015, bpchar_array = 1014;
    if (expected == oids::text_array) return got == varchar_array || got == bpchar_array;
    return expected == oids::jsonb && got == oids::json_;
}

}  // namespace

std::exception_ptr columns_do_not_fit(known_statement const& s, PGresult const* r) {
    if (s.columns.empty()) return nullptr;  // its rows, if any, are not read
    auto const count = static_cast<std::size_t>(pq().nfields(r));
    if (count != s.columns.size())
        return std::make_exception_ptr(std::logic_error(s.name + " returns " + std::to_string(count) +
                                                        " columns, its row has " +
                                                        std::to_string(s.columns.size())));
    for (std::size_t i = 0; i < count; ++i) {
        oid const got = pq().ftype(r, static_cast<int>(i));
        if (!fits(s.columns[i].type, got))
            return std::make_exception_ptr(std::logic_error(
                s.name + ": column " + std::string(s.columns[i].name) + " has the type with oid " +
                std::to_string(got) + ", its row expects " + std::to_string(s.columns[i].type)));
    }
    return nullptr;
}

}  // namespace db::detail
