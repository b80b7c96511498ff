// The running shop: one event loop for each thread, each with its own listener, connections to the
// database and services. Nothing is shared but the routes, the rights and the keys.
#pragma once

#include "app/configuration.hpp"
#include "http/registry.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace app {

class server {
public:
    // The settings have a secret key. Touches neither network nor database.
    server(configuration const& settings, std::string database_url);
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    // Listens; returns where: "http://127.0.0.1:8080". Throws setup_error in one sentence.
    std::string start();

    // Serves until a stop signal or fail(); then drains: /readyz says so, what has begun is answered, and
    // what is not done in time is cut. A second signal cuts at once. Returns the exit code.
    int run();

    // The database is there and fits: what is due by itself is looked after from now on. From any thread,
    // while the server lives.
    void begin_work();

    // Ends run() with exit code 1, from any thread.
    void fail();

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Runs `listen`, which may throw http::cannot_listen: then setup_error names the flag that chooses another
// address.
void listening_at(std::string_view flag, std::function<void()> const& listen);

}  // namespace app
