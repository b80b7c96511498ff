#include "observe/log_line.hpp"

#include "core/utf8.hpp"

#include <array>
#include <charconv>

namespace observe {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

void append_integer(std::string& out, std::int64_t value) {
    char text[24];
    auto const end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

// C0, DEL, C1, and the characters that turn the direction of what follows: any of them could make a line
// look like another one.
bool is_unprintable(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void append_unicode_escape(std::string& out, char32_t c) {
    constexpr char digits[] = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[c >> shift & 15];
}

// A string's inside, in JSON's escapes. Bytes that are no UTF-8 become U+FFFD.
void append_escaped(std::string& out, std::string_view value) {
    bool const cut = value.size() > log_value_max;
    if (cut) value = value.substr(0, log_value_max);
    while (!value.empty()) {
        auto const first = static_cast<unsigned char>(value.front());
        if (first >= 0x20 && first < 0x7F && first != '"' && first != '\\') {
            out += value.front();
            value.remove_prefix(1);
            continue;
        }
        std::string_view const before = value;
        auto const c = core::take_code_point(value);
        if (!c) {
            out += "\xEF\xBF\xBD";
            value.remove_prefix(1);
        } else if (*c == '"' || *c == '\\') {
            out += '\\';
            out += static_cast<char>(*c);
        } else if (*c == '\n') {
            out += "\\n";
        } else if (is_unprintable(*c)) {
            append_unicode_escape(out, *c);
        } else {
            out += before.substr(0, before.size() - value.size());
        }
    }
    if (cut) out += "…";
}

void append_quoted(std::string& out, std::string_view value) {
    out += '"';
    append_escaped(out, value);
    out += '"';
}

bool is_plain_word(std::string_view value) {
    if (value.empty() || value.size() > log_value_max) return false;
    for (char c : value)
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\') return false;
    return true;
}

struct value_writer {
    std::string& out;
    log_format format;

    void operator()(std::string_view v) const {
        if (format == log_format::text && is_plain_word(v))
            out += v;
        else
            append_quoted(out, v);
    }
    void operator()(std::int64_t v) const { append_integer(out, v); }
    void operator()(bool v) const { out += v ? "true" : "false"; }
};

void append_field(std::string& out, log_format format, field const& f) {
    if (format == log_format::json) {
        out += ',';
        append_quoted(out, f.key);
        out += ':';
    } else {
        out += ' ';
        out += f.key;
        out += '=';
    }
    std::visit(value_writer{out, format}, f.value);
}

// "1.234ms": three digits are enough to see and few enough to read.
void append_milliseconds(std::string& out, std::uint64_t us) {
    append_integer(out, static_cast<std::int64_t>(us / 1000));
    out += '.';
    for (std::uint64_t unit = 100; unit > 0; unit /= 10) out += static_cast<char>('0' + us / unit % 10);
    out += "ms";
}

void open_line(std::string& out, log_format format, core::timestamp at, level how, std::string_view message) {
    std::string_view const name = level_names[static_cast<std::size_t>(how)];
    if (format == log_format::json) {
        out += R"({"time":")";
        core::append(out, at);
        out += R"(","level":")";
        out += name;
        out += R"(","message":)";
        append_quoted(out, message);
    } else {
        core::append(out, at);
        out += ' ';
        out += name;
        out += ' ';
        append_escaped(out, message);
    }
}

void append_refusal(std::string& out, log_format format, access_record const& r) {
    if (!r.code.empty()) append_field(out, format, {"code", r.code});
    if (!r.reason.empty()) append_field(out, format, {"reason", r.reason});
}

void close_line(std::string& out, log_format format) { out += format == log_format::json ? "}\n" : "\n"; }

}  // namespace

void append_record(std::string& out, log_format format, core::timestamp at, level how,
                   std::string_view message, std::initializer_list<field> fields) {
    open_line(out, format, at, how, message);
    for (field const& f : fields) append_field(out, format, f);
    close_line(out, format);
}

void append_access(std::string& out, log_format format, core::timestamp at, access_record const& r) {
    if (format == log_format::json) {
        open_line(out, format, at, level::info, "request");
        for (field const& f :
             {field{"request_id", r.request_id}, field{"actor", r.actor}, field{"method", r.method},
              field{"route", r.route}, field{"status", r.status}, field{"total_us", r.total_us},
              field{"database_us", r.database_us}, field{"statements", r.statements},
              field{"round_trips", r.round_trips}, field{"bytes", r.bytes}, field{"remote", r.remote}})
            append_field(out, format, f);
        append_refusal(out, format, r);
        close_line(out, format);
        return;
    }
    open_line(out, format, at, level::info, "");
    append_integer(out, r.status);
    out += ' ';
    append_escaped(out, r.method);
    out += ' ';
    append_escaped(out, r.route.empty() ? "-" : r.route);
    out += ' ';
    append_milliseconds(out, r.total_us);
    out += " db=";
    append_milliseconds(out, r.database_us);
    append_field(out, format, {"statements", r.statements});
    append_field(out, format, {"round_trips", r.round_trips});
    append_field(out, format, {"bytes", r.bytes});
    if (!r.actor.empty()) append_field(out, format, {"actor", r.actor});
    append_field(out, format, {"remote", r.remote});
    append_field(out, format, {"request_id", r.request_id});
    append_refusal(out, format, r);
    close_line(out, format);
}

}  // namespace observe
