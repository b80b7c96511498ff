#include "http/server.hpp"

#include "http/connection.hpp"
#include "loop/loop.hpp"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <charconv>
#include <unordered_set>

namespace http {
namespace {

using boost::system::error_code;
using tcp = boost::asio::ip::tcp;
using reuse_port = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

tcp::endpoint parse_address(std::string const& text) {
    std::size_t const colon = text.rfind(':');
    std::string host = text.substr(0, std::min(colon, text.size()));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    char const* const from = text.data() + colon + 1;
    char const* const to = text.data() + text.size();
    error_code ec;
    auto const address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
    bool const good = colon != text.npos && from != to && std::from_chars(from, to, port).ptr == to && !ec;
    if (!good)
        throw cannot_listen(
            fmt::format("\"{}\" is not an address to listen on, such as 127.0.0.1:8080 or [::1]:8080", text));
    return {address, port};
}

[[noreturn]] void cannot(std::string const& address, error_code const& ec) {
    if (ec == boost::asio::error::address_in_use)
        throw cannot_listen(fmt::format("{} is in use by another program", address));
    throw cannot_listen(fmt::format("Cannot listen on {}: {}", address, ec.message()));
}

}  // namespace

struct server::state : std::enable_shared_from_this<server::state> {
    loop::event_loop& on;
    dispatcher answers;
    server_options options;
    tcp::acceptor acceptor;
    boost::asio::steady_timer sweep_timer;
    std::unordered_set<connection*> open;
    bool draining = false;
    bool sweeping = false;

    state(loop::event_loop& l, services with, server_options o)
        : on(l), answers(std::move(with)), options(o), acceptor(l.io()), sweep_timer(l.io()) {}

    observer& watch() const { return answers.with().watch; }

    void accept() {
        acceptor.async_accept([self = shared_from_this()](error_code ec, tcp::socket s) {
            if (ec == boost::asio::error::operation_aborted || !self->acceptor.is_open()) return;
            if (ec) {  // out of descriptors, most likely: try again when some have closed
                if (ec == boost::asio::error::no_descriptors) self->watch().ended(ending::no_descriptors);
                self->on.after(std::chrono::milliseconds(100), [self] { self->accept(); });
                return;
            }
            if (self->open.size() < self->options.connections_max)
                self->serve(std::move(s));
            else
                self->watch().ended(ending::full);
            self->accept();
        });
    }

    // Whoever the kernel has connected already gets an answer; closing now would reset them.
    void accept_the_last() {
        error_code ec;
        acceptor.non_blocking(true, ec);
        while (!ec && open.size() < options.connections_max) {
            tcp::socket s(on.io());
            acceptor.accept(s, ec);
            if (!ec) serve(std::move(s));
        }
        acceptor.close(ec);
    }

    void serve(tcp::socket s) {
        auto c = std::make_shared<connection>(std::move(s), server_state_view{answers, options, draining});
        open.insert(c.get());
        watch().connections(1);
        core::start(c->run(), [self = shared_from_this(), c](std::exception_ptr) {
            c->close();
            self->open.erase(c.get());
            self->watch().connections(-1);
        });
        sweep();
    }

    // One timer for all connections, and none without them.
    void sweep() {
        if (sweeping || open.empty()) return;
        sweeping = true;
        sweep_timer.expires_after(std::chrono::milliseconds(500));
        sweep_timer.async_wait([self = shared_from_this()](error_code ec) {
            self->sweeping = false;
            if (ec) return;
            auto const now = core::steady::now();
            for (connection* c : self->open)
                if (c->late(now)) c->expire();
            self->sweep();
        });
    }
};

server::server(loop::event_loop& on, services with, server_options o)
    : state_(std::make_shared<state>(on, std::move(with), o)) {}

server::~server() {
    error_code ec;
    state_->acceptor.close(ec);
    state_->sweep_timer.cancel();
    cut();
}

std::uint16_t server::listen(std::string const& address, bool shared) {
    tcp::endpoint const at = parse_address(address);
    tcp::acceptor& a = state_->acceptor;
    error_code ec;
    a.open(at.protocol(), ec);
    if (ec) cannot(address, ec);
    a.set_option(tcp::acceptor::reuse_address(true), ec);
    if (shared) a.set_option(reuse_port(true), ec);
    a.bind(at, ec);
    if (ec) cannot(address, ec);
    a.listen(4096, ec);
    if (ec) cannot(address, ec);
    state_->accept();
    return a.local_endpoint().port();
}

void server::drain() {
    state_->draining = true;
    state_->accept_the_last();
    // A request may be on its way on a connection that looks idle: it is answered, with Connection: close.
    state_->on.after(std::chrono::milliseconds(500), [self = state_] {
        for (connection* c : self->open)
            if (c->idle()) c->close();
    });
}

void server::cut() {
    for (connection* c : state_->open) c->close();
}

std::size_t server::connections() const { return state_->open.size(); }

void probe_address(std::string const& address) {
    tcp::endpoint const at = parse_address(address);
    if (at.port() == 0) return;
    boost::asio::io_context io;
    tcp::acceptor a(io);
    error_code ec;
    a.open(at.protocol(), ec);
    if (!ec) a.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) a.bind(at, ec);
    if (!ec) a.listen(1, ec);
    if (ec) cannot(address, ec);
}

}  // namespace http
