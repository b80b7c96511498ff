// The log: one line for each record, as JSON or for reading, on standard error or where it is told to go.
// Nothing here takes a header, a body or a whole address, so no secret gets in by accident.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace observe {

enum class level : std::uint8_t { debug, info, warning, error };
enum class log_format : std::uint8_t { text, json };

struct log_options {
    log_format format = log_format::text;
    level least = level::info;  // records below it are dropped
    int fd = 2;
};

// At start, and in tests: threads that are logging meanwhile use the old or the new options.
void configure_log(log_options options);

struct field {
    std::string_view key;  // snake_case
    std::variant<std::string_view, std::int64_t, bool> value;

    field(std::string_view k, std::string_view v) : key(k), value(v) {}
    field(std::string_view k, std::string const& v) : key(k), value(std::string_view(v)) {}
    field(std::string_view k, char const* v) : key(k), value(std::string_view(v)) {}
    field(std::string_view k, bool v) : key(k), value(v) {}
    template <class Integer>
        requires std::is_integral_v<Integer>
    field(std::string_view k, Integer v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

inline constexpr std::size_t log_value_max = 4096;  // bytes of one value; the rest is cut off and marked

// Written at once. Control characters, and what turns the direction of text, are escaped in every value.
void log(level how, std::string_view message, std::initializer_list<field> fields = {});

inline void debug(std::string_view m, std::initializer_list<field> f = {}) { log(level::debug, m, f); }
inline void info(std::string_view m, std::initializer_list<field> f = {}) { log(level::info, m, f); }
inline void warning(std::string_view m, std::initializer_list<field> f = {}) { log(level::warning, m, f); }
inline void error(std::string_view m, std::initializer_list<field> f = {}) { log(level::error, m, f); }

// One answered request. The route is the template ("/v1/products/{handle}"): what a client put into the
// address may be a secret and is not logged.
struct access_record {
    std::string_view request_id;
    std::string_view actor;  // the user's id; empty for a guest
    std::string_view method;
    std::string_view route;  // empty: no route matched
    int status = 0;
    std::uint64_t total_us = 0;
    std::uint64_t database_us = 0;
    std::uint32_t statements = 0;
    std::uint32_t round_trips = 0;
    std::uint64_t bytes = 0;  // of the answer's body
    std::string_view remote;
    std::string_view code = {};    // of the problem that was answered; empty otherwise
    std::string_view reason = {};  // why the request could not be read, in a sentence of ours
};

// Kept in this thread's buffer until flush(), 64 KiB, or the next record 100 ms later: call flush() at
// the end of an event loop's turn. No allocation once the buffer has grown.
void access(access_record const& r);
void flush();

std::uint64_t log_bytes_dropped();  // because whoever reads the log went away or was too slow

}  // namespace observe
