// How a C++ value travels as a PostgreSQL parameter or column, in PostgreSQL's binary format
// (network byte order). One specialisation of db::wire for each type; nothing else converts.
#pragma once

#include "core/money.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "core/values.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace db {

using oid = std::uint32_t;

namespace oids {
inline constexpr oid boolean = 16, bytea = 17, int8 = 20, int2 = 21, int4 = 23, text = 25, json_ = 114,
                     uuid = 2950, timestamptz = 1184, jsonb = 3802, bpchar = 1042, varchar = 1043;
inline constexpr oid bool_array = 1000, bytea_array = 1001, int4_array = 1007, text_array = 1009,
                     int8_array = 1016, uuid_array = 2951, timestamptz_array = 1185;
}  // namespace oids

// Text of a JSON document for a json or jsonb parameter or column.
struct json {
    std::string text;
};

// One column or array element as it came: null when `data` is null.
struct cell {
    char const* data;
    std::size_t size;
};

// wire<T>::type   the oid sent as a parameter
// wire<T>::array  the oid of an array of it
// wire<T>::put(std::string& out, T const&)     appends the binary form
// wire<T>::get(cell) -> T                      throws std::runtime_error on a shape that does not fit
template <class T>
struct wire;

struct column {
    std::string_view name;
    oid type;  // what the C++ type expects; text also accepts varchar, bpchar
    bool nullable;
};

// The row of a statement is a scalar, or a described struct whose members are the columns in order.

namespace detail {
void put_int16(std::string& out, std::int16_t v);
void put_int32(std::string& out, std::int32_t v);
void put_int64(std::string& out, std::int64_t v);
std::int16_t get_int16(cell c);
std::int32_t get_int32(cell c);
std::int64_t get_int64(cell c);
bool get_bool(cell c);
std::string_view get_text(cell c);
std::string_view get_jsonb(cell c);
core::uuid get_uuid(cell c);
core::timestamp get_timestamp(cell c);
void put_timestamp(std::string& out, core::timestamp t);
[[noreturn]] void unexpected_null();
[[noreturn]] void unknown_enumerator(std::string_view text);

// Walks a one-dimensional array: calls `each` for every element.
void put_array_header(std::string& out, oid element, std::size_t count, bool has_nulls);
std::size_t begin_element(std::string& out);            // leaves room for the length
void end_element(std::string& out, std::size_t began);  // and fills it in
class array_reader {
public:
    array_reader() = default;
    explicit array_reader(cell c);  // throws on more than one dimension
    std::size_t size() const { return count_; }
    cell next();

private:
    char const* at_ = nullptr;
    char const* end_ = nullptr;
    std::size_t count_ = 0;
};

inline cell required(cell c) {
    if (c.data == nullptr) unexpected_null();
    return c;
}
}  // namespace detail

template <>
struct wire<bool> {
    static constexpr oid type = oids::boolean, array = oids::bool_array;
    static void put(std::string& out, bool v) { out.push_back(v ? '\1' : '\0'); }
    static bool get(cell c) { return detail::get_bool(detail::required(c)); }
};
template <>
struct wire<std::int32_t> {
    static constexpr oid type = oids::int4, array = oids::int4_array;
    static void put(std::string& out, std::int32_t v) { detail::put_int32(out, v); }
    static std::int32_t get(cell c) { return detail::get_int32(detail::required(c)); }
};
template <>
struct wire<std::int64_t> {
    static constexpr oid type = oids::int8, array = oids::int8_array;
    static void put(std::string& out, std::int64_t v) { detail::put_int64(out, v); }
    static std::int64_t get(cell c) { return detail::get_int64(detail::required(c)); }
};
template <>
struct wire<std::string> {
    static constexpr oid type = oids::text, array = oids::text_array;
    static void put(std::string& out, std::string_view v) { out.append(v); }
    static std::string get(cell c) { return std::string(detail::get_text(detail::required(c))); }
};
// As a column: the text where libpq put it, good for as long as the result lives (`borrows`).
template <>
struct wire<std::string_view> : wire<std::string> {
    static std::string_view get(cell c) { return detail::get_text(detail::required(c)); }
};
template <>
struct wire<core::uuid> {
    static constexpr oid type = oids::uuid, array = oids::uuid_array;
    static void put(std::string& out, core::uuid const& v) {
        out.append(reinterpret_cast<char const*>(v.bytes.data()), v.bytes.size());
    }
    static core::uuid get(cell c) { return detail::get_uuid(detail::required(c)); }
};
template <class Tag>
struct wire<core::id<Tag>> {
    static constexpr oid type = oids::uuid, array = oids::uuid_array;
    static void put(std::string& out, core::id<Tag> const& v) { wire<core::uuid>::put(out, v.value); }
    static core::id<Tag> get(cell c) { return {wire<core::uuid>::get(c)}; }
};
template <>
struct wire<core::timestamp> {
    static constexpr oid type = oids::timestamptz, array = oids::timestamptz_array;
    static void put(std::string& out, core::timestamp v) { detail::put_timestamp(out, v); }
    static core::timestamp get(cell c) { return detail::get_timestamp(detail::required(c)); }
};
template <>
struct wire<core::currency> {
    static constexpr oid type = oids::text, array = oids::text_array;
    static void put(std::string& out, core::currency v) { out.append(v.code()); }
    static core::currency get(cell c) {
        return core::currency::unchecked(detail::get_text(detail::required(c)));
    }
};
template <>
struct wire<core::bytes> {
    static constexpr oid type = oids::bytea, array = oids::bytea_array;
    static void put(std::string& out, core::bytes const& v) {
        out.append(reinterpret_cast<char const*>(v.data()), v.size());
    }
    static core::bytes get(cell c) {
        std::string_view const raw = detail::get_text(detail::required(c));
        return {raw.begin(), raw.end()};
    }
};
template <>
struct wire<json> {
    static constexpr oid type = oids::jsonb, array = 3807;
    static void put(std::string& out, json const& v) { out.append(1, '\1').append(v.text); }
    static json get(cell c) { return {std::string(detail::get_jsonb(detail::required(c)))}; }
};
template <std::size_t Min, std::size_t Max>
struct wire<core::text<Min, Max>> {
    static constexpr oid type = oids::text, array = oids::text_array;
    static void put(std::string& out, core::text<Min, Max> const& v) { out.append(v.value); }
    static core::text<Min, Max> get(cell c) { return {wire<std::string>::get(c)}; }
};
template <std::size_t Min, std::size_t Max>
struct wire<core::multiline_text<Min, Max>> {
    static constexpr oid type = oids::text, array = oids::text_array;
    static void put(std::string& out, core::multiline_text<Min, Max> const& v) { out.append(v.value); }
    static core::multiline_text<Min, Max> get(cell c) { return {wire<std::string>::get(c)}; }
};
template <class T>
    requires std::same_as<T, core::email> || std::same_as<T, core::handle> || std::same_as<T, core::url> ||
             std::same_as<T, core::country>
struct wire<T> {
    static constexpr oid type = oids::text, array = oids::text_array;
    static void put(std::string& out, T const& v) { out.append(v.value); }
    static T get(cell c) { return {wire<std::string>::get(c)}; }
};
// Bounded integers travel as bigint: one width, no narrowing to get wrong.
template <std::int64_t Min, std::int64_t Max>
struct wire<core::integer<Min, Max>> {
    static constexpr oid type = oids::int8, array = oids::int8_array;
    static void put(std::string& out, core::integer<Min, Max> v) { detail::put_int64(out, v.value); }
    static core::integer<Min, Max> get(cell c) { return {wire<std::int64_t>::get(c)}; }
};
// Enumerations are stored as their names, in text columns with a check or a foreign key.
template <class T>
    requires std::is_enum_v<T>
struct wire<T> {
    static constexpr oid type = oids::text, array = oids::text_array;
    static constexpr auto names = []<template <class...> class L, class... D>(L<D...>) {
        return std::array{std::pair<std::string_view, T>{D::name, D::value}...};
    }(boost::describe::describe_enumerators<T>{});
    static void put(std::string& out, T v) {
        for (auto const& [name, value] : names)
            if (value == v) out.append(name);
    }
    static T get(cell c) {
        std::string_view const text = detail::get_text(detail::required(c));
        for (auto const& [name, value] : names)
            if (name == text) return value;
        detail::unknown_enumerator(text);
    }
};

// An array parameter or column. vector<optional<T>> carries nulls.
template <class T>
struct wire<std::vector<T>> {
    static constexpr oid type = wire<T>::array;
    static void put(std::string& out, std::vector<T> const& v) {
        detail::put_array_header(out, wire<T>::type, v.size(), false);
        for (T const& item : v) {
            std::size_t const began = detail::begin_element(out);
            wire<T>::put(out, item);
            detail::end_element(out, began);
        }
    }
    static std::vector<T> get(cell c) {
        detail::array_reader items(detail::required(c));
        std::vector<T> out;
        out.reserve(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) out.push_back(wire<T>::get(items.next()));
        return out;
    }
};
template <class T>
struct wire<std::vector<std::optional<T>>> {
    static constexpr oid type = wire<T>::array;
    static void put(std::string& out, std::vector<std::optional<T>> const& v) {
        detail::put_array_header(out, wire<T>::type, v.size(), true);
        for (auto const& item : v) {
            if (!item) {
                detail::put_int32(out, -1);
                continue;
            }
            std::size_t const began = detail::begin_element(out);
            wire<T>::put(out, *item);
            detail::end_element(out, began);
        }
    }
    static std::vector<std::optional<T>> get(cell c) {
        detail::array_reader items(detail::required(c));
        std::vector<std::optional<T>> out;
        out.reserve(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            cell const item = items.next();
            if (item.data == nullptr)
                out.emplace_back();
            else
                out.emplace_back(wire<T>::get(item));
        }
        return out;
    }
};
template <class T>
struct wire<std::optional<T>> {
    static constexpr oid type = wire<T>::type;
    static constexpr oid array = wire<T>::array;
    static std::optional<T> get(cell c) {
        if (c.data == nullptr) return std::nullopt;
        return wire<T>::get(c);
    }
};

// An array column where libpq put it: elements are made while they are walked over, front to back.
template <class T>
class array_view {
public:
    class iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        explicit iterator(detail::array_reader from) : left_(from.size()), from_(from) { step(); }
        T operator*() const { return wire<T>::get(at_); }
        iterator& operator++() {
            --left_;
            step();
            return *this;
        }
        iterator operator++(int) {
            iterator const before = *this;
            ++*this;
            return before;
        }
        bool operator==(iterator const& other) const { return left_ == other.left_; }

    private:
        void step() {
            if (left_ > 0) at_ = from_.next();
        }
        std::size_t left_ = 0;
        detail::array_reader from_;
        cell at_{};
    };

    array_view() = default;
    explicit array_view(cell c) : from_(c) {}
    std::size_t size() const { return from_.size(); }
    iterator begin() const { return iterator(from_); }
    iterator end() const { return {}; }

private:
    detail::array_reader from_;
};
template <class T>
struct wire<array_view<T>> {  // a column only
    static constexpr oid type = wire<T>::array;
    static array_view<T> get(cell c) { return array_view<T>(detail::required(c)); }
};

struct none;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class... Args>
inline constexpr std::array<oid, sizeof...(Args)> parameter_oids{wire<std::remove_cvref_t<Args>>::type...};

template <class Row, class List>
struct column_table;
template <class Row, template <class...> class L, class... D>
struct column_table<Row, L<D...>> {
    template <class M>
    static constexpr column one(char const* name) {
        return {name, wire<M>::type, is_optional<M>};
    }
    static constexpr std::array<column, sizeof...(D)> rows{
        one<std::remove_reference_t<decltype(std::declval<Row&>().*D::pointer)>>(D::name)...};
    static Row read(cell const* cells) {
        Row out{};
        std::size_t i = 0;
        ((out.*D::pointer =
              wire<std::remove_reference_t<decltype(std::declval<Row&>().*D::pointer)>>::get(cells[i++])),
         ...);
        return out;
    }
};

template <class Row>
concept described = boost::describe::has_describe_members<Row>::value && !requires { wire<Row>::type; };

template <class Row>
struct scalar_table {
    static constexpr std::array<column, 1> rows{column{"value", wire<Row>::type, is_optional<Row>}};
    static Row read(cell const* cells) { return wire<Row>::get(cells[0]); }
};

template <class Row>
struct row_table : scalar_table<Row> {};
template <described Row>
struct row_table<Row>
    : column_table<Row, boost::describe::describe_members<Row, boost::describe::mod_public>> {};
template <>
struct row_table<none> {
    static constexpr std::array<column, 0> rows{};
};

// Does a row of this type, or a member of it, lie in the result it was read from?
template <class T>
inline constexpr bool points_into = std::same_as<T, std::string_view>;
template <class T>
inline constexpr bool points_into<array_view<T>> = true;
template <class T>
inline constexpr bool points_into<std::optional<T>> = points_into<T>;
template <class Row>
inline constexpr bool borrows = points_into<Row>;
template <described Row>
inline constexpr bool borrows<Row> = []<template <class...> class L, class... D>(L<D...>) {
    return (points_into<std::remove_reference_t<decltype(std::declval<Row&>().*D::pointer)>> || ...);
}(boost::describe::describe_members<Row, boost::describe::mod_public>{});

template <class Row>
consteval std::span<column const> columns_of() {
    return row_table<Row>::rows;
}

template <class Row>
Row read_row(cell const* cells) {
    return row_table<Row>::read(cells);
}

// The encoded parameters of one execution: lengths of -1 are nulls.
struct parameters {
    std::string bytes;
    std::vector<std::int32_t> lengths;

    template <class T>
    void add(T const& v) {
        std::size_t const before = bytes.size();
        wire<T>::put(bytes, v);
        lengths.push_back(static_cast<std::int32_t>(bytes.size() - before));
    }
    template <class T>
    void add(std::optional<T> const& v) {
        if (v)
            add(*v);
        else
            lengths.push_back(-1);
    }
};

}  // namespace detail
}  // namespace db
