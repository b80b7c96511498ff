// The listener of one event loop and its connections. Deadlines are kept by one coarse sweep, not by
// a timer for each request; without connections nothing runs.
#pragma once

#include "http/dispatch.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace loop {
class event_loop;
}

namespace http {

struct server_options {
    limits message;
    std::chrono::milliseconds idle{75'000};     // a keep-alive connection without a request
    std::chrono::milliseconds head{10'000};     // from a head's first byte to its last
    std::chrono::milliseconds body{30'000};     // the whole body
    std::chrono::milliseconds write{30'000};    // an answer, and for each byte of it so long as the rate says
    std::size_t write_rate = 8 * 1024;          // bytes per second, the least that a reader has to take
    std::chrono::milliseconds request{15'000};  // what the handler has
    std::size_t connections_max = 20'000;       // for each loop; one more is closed at once
    std::size_t pipelined_bytes = 256 * 1024;   // answers held back before they are sent
};

// What stands in the way, without a full stop: port in use, no such address.
struct cannot_listen : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class server {
public:
    server(loop::event_loop& on, services with, server_options o);
    ~server();

    // "127.0.0.1:8080", "[::1]:8080"; port 0 takes any. `shared`: other loops of this process listen
    // on the same port (SO_REUSEPORT). Returns the port.
    std::uint16_t listen(std::string const& address, bool shared);

    // No new connections. What has begun, or begins within half a second, is answered and closed.
    void drain();
    void cut();  // closes what is left
    std::size_t connections() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Throws cannot_listen when somebody listens there already (SO_REUSEPORT alone would share it).
void probe_address(std::string const& address);

}  // namespace http
