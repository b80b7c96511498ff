// Any bytes as a connection's input, whole and in small pieces: both must be understood alike, and a body
// must end where a second, simple reading of RFC 9112 ends it. Where two readers disagree, requests can be
// smuggled.
#include "fuzz.hpp"
#include "http/gate.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

using test::fuzz::expect;

namespace {

constexpr std::size_t body_limit = 256;

struct outcome {
    bool complete = false;
    std::size_t used = 0;  // of what follows the head
    std::string body;
};

// As the server reads: what is unused stays in front of what comes next.
std::optional<outcome> read_message(std::string_view head, std::string_view rest, std::size_t piece) {
    http::message m({});
    if (!m.read_head(head)) return std::nullopt;
    outcome out;
    std::size_t come = 0;
    while (m.how().has_body() && !m.complete() && come < rest.size()) {
        come = std::min(come + piece, rest.size());
        auto const used = m.read_body(rest.substr(out.used, come - out.used), body_limit);
        if (!used) return std::nullopt;
        expect(*used <= come - out.used, "no more is used than there is");
        out.used += *used;
    }
    out.complete = m.complete();
    out.body = m.in().body;
    expect(out.body.size() <= body_limit, "the body's limit holds");
    return out;
}

// RFC 9112, 7.1, without trailers.
std::optional<outcome> unchunked(std::string_view rest) {
    outcome out;
    while (true) {
        std::size_t const end = rest.find("\r\n", out.used);
        if (end == rest.npos) return std::nullopt;
        std::string_view const line = rest.substr(out.used, end - out.used);
        std::size_t size = 0;
        auto const [stop, ec] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
        if (ec != std::errc{} || size > body_limit || line.find_first_of("\r\n") != line.npos)
            return std::nullopt;
        if (stop != line.data() + line.size() && *stop != ';' && *stop != ' ' && *stop != '\t')
            return std::nullopt;
        std::string_view const after = rest.substr(end + 2);
        if (after.size() < size + 2 || after.substr(size, 2) != "\r\n") return std::nullopt;
        out.body.append(after.substr(0, size));
        out.used = end + 2 + size + 2;
        if (size == 0) return out;
    }
}

void look_at(http::message& m) {
    http::request const& in = m.in();
    for (auto const& [name, value] : in.fields) {
        expect(http::is_token(name), "a field's name is a token");
        expect(std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }),
               "a field is one line");
    }
    expect(in.path == "*" || in.path.starts_with('/'), "a path begins with a slash");
    expect(in.path == "*" || http::is_origin_form(in.target), "the target is a path and a query");
    expect(!(m.how().chunked && m.how().content_length > 0), "one way of delimiting a body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes = test::fuzz::text_of(data, size);
    std::size_t const length = http::message::head_length(bytes);
    if (length == 0) return 0;
    std::string_view const head = bytes.substr(0, length);
    std::string_view const rest = bytes.substr(length);
    http::message m({});
    if (!m.read_head(head)) return 0;
    expect(http::fault_in_head(head).empty(), "what the gate refuses is refused");
    look_at(m);

    auto const whole = read_message(head, rest, rest.size() + 1);
    auto const pieces = read_message(head, rest, 1 + size % 5);
    bool const done = whole && whole->complete;
    expect(done == (pieces && pieces->complete), "a body is whole or not, however it arrives");
    if (!done) return 0;
    expect(whole->body == pieces->body && whole->used == pieces->used,
           "a body is the same however it arrives");
    if (m.how().chunked) {
        auto const expected = unchunked(rest);
        expect(expected && expected->body == whole->body && expected->used == whole->used,
               "the chunks are these");
    } else {
        expect(whole->used == m.how().content_length, "the body is as long as was announced");
        expect(whole->body == rest.substr(0, whole->used), "the body is these bytes");
    }
    return 0;
}
