#include "http/message.hpp"

#include "core/text.hpp"
#include "http/failures.hpp"
#include "http/gate.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <charconv>

namespace http {
namespace {

namespace beast = boost::beast::http;
using boost::system::error_code;
using core::nothing;
using core::result;

core::problem refuse(std::string_view why) { return {bad_syntax, {}, std::string(why)}; }

// The method as it is logged: what a stranger made up is not.
std::string_view spoken_name(std::string_view method) {
    for (std::string_view const known : method_names)
        if (known == method) return known;
    for (std::string_view const known : {std::string_view("HEAD"), std::string_view("OPTIONS")})
        if (known == method) return known;
    return method.empty() ? "-" : "other";
}

error_code stop() { return beast::make_error_code(beast::error::bad_value); }

// Beast's callbacks for a head, collected into the request. Everything is copied once: the input buffer moves
// on.
struct head_parser final : beast::basic_parser<true> {
    request& in;
    std::size_t fields_max;
    int version = 11;
    std::string method;
    std::string_view why = "the request is not valid HTTP";
    bool too_many = false;

    head_parser(request& r, std::size_t most) : in(r), fields_max(most) {}

    void on_request_impl(beast::verb, boost::beast::string_view name, boost::beast::string_view target, int v,
                         error_code&) override {
        method.assign(name.data(), name.size());
        in.target.assign(target.data(), target.size());
        version = v;
    }
    void on_response_impl(int, boost::beast::string_view, int, error_code& ec) override { ec = stop(); }
    void on_field_impl(beast::field, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& ec) override {
        if (in.fields.size() >= fields_max) {
            too_many = true;
            ec = stop();
        } else
            in.fields.emplace_back(core::ascii_lower({name.data(), name.size()}),
                                   std::string(value.data(), value.size()));
    }
    // Beast reads no further: the body is body_reader's.
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, error_code&) override {
        return 0;
    }
    void on_finish_impl(error_code&) override {}
};

}  // namespace

std::size_t message::head_length(std::string_view bytes) {
    std::size_t const end = bytes.find("\r\n\r\n");
    if (end != bytes.npos) return end + 4;
    // A head that ends in bare line feeds would never be whole: hand it over, to be refused.
    std::size_t const bare = bytes.find("\n\n");
    return bare == bytes.npos ? 0 : bare + 2;
}

result<nothing> message::read_head(std::string_view head) {
    in_.head = asks_for_head(head);  // first of all: a refusal, too, has no body then
    std::size_t const line_end = std::min(head.find("\r\n"), head.size());
    if (line_end > limits_.target_bytes + 64) return target_too_long;
    if (auto const fault = fault_in_head(head); !fault.empty()) return refuse(fault);
    head_parser parser(in_, limits_.fields_count);
    parser.header_limit(static_cast<std::uint32_t>(head.size()));
    parser.body_limit(boost::none);
    parser.eager(false);
    in_.fields.reserve(16);
    error_code ec;
    parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
    in_.spoken = spoken_name(parser.method);
    if (parser.too_many) return fields_too_large;
    if (ec || !parser.is_header_done()) return refuse(parser.why);
    auto fields = judge_fields(parser.version);
    if (!fields) return fields;
    return judge_target(parser.method, in_.target);
}

std::size_t message::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(in_.fields, [&](auto const& f) { return f.first == name; }));
}

// Connection is a list (RFC 9110, 7.6.1) and may come in several fields.
bool message::connection_says(std::string_view option) const {
    for (auto const& [name, value] : in_.fields) {
        if (name != "connection") continue;
        std::string const all = core::ascii_lower(value);
        for (std::string_view rest = all; !rest.empty();) {
            std::size_t const end = std::min(rest.find(','), rest.size());
            if (core::trimmed(rest.substr(0, end)) == option) return true;
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return false;
}

bool message::once(std::string_view name) const { return count(name) <= 1; }

result<nothing> message::judge_fields(int version) {
    std::size_t const hosts = count("host");
    if (version == 11 && hosts == 0) return refuse("the Host field is missing");
    if (hosts > 1) return refuse("there are two Host fields");
    if (hosts == 1 && !is_host(in_.field("host"))) return refuse("the Host field is not a host");
    for (std::string_view const name :
         {"authorization", "content-type", "cookie", "if-match", "if-none-match", "origin", "idempotency-key",
          "x-request-id", "expect", "traceparent", "sec-fetch-site"})
        if (!once(name)) return refuse("the field " + std::string(name) + " is given twice");
    return judge_framing(version);
}

result<nothing> message::judge_framing(int version) {
    how_.old_client = version == 10;
    how_.keep_alive = version == 11 ? !connection_says("close")
                                    : connection_says("keep-alive") && !connection_says("close");
    std::size_t const encodings = count("transfer-encoding");
    std::size_t const lengths = count("content-length");
    if (encodings > 0) {
        if (version == 10) return refuse("HTTP/1.0 knows no Transfer-Encoding");
        if (lengths > 0) return refuse("Transfer-Encoding and Content-Length together");
        if (encodings > 1 || core::ascii_lower(in_.field("transfer-encoding")) != "chunked")
            return refuse("the only Transfer-Encoding is chunked");
        how_.chunked = true;
    }
    if (lengths > 1) return refuse("there are two Content-Length fields");
    if (lengths == 1) {
        std::string_view const text = in_.field("content-length");
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), how_.content_length);
        if (ec != std::errc{} || end != text.data() + text.size() || text.empty())
            return refuse("the Content-Length is not a number");
    }
    if (count("expect") > 0) {
        if (core::ascii_lower(in_.field("expect")) != "100-continue") return expectation_failed;
        how_.expect_continue = version == 11 && how_.has_body();
    }
    body_ = how_.chunked ? body_reader::of_chunks(limits_.body) : body_reader::of_length(how_.content_length);
    return nothing{};
}

result<nothing> message::judge_target(std::string_view name, std::string_view target) {
    options_ = name == "OPTIONS";
    bool known = options_ || in_.head;
    for (std::size_t i = 0; i < method_names.size(); ++i)
        if (method_names[i] == name) {
            in_.verb = static_cast<method>(i);
            known = true;
        }
    if (!known) return refuse("the method is not one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS");
    if (options_ && target == "*") {
        in_.path = "*";
        return nothing{};
    }
    std::string const absolute(target);  // absolute-form: a server must take it (RFC 9112, 3.2.2)
    if (core::ascii_lower(target.substr(0, 7)) == "http://" ||
        core::ascii_lower(target.substr(0, 8)) == "https://") {
        std::size_t const from = target.find("//") + 2;
        std::size_t const slash = std::min(target.find_first_of("/?", from), target.size());
        if (!is_host(target.substr(from, slash - from))) return refuse("the request target names no host");
        in_.target = slash == target.size() || absolute[slash] == '?' ? "/" + absolute.substr(slash)
                                                                      : absolute.substr(slash);
    }
    if (in_.target.size() > limits_.target_bytes) return target_too_long;
    if (!is_origin_form(in_.target)) return refuse("the request target is not a path");
    std::size_t const mark = std::min(in_.target.find('?'), in_.target.size());
    in_.path = in_.target.substr(0, mark);
    in_.query = in_.target.substr(std::min(mark + 1, in_.target.size()));
    return nothing{};
}

}  // namespace http
