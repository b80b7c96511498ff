// Decodes described structs from JSON, with every fault and its pointer, and prints their JSON
// Schema. The templates only build a small table of function pointers for each type; the loops
// that walk it are ordinary functions in codec.cpp, compiled once.
#pragma once

#include "core/failure.hpp"
#include "http/json_write.hpp"

#include <boost/json/value.hpp>

#include <array>
#include <span>

namespace http {

namespace json = boost::json;

enum class scalar : std::uint8_t { none, string, integer, boolean };

// "/" and the token, escaped as RFC 6901 asks.
void append_pointer(std::string& out, std::string_view token);

// Collects every fault of a request, not just the first, and knows where it is.
class checker {
public:
    static constexpr std::size_t faults_max = 100;

    checker() = default;
    explicit checker(std::vector<core::violation> found) : found_(std::move(found)) {}

    void reject(std::string_view code, std::string message) {
        if (found_.size() < faults_max) found_.push_back({where_, std::string(code), std::move(message)});
    }
    bool clean() const { return found_.empty(); }
    std::size_t count() const { return found_.size(); }
    std::vector<core::violation> take() { return std::move(found_); }

    class step {  // extends the pointer while alive; `token` is escaped as RFC 6901 asks
    public:
        step(checker& c, std::string_view token);
        ~step() { c_.where_.resize(length_); }
        step(step const&) = delete;
        step& operator=(step const&) = delete;

    private:
        checker& c_;
        std::size_t length_;
    };

private:
    std::string where_;
    std::vector<core::violation> found_;
};

struct components {
    json::object schemas;
    json::object examples;                                    // of problems, by their code
    std::vector<std::pair<std::string, void const*>> owners;  // a name taken by another type is refused
};

struct member {
    std::string_view name;
    bool required;
    scalar kind;
    void (*decode)(void* object, json::value const& in, checker& c);
    void (*schema)(json::value& out, components& all);
};

using member_table = std::span<member const>;

void decode_object(member_table, void* object, json::value const& in, checker& c);
void schema_object(std::string const& name, void const* type, member_table, json::value& out,
                   components& all);
void decode_text(std::string& out, json::value const& in, std::size_t min, std::size_t max, bool multiline,
                 checker& c);
void decode_integer(std::int64_t& out, json::value const& in, std::int64_t min, std::int64_t max, checker& c);
void decode_uuid(core::uuid& out, json::value const& in, checker& c);
void decode_timestamp(core::timestamp& out, json::value const& in, checker& c);
void decode_currency(core::currency& out, json::value const& in, checker& c);
// `is` tells whether the text is one; `must` says so: "must be an e-mail address".
void decode_checked(std::string& out, json::value const& in, bool (*is)(std::string_view),
                    std::string_view code, std::string_view must, checker& c);
void decode_enum(int& out, json::value const& in, std::span<std::pair<std::string_view, int> const> names,
                 checker& c);
void reject_size(std::size_t size, std::size_t min, std::size_t max, checker& c);
json::object text_schema(std::size_t min, std::size_t max);
json::object format_schema(std::string_view format, std::string_view example);

template <class T>
struct codec;  // every type that json_write.hpp can write, and patch<T>

// Response-only types (unbounded strings and integers, vectors) have a schema and no decode.
template <class T>
concept decodable = requires(T& t, json::value const& v, checker& c) { codec<T>::decode(t, v, c); };

template <class T>
member_table members();

// "orders::order_view" -> "order_view"; "http::page<orders::order_row>" -> "page_of_order_row".
std::string schema_name_from(std::string_view pretty);
template <class T>
std::string schema_name() {
    return schema_name_from(__PRETTY_FUNCTION__);
}

template <>
struct codec<bool> {
    static constexpr scalar kind = scalar::boolean;
    static void decode(bool& out, json::value const& in, checker& c) {
        if (in.is_bool())
            out = in.get_bool();
        else
            c.reject("wrong_type", "must be true or false");
    }
    static void schema(json::value& out, components&) { out = {{"type", "boolean"}}; }
};

template <class T>
    requires std::same_as<T, std::int64_t> || std::same_as<T, std::int32_t>
struct codec<T> {  // an unbounded integer is for responses; requests name their bounds
    static constexpr scalar kind = scalar::integer;
    static void schema(json::value& out, components&) {
        out = {{"type", "integer"}, {"format", sizeof(T) == 8 ? "int64" : "int32"}};
    }
};

template <>
struct codec<std::string> {  // for responses; requests name their length
    static constexpr scalar kind = scalar::string;
    static void schema(json::value& out, components&) { out = {{"type", "string"}}; }
};

template <>
struct codec<raw_json> {
    static constexpr scalar kind = scalar::none;
    static void schema(json::value& out, components&) { out = json::object{}; }
};

template <class T>
struct codec<raw_json_of<T>> {
    static constexpr scalar kind = scalar::none;
    static void schema(json::value& out, components& all) { codec<T>::schema(out, all); }
};

template <class T>
    requires requires {
        T::length_min;
        T::multiline;
    }
struct codec<T> {
    static constexpr scalar kind = scalar::string;
    static void decode(T& out, json::value const& in, checker& c) {
        decode_text(out.value, in, T::length_min, T::length_max, T::multiline, c);
    }
    static void schema(json::value& out, components&) { out = text_schema(T::length_min, T::length_max); }
};

template <std::int64_t Min, std::int64_t Max>
struct codec<core::integer<Min, Max>> {
    static constexpr scalar kind = scalar::integer;
    static void decode(core::integer<Min, Max>& out, json::value const& in, checker& c) {
        decode_integer(out.value, in, Min, Max, c);
    }
    static void schema(json::value& out, components&) {
        out = {{"type", "integer"}, {"format", "int64"}, {"minimum", Min}, {"maximum", Max}};
    }
};

template <>
struct codec<core::uuid> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::uuid& out, json::value const& in, checker& c) { decode_uuid(out, in, c); }
    static void schema(json::value& out, components&) {
        out = format_schema("uuid", "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10");
    }
};
template <class Tag>
struct codec<core::id<Tag>> : codec<core::uuid> {
    static void decode(core::id<Tag>& out, json::value const& in, checker& c) {
        decode_uuid(out.value, in, c);
    }
};
template <>
struct codec<core::timestamp> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::timestamp& out, json::value const& in, checker& c) {
        decode_timestamp(out, in, c);
    }
    static void schema(json::value& out, components&) {
        out = format_schema("date-time", "2026-03-01T12:00:00.000000Z");
    }
};
template <>
struct codec<core::currency> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::currency& out, json::value const& in, checker& c) {
        decode_currency(out, in, c);
    }
    static void schema(json::value& out, components&) {
        out = {{"type", "string"},
               {"pattern", "^[A-Z]{3}$"},
               {"description", "ISO 4217"},
               {"examples", {"USD"}}};
    }
};
template <>
struct codec<core::email> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::email& out, json::value const& in, checker& c) {
        decode_checked(out.value, in, &core::is_email, "not_an_email", "must be an e-mail address", c);
    }
    static void schema(json::value& out, components&) { out = format_schema("email", "ada@example.com"); }
};
template <>
struct codec<core::handle> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::handle& out, json::value const& in, checker& c) {
        decode_checked(out.value, in, &core::is_handle, "not_a_handle",
                       "must be 1 to 200 of a-z, 0-9 and single hyphens between them", c);
    }
    static void schema(json::value& out, components&) {
        out = {{"type", "string"},
               {"pattern", "^[a-z0-9]+(-[a-z0-9]+)*$"},
               {"maxLength", 200},
               {"examples", {"ocean-blue-shirt"}}};
    }
};
template <>
struct codec<core::url> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::url& out, json::value const& in, checker& c) {
        decode_checked(out.value, in, &core::is_http_url, "not_a_url",
                       "must be an absolute http or https URL", c);
    }
    static void schema(json::value& out, components&) {
        out = format_schema("uri", "https://example.com/shirt.jpg");
    }
};
template <>
struct codec<core::country> {
    static constexpr scalar kind = scalar::string;
    static void decode(core::country& out, json::value const& in, checker& c) {
        decode_checked(out.value, in, &core::is_country, "not_a_country",
                       "must be an ISO 3166-1 alpha-2 code", c);
    }
    static void schema(json::value& out, components&) {
        out = {{"type", "string"},
               {"pattern", "^[A-Z]{2}$"},
               {"description", "ISO 3166-1 alpha-2"},
               {"examples", {"US"}}};
    }
};

template <class T>
struct codec<std::optional<T>> {
    static constexpr scalar kind = codec<T>::kind;
    static void decode(std::optional<T>& out, json::value const& in, checker& c)
        requires decodable<T>
    {
        codec<T>::decode(out.emplace(), in, c);  // null is a type error: leave the field out
    }
    static void schema(json::value& out, components& all) { codec<T>::schema(out, all); }
};
template <class T>
struct codec<nullable<T>> {
    static constexpr scalar kind = codec<T>::kind;
    static void schema(json::value& out, components& all) {
        json::value inner;
        codec<T>::schema(inner, all);
        out = json::object{{"anyOf", {std::move(inner), {{"type", "null"}}}}};
    }
};
template <class T>
struct codec<core::patch<T>> {
    static constexpr scalar kind = codec<T>::kind;
    static void decode(core::patch<T>& out, json::value const& in, checker& c) {
        if constexpr (is_optional<T>) {
            T& value = out.emplace();
            if (!in.is_null()) codec<typename T::value_type>::decode(value.emplace(), in, c);
        } else
            codec<T>::decode(out.emplace(), in, c);
    }
    static void schema(json::value& out, components& all) {
        if constexpr (is_optional<T>)
            codec<nullable<typename T::value_type>>::schema(out, all);
        else
            codec<T>::schema(out, all);
    }
};

template <class T>
struct codec<std::vector<T>> {  // for responses; requests name their bound with core::list
    static constexpr scalar kind = scalar::none;
    static void schema(json::value& out, components& all) {
        json::object& o = out.emplace_object();
        o["type"] = "array";
        codec<T>::schema(o["items"], all);
    }
};
template <class T, std::size_t Max, std::size_t Min>
struct codec<core::list<T, Max, Min>> {
    static constexpr scalar kind = scalar::none;
    static void decode(core::list<T, Max, Min>& out, json::value const& in, checker& c) {
        if (!in.is_array()) return c.reject("wrong_type", "must be an array");
        reject_size(in.get_array().size(), Min, Max, c);
        if (in.get_array().size() > Max) return;
        std::size_t index = 0;
        for (json::value const& item : in.get_array()) {
            checker::step const here(c, std::to_string(index++));
            codec<T>::decode(out.items.emplace_back(), item, c);
        }
    }
    static void schema(json::value& out, components& all) {
        codec<std::vector<T>>::schema(out, all);
        out.get_object()["minItems"] = Min;
        out.get_object()["maxItems"] = Max;
    }
};

template <class T>
    requires std::is_enum_v<T>
struct codec<T> {
    static constexpr scalar kind = scalar::string;
    static constexpr auto names = []<template <class...> class L, class... D>(L<D...>) {
        return std::array{std::pair<std::string_view, int>{D::name, static_cast<int>(D::value)}...};
    }(boost::describe::describe_enumerators<T>{});

    static void decode(T& out, json::value const& in, checker& c) {
        int value = static_cast<int>(out);
        decode_enum(value, in, names, c);
        out = static_cast<T>(value);
    }
    static void schema(json::value& out, components&) {
        json::object& o = out.emplace_object();
        o["type"] = "string";
        json::array& allowed = o["enum"].emplace_array();
        for (auto const& entry : names) allowed.emplace_back(entry.first);
    }
};

template <core::literal... Words>
struct codec<core::choice<Words...>> {
    static constexpr scalar kind = scalar::string;
    static constexpr auto names = [] {
        std::array<std::pair<std::string_view, int>, sizeof...(Words)> out;
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = {core::choice<Words...>::words[i], static_cast<int>(i)};
        return out;
    }();

    static void decode(core::choice<Words...>& out, json::value const& in, checker& c) {
        int value = static_cast<int>(out.index);
        decode_enum(value, in, names, c);
        out.index = static_cast<std::size_t>(value);
    }
    static void schema(json::value& out, components&) {
        json::object& o = out.emplace_object();
        o["type"] = "string";
        json::array& allowed = o["enum"].emplace_array();
        for (std::string_view const word : core::choice<Words...>::words) allowed.emplace_back(word);
        o["default"] = core::choice<Words...>::words.front();
    }
};

template <class T>
inline constexpr char type_tag = 0;  // its address names the type

template <class T>
    requires(
        boost::describe::has_describe_members<T>::value && !requires { T::length_min; } &&
        !requires { T::value_min; })
struct codec<T> {
    static constexpr scalar kind = scalar::none;
    static void decode(T& out, json::value const& in, checker& c) {
        decode_object(members<T>(), &out, in, c);
    }
    static void schema(json::value& out, components& all) {
        schema_object(schema_name<T>(), &type_tag<T>, members<T>(), out, all);
    }
};

namespace detail {

template <class T>
inline constexpr bool may_be_absent = is_optional<T>;
template <class T>
inline constexpr bool may_be_absent<core::patch<T>> = true;

template <class Object, class D>
constexpr member describe_one() {
    using value_type = std::remove_reference_t<decltype(std::declval<Object&>().*D::pointer)>;
    member m{.name = D::name,
             .required = !may_be_absent<value_type>,
             .kind = codec<value_type>::kind,
             .decode = nullptr,
             .schema = &codec<value_type>::schema};
    if constexpr (decodable<value_type>)
        m.decode = [](void* o, json::value const& in, checker& c) {
            codec<value_type>::decode(static_cast<Object*>(o)->*D::pointer, in, c);
        };
    return m;
}

template <class T, class List>
struct table;
template <class T, template <class...> class L, class... D>
struct table<T, L<D...>> {
    static constexpr std::array<member, sizeof...(D)> rows{describe_one<T, D>()...};
};

}  // namespace detail

template <class T>
member_table members() {
    return detail::table<T, boost::describe::describe_members<T, boost::describe::mod_public>>::rows;
}

}  // namespace http
