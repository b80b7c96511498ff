#include "http/body.hpp"

#include "http/failures.hpp"
#include "http/gate.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace http {
namespace {

using core::nothing;
using core::result;

core::problem refuse(std::string_view why) { return {bad_syntax, {}, std::string(why)}; }

std::string_view past_blanks(std::string_view s) {
    s.remove_prefix(std::min(s.find_first_not_of(" \t"), s.size()));
    return s;
}

// Removes a token from the front; false if there is none.
bool take_token(std::string_view& s) {
    std::size_t n = 0;
    while (n < s.size() && is_token(s.substr(n, 1))) ++n;
    s.remove_prefix(n);
    return n > 0;
}

bool take_quoted(std::string_view& s) {
    for (std::size_t i = 1; i < s.size(); ++i) {
        if (s[i] == '\\')
            ++i;
        else if (s[i] == '"') {
            s.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

// *( BWS ";" BWS name [ BWS "=" BWS value ] ), RFC 9112, 7.1.1
bool are_extensions(std::string_view s) {
    while (!s.empty()) {
        s = past_blanks(s);
        if (!s.starts_with(';')) return false;
        s = past_blanks(s.substr(1));
        if (!take_token(s)) return false;
        std::string_view value = past_blanks(s);
        if (!value.starts_with('=')) continue;
        value = past_blanks(value.substr(1));
        if (!(value.starts_with('"') ? take_quoted(value) : take_token(value))) return false;
        s = value;
    }
    return true;
}

// The size that a chunk's line gives; nothing if it is no such line.
std::optional<std::uint64_t> read_chunk_line(std::string_view line) {
    std::uint64_t size = 0;
    auto const [end, ec] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (ec != std::errc{} || !are_extensions(line.substr(static_cast<std::size_t>(end - line.data()))))
        return std::nullopt;
    return size;
}

}  // namespace

body_reader body_reader::of_length(std::uint64_t n) {
    body_reader out;
    if (n > 0) out.at_ = place::counted;
    out.left_ = n;
    return out;
}

body_reader body_reader::of_chunks(body_limits limits) {
    body_reader out;
    out.at_ = place::line;
    out.limits_ = limits;
    return out;
}

result<std::size_t> body_reader::read(std::string_view bytes, std::string& into, std::size_t body_limit) {
    if (at_ == place::counted && into.size() + left_ > body_limit) return body_too_large;
    std::size_t used = 0;
    while (used < bytes.size() && at_ != place::end) {
        if (at_ == place::data || at_ == place::counted) {
            auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
            into.append(bytes, used, n);
            used += n;
            left_ -= n;
            if (left_ == 0) at_ = at_ == place::data ? place::data_cr : place::end;
            continue;
        }
        if (++framing_bytes_ > limits_.framing_bytes + body_limit / 64)
            return refuse("the chunks of the body are too many for what they hold");
        if (auto fine = frame(bytes[used], into.size(), body_limit); !fine) return fine.error();
        ++used;
    }
    return used;
}

result<nothing> body_reader::line_byte(char c) {
    if (c == '\r') {
        auto const size = read_chunk_line({line_.data(), line_bytes_});
        if (!size) return refuse("a chunk's line is not a size in hexadecimal and extensions");
        left_ = *size;
        line_bytes_ = 0;
        at_ = place::line_end;
        return nothing{};
    }
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
        return refuse("a chunk's line holds a control character");
    if (line_bytes_ == chunk_line_max) return refuse("a chunk's line is too long");
    line_[line_bytes_++] = c;
    return nothing{};
}

// One byte between the pieces of the body.
result<nothing> body_reader::frame(char c, std::size_t already, std::size_t body_limit) {
    switch (at_) {
        case place::line: return line_byte(c);
        case place::line_end:
            if (c != '\n') return refuse("a chunk's line ends without CRLF");
            if (left_ > body_limit || already + left_ > body_limit) return body_too_large;
            at_ = left_ == 0 ? place::last_cr : place::data;
            break;
        case place::data_cr:
            if (c != '\r') return refuse("a chunk is longer than its size");
            at_ = place::data_lf;
            break;
        case place::data_lf:
            if (c != '\n') return refuse("a chunk ends without CRLF");
            at_ = place::line;
            break;
        case place::last_cr:
            if (c != '\r') return refuse("trailer fields are not accepted");
            at_ = place::last_lf;
            break;
        case place::last_lf:
            if (c != '\n') return refuse("the last chunk ends without CRLF");
            at_ = place::end;
            break;
        case place::data:
        case place::counted:
        case place::end: break;
    }
    return nothing{};
}

}  // namespace http
