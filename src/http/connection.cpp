#include "http/connection.hpp"

#include "http/failures.hpp"
#include "http/gate.hpp"
#include "http/origin.hpp"
#include "loop/loop.hpp"

#include <boost/asio/buffer.hpp>

#include <cstring>
#include <ctime>

namespace http {
namespace {

using boost::system::error_code;
using tcp = boost::asio::ip::tcp;

struct receive {
    tcp::socket& from;
    std::pair<char*, std::size_t> into;
    error_code ec{};
    std::size_t got = 0;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
        from.async_read_some(boost::asio::buffer(into.first, into.second),
                             [this, h](error_code e, std::size_t n) {
                                 ec = e;
                                 got = n;
                                 h.resume();
                             });
    }
    std::size_t await_resume() const noexcept { return ec ? 0 : got; }
};

struct send {
    tcp::socket& to;
    std::string_view what;
    error_code ec{};
    std::size_t sent = 0;

    bool await_ready() {  // mostly the kernel takes it at once
        sent = to.write_some(boost::asio::buffer(what.data(), what.size()), ec);
        return ec != boost::asio::error::would_block;
    }
    void await_suspend(std::coroutine_handle<> h) {
        to.async_write_some(boost::asio::buffer(what.data(), what.size()),
                            [this, h](error_code e, std::size_t n) {
                                ec = e;
                                sent = n;
                                h.resume();
                            });
    }
    std::size_t await_resume() const noexcept { return ec ? 0 : sent; }
};

std::string_view phrase(int status) {
    switch (status) {
        case 200: return "200 OK";
        case 201: return "201 Created";
        case 204: return "204 No Content";
        case 304: return "304 Not Modified";
        case 400: return "400 Bad Request";
        case 401: return "401 Unauthorized";
        case 403: return "403 Forbidden";
        case 404: return "404 Not Found";
        case 405: return "405 Method Not Allowed";
        case 408: return "408 Request Timeout";
        case 409: return "409 Conflict";
        case 412: return "412 Precondition Failed";
        case 413: return "413 Content Too Large";
        case 414: return "414 URI Too Long";
        case 415: return "415 Unsupported Media Type";
        case 417: return "417 Expectation Failed";
        case 422: return "422 Unprocessable Content";
        case 428: return "428 Precondition Required";
        case 429: return "429 Too Many Requests";
        case 431: return "431 Request Header Fields Too Large";
        case 500: return "500 Internal Server Error";
        case 503: return "503 Service Unavailable";
        default: return {};
    }
}

// The Date field's value, made once a second for each thread (RFC 9110, 6.6.1).
std::string const& date() {
    thread_local std::time_t made = 0;
    thread_local std::string text;
    std::time_t const now = std::time(nullptr);
    if (now != made) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        char buffer[40];
        std::size_t const n = std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc);
        text.assign(buffer, n);
        made = now;
    }
    return text;
}

enum class afterwards { keep, keep_and_say, close };

void append_head(std::string& out, reply const& r, std::string_view request_id, afterwards then) {
    out.append("HTTP/1.1 ");
    if (auto const known = phrase(r.status); !known.empty())
        out.append(known);
    else
        out.append(std::to_string(r.status)).append(" Status");
    out.append("\r\ndate: ").append(date());
    if (r.status != 204 && r.status != 304) {
        out.append("\r\ncontent-type: ").append(r.content_type).append("\r\ncontent-length: ");
        write_integer(out, static_cast<std::int64_t>(r.body.size()));
        out.append("\r\nx-content-type-options: nosniff");
    }
    if (!request_id.empty()) out.append("\r\nx-request-id: ").append(request_id);
    for (auto const& [name, value] : r.fields) out.append("\r\n").append(name).append(": ").append(value);
    if (then == afterwards::close) out.append("\r\nconnection: close");
    if (then == afterwards::keep_and_say) out.append("\r\nconnection: keep-alive");
    out.append("\r\n\r\n");
}

}  // namespace

void input_buffer::consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
}

std::pair<char*, std::size_t> input_buffer::space(std::size_t wanted) {
    if (capacity_ - end_ < wanted) {
        std::size_t const kept = end_ - begin_;
        std::size_t const size = std::max(small, kept + wanted);
        if (size > capacity_) {
            auto larger = std::make_unique_for_overwrite<char[]>(size);
            if (kept > 0) std::memcpy(larger.get(), data_.get() + begin_, kept);
            data_ = std::move(larger);
            capacity_ = size;
        } else
            std::memmove(data_.get(), data_.get() + begin_, kept);
        begin_ = 0;
        end_ = kept;
    }
    return {data_.get() + end_, capacity_ - end_};
}

void input_buffer::shrink() {
    if (!empty() || capacity_ <= small) return;
    data_.reset();
    capacity_ = 0;
}

connection::connection(tcp::socket s, server_state_view v) : socket_(std::move(s)), server_(v) {
    error_code ec;
    socket_.set_option(tcp::no_delay(true), ec);
    socket_.non_blocking(true, ec);
    auto const peer = socket_.remote_endpoint(ec);
    if (!ec) remote_ = peer.address().to_string();
    enter(phase::idle, server_.options.head);  // the first request is due sooner than the next
}

void connection::close() {
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_both, ec);
    socket_.close(ec);
}

void connection::enter(phase p, milliseconds budget) {
    phase_ = p;
    deadline_ = core::steady::now() + budget;
}

void connection::expire() {
    static constexpr auto why = [](phase p) {
        switch (p) {
            case phase::idle: return ending::idle;
            case phase::head: return ending::head;
            case phase::body: return ending::body;
            case phase::handling: return ending::handling;
            case phase::writing:
            case phase::closing: break;
        }
        return ending::reading;
    };
    if (phase_ != phase::closing) server_.answers.with().watch.ended(why(phase_));
    if (phase_ != phase::head && phase_ != phase::body) return close();
    timed_out_ = true;
    enter(phase::closing, server_.options.write);
    error_code ec;
    socket_.cancel(ec);  // fill() comes back without input
}

core::task<bool> connection::fill() {
    std::size_t const n = co_await receive{socket_, in_.space(2048)};
    in_.received(n);
    if (n > 0) timed_out_ = false;  // it came just in time
    co_return n > 0;
}

// One deadline for the whole: a reader who takes a byte now and then does not earn another.
core::task<bool> connection::flush() {
    if (out_.empty()) co_return true;
    auto const least = milliseconds(out_.size() * 1000 / server_.options.write_rate);
    enter(phase::writing, server_.options.write + least);
    std::size_t done = 0;
    while (done < out_.size()) {
        std::size_t const n = co_await send{socket_, std::string_view(out_).substr(done)};
        if (n == 0) co_return false;
        done += n;
    }
    out_.clear();
    if (out_.capacity() > 64 * 1024) out_.shrink_to_fit();
    co_return true;
}

// Answers that are finished do not wait for the next request's. One that is answered without a pause goes
// out together with them; if it pauses, the loop turns and they go ahead.
void connection::send_before_suspending() {
    if (out_.empty() || std::exchange(push_due_, true)) return;
    loop::event_loop::current().defer([self = shared_from_this()] { self->push(); });
}

void connection::push() {
    push_due_ = false;
    if (phase_ != phase::handling || out_.empty() || !socket_.is_open()) return;
    error_code ec;
    std::size_t const n = socket_.write_some(boost::asio::buffer(out_), ec);
    if (!ec) out_.erase(0, n);  // else flush() finds out
}

core::task<bool> connection::next_head() {
    bool resting = false, started = false, empty_line = false;
    while (true) {
        // One empty line before a request is allowed (RFC 9112, 2.2).
        if (!empty_line && in_.view().starts_with("\r\n")) {
            in_.consume(2);
            empty_line = true;
        }
        if (message::head_length(in_.view()) > 0) co_return true;
        if (in_.view().size() > server_.options.message.head_bytes) {
            refuse_connection(
                in_.view().find("\r\n") == std::string_view::npos ? target_too_long : fields_too_large,
                core::steady::now());
            co_return false;
        }
        if (!co_await flush()) co_return false;
        // While draining, who has had an answer is done; who has just come still gets one.
        if (server_.draining && in_.empty() && answered_) co_return false;
        if (!in_.empty() && !std::exchange(started, true))
            enter(phase::head, server_.options.head);
        else if (in_.empty() && answered_ && !std::exchange(resting, true))
            enter(phase::idle, server_.options.idle);
        else
            phase_ = in_.empty() ? phase::idle : phase::head;
        if (in_.empty()) in_.shrink();
        auto const began = deadline_ - server_.options.head;
        if (co_await fill()) continue;
        if (timed_out_) refuse_connection(request_timeout, began);
        co_return false;
    }
}

core::task<void> connection::run() {
    while (keep_ && co_await next_head()) {
        co_await one_request();
        if (out_.size() > server_.options.pipelined_bytes && !co_await flush()) break;
    }
    co_await flush();
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    // What the peer still sends is read and dropped for a moment, so that it gets to see our answer
    // instead of a reset (RFC 9112, 9.6).
    if (!ec && !keep_) {
        enter(phase::closing, milliseconds(1000));
        std::size_t dropped = 0;
        while (dropped < 8 * 1024 * 1024) {
            in_.consume(in_.view().size());
            if (!co_await fill()) break;
            dropped += in_.view().size();
        }
    }
    close();
}

void connection::refuse_connection(core::problem const& e, core::steady::time_point began) {
    refuse_request(request{.head = asks_for_head(in_.view())}, e, began);
}

// `in` as far as it could be read.
void connection::refuse_request(request const& in, core::problem const& e, core::steady::time_point began) {
    call c{.in = in, .env = server_.answers.with().env};
    c.request_id = core::to_string(core::make_uuid7());
    c.remote = remote_;
    reply r = problem_reply(e, c.request_id);
    server_.answers.share(c, r);
    keep_ = false;
    append_head(out_, r, c.request_id, afterwards::close);
    if (!in.head) out_.append(r.body);
    server_.answers.with().watch.finished(
        c, r,
        {.began = began, .bytes_in = in_.view().size(), .bytes_out = r.body.size(), .reason = e.detail});
}

core::task<void> connection::one_request() {
    message m(server_.options.message);
    timing t{.began = core::steady::now()};
    std::size_t const head = message::head_length(in_.view());
    if (head > server_.options.message.head_bytes) co_return refuse_connection(fields_too_large, t.began);
    auto const read = m.read_head(in_.view().substr(0, head));
    in_.consume(head);
    t.bytes_in = head;
    if (!read) co_return refuse_request(m.in(), read.error(), t.began);

    call c{.in = m.in(), .env = server_.answers.with().env};
    std::string_view const id = m.in().field("x-request-id");
    c.request_id = is_request_id(id) ? std::string(id) : core::to_string(core::make_uuid7());
    services const& with = server_.answers.with();
    c.remote = with.behind.client(remote_, m.in().list_field("x-forwarded-for"));
    c.cross_site = is_cross_site(m.in(), with.behind.hold(remote_), with.pages);
    c.by = t.began + server_.options.request;
    std::string_view const match = m.in().field("if-match");
    c.if_match = read_if_match(match, !match.empty());
    enter(phase::handling, server_.options.request + milliseconds(5000));
    send_before_suspending();

    registry::match found;
    auto early = co_await server_.answers.admit(c, m, found);
    if (m.how().has_body()) {
        bool const whole = co_await take_body(c, m, early ? 0 : found.to->body_limit(), early.has_value(), t);
        if (!whole && !early) co_return;  // refused or gone
        if (!whole) keep_ = false;
    }
    if (!early && t.awaited) early = co_await server_.answers.admit_again(c);
    c.by = std::max(c.by, core::steady::now() + server_.options.request / 2);
    enter(phase::handling, server_.options.request + milliseconds(5000));
    send_before_suspending();
    reply const r = early ? std::move(*early) : co_await server_.answers.answer(c, found);
    respond(c, r, m, t);
}

// Reads the body. `stale`: the answer is known already; what has arrived is skipped, no more is awaited.
core::task<bool> connection::take_body(call& c, message& m, std::uint32_t limit, bool stale, timing& t) {
    static constexpr std::uint32_t skip_max = 64 * 1024;
    enter(phase::body, server_.options.body);
    if (m.how().expect_continue && in_.empty() && !stale) out_.append("HTTP/1.1 100 Continue\r\n\r\n");
    while (true) {
        auto const used = m.read_body(in_.view(), stale ? skip_max : limit);
        if (used) {
            in_.consume(*used);
            t.bytes_in += *used;
            if (m.complete()) co_return true;
        }
        t.awaited = true;
        bool const more = used && !stale && co_await await_body();
        if (more) continue;
        keep_ = false;
        if (!stale && (!used || timed_out_)) {
            reply const r = server_.answers.refuse(c, used ? core::problem(request_timeout) : used.error());
            respond(c, r, m, t);
        }
        co_return false;
    }
}

core::task<bool> connection::await_body() {
    if (!out_.empty()) {  // earlier answers, or 100 Continue
        if (!co_await flush()) co_return false;
        enter(phase::body, server_.options.body);
    }
    co_return co_await fill();
}

void connection::respond(call& c, reply const& r, message& m, timing t) {
    answered_ = true;
    keep_ = keep_ && m.how().keep_alive && !r.close && !server_.draining;
    std::size_t const before = out_.size();
    append_head(out_, r, c.request_id,
                !keep_               ? afterwards::close
                : m.how().old_client ? afterwards::keep_and_say
                                     : afterwards::keep);
    if (!m.in().head && r.status != 304) out_.append(r.body);
    t.bytes_out = out_.size() - before;
    server_.answers.with().watch.finished(c, r, t);
}

}  // namespace http
