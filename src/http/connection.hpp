// One TCP connection: reads requests one after another, answers them in order, and keeps the
// deadlines that the server's sweep enforces. Internal to http.
#pragma once

#include "http/server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace http {

struct server_state_view {
    dispatcher const& answers;
    server_options const& options;
    bool const& draining;
};

// Bytes received and not yet used; small while idle.
class input_buffer {
public:
    std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    void consume(std::size_t n);
    std::pair<char*, std::size_t> space(std::size_t wanted);  // room for at least `wanted` bytes
    void received(std::size_t n) { end_ += n; }
    void shrink();  // when empty: gives a large block back

private:
    static constexpr std::size_t small = 4096;
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

class connection : public std::enable_shared_from_this<connection> {
public:
    connection(boost::asio::ip::tcp::socket s, server_state_view v);

    core::task<void> run();
    bool late(core::steady::time_point now) const { return now > deadline_; }
    void expire();  // it is late: a request that came in part is told so, anything else is closed
    bool idle() const { return phase_ == phase::idle; }
    void close();

private:
    enum class phase { idle, head, body, handling, writing, closing };
    using milliseconds = std::chrono::milliseconds;

    core::task<bool> fill();        // more input; false: the peer is gone
    core::task<bool> flush();       // sends what is in out_
    void send_before_suspending();  // has out_ sent, as far as the kernel takes it, should the request be
                                    // waited for
    void push();
    core::task<bool> next_head();  // false: nothing more to do
    core::task<void> one_request();
    core::task<bool> take_body(call& c, message& m, std::uint32_t limit, bool stale, timing& t);
    core::task<bool> await_body();  // more of it; false: none comes
    void respond(call& c, reply const& r, message& m, timing t);
    void refuse_connection(core::problem const& e, core::steady::time_point began);
    void refuse_request(request const& in, core::problem const& e, core::steady::time_point began);
    void enter(phase p, milliseconds budget);

    boost::asio::ip::tcp::socket socket_;
    server_state_view server_;
    std::string remote_;
    input_buffer in_;
    std::string out_;
    phase phase_ = phase::idle;
    core::steady::time_point deadline_;
    bool keep_ = true;
    bool answered_ = false;
    bool timed_out_ = false;  // the wait for more input was ended by the sweep
    bool push_due_ = false;
};

}  // namespace http
