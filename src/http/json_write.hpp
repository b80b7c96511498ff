// Writes described structs as JSON text, straight into the output. Ordinary templates folded over
// Describe's member lists: no document is built on the way.
#pragma once

#include "core/money.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "core/values.hpp"
#include "http/endpoint.hpp"

#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/enumerators.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <utility>

namespace http {

struct raw_json {  // a document that is JSON already
    std::string text;
};

template <class T>
struct raw_json_of : raw_json {};  // and known to spell a T

// Appends `s` quoted and escaped (RFC 8259); `s` is UTF-8.
void write_string(std::string& out, std::string_view s);

inline void write_integer(std::string& out, std::int64_t v) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, v).ptr;
    out.append(digits, end);
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

namespace detail {
template <class T>
concept wrapped_text = !boost::describe::has_describe_members<T>::value && requires(T const& t) {
    { t.value } -> std::convertible_to<std::string_view>;
};
template <class T>
concept wrapped_integer = requires(T const& t) {
    T::value_min;
    { t.value } -> std::convertible_to<std::int64_t>;
};
template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<core::id<Tag>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<nullable<T>> = true;
}  // namespace detail

template <class T>
void write(std::string& out, T const& v);

namespace detail {
// `,"name":` of a described member, put together while compiling.
template <class Member>
inline constexpr auto key_text = [] {
    constexpr std::string_view name = Member::name;
    std::array<char, name.size() + 4> out{',', '"'};
    std::ranges::copy(name, out.begin() + 2);
    out[name.size() + 2] = '"';
    out[name.size() + 3] = ':';
    return out;
}();

template <class T, template <class...> class L, class... D>
void write_members(std::string& out, T const& v, L<D...>) {
    out.push_back('{');
    bool first = true;
    auto const one = [&](auto const& field, std::string_view key) {
        using field_type = std::remove_cvref_t<decltype(field)>;
        if constexpr (is_optional<field_type>) {
            if (!field) return;
        }
        out.append(key.substr(std::exchange(first, false) ? 1 : 0));
        if constexpr (is_optional<field_type>)
            http::write(out, *field);
        else
            http::write(out, field);
    };
    (one(v.*D::pointer, std::string_view(key_text<D>.data(), key_text<D>.size())), ...);
    out.push_back('}');
}
}  // namespace detail

template <class T>
void write(std::string& out, T const& v) {
    if constexpr (std::same_as<T, bool>)
        out.append(v ? "true" : "false");
    else if constexpr (std::integral<T>)
        write_integer(out, static_cast<std::int64_t>(v));
    else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>)
        write_string(out, v);
    else if constexpr (std::derived_from<T, raw_json>)
        out.append(v.text);
    else if constexpr (std::same_as<T, core::uuid> || std::same_as<T, core::timestamp>) {
        out.push_back('"');
        core::append(out, v);
        out.push_back('"');
    } else if constexpr (detail::is_id<T>)
        write(out, v.value);
    else if constexpr (std::same_as<T, core::currency>)
        write_string(out, v.code());
    else if constexpr (requires { T::words; })
        write_string(out, v.word());
    else if constexpr (detail::wrapped_integer<T>)
        write_integer(out, v.value);
    else if constexpr (detail::is_nullable<T>) {
        if (v.value)
            write(out, *v.value);
        else
            out.append("null");
    } else if constexpr (detail::wrapped_text<T>)
        write_string(out, v.value);
    else if constexpr (detail::is_vector<T>) {
        out.push_back('[');
        bool first = true;
        for (auto const& item : v) {
            if (!std::exchange(first, false)) out.push_back(',');
            write(out, item);
        }
        out.push_back(']');
    } else if constexpr (requires { v.items; })
        write(out, v.items);
    else if constexpr (std::is_enum_v<T>) {
        out.append("\"").append(boost::describe::enum_to_string(v, "")).append("\"");
    } else
        detail::write_members(out, v, boost::describe::describe_members<T, boost::describe::mod_public>{});
}

}  // namespace http
