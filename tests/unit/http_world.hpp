// The server as a client sees it, for tests: a few endpoints behind a real socket, on a loop of their own.
#pragma once

#include "http/bind.hpp"
#include "http/failures.hpp"
#include "http/server.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <mutex>
#include <regex>
#include <thread>

namespace test {

struct thing_tag;
struct put_thing {
    core::id<thing_tag> id;
    core::text<1, 5> name;
    core::patch<std::optional<core::text<1, 5>>> nick;
    std::optional<core::integer<1, 10>> size;
};
BOOST_DESCRIBE_STRUCT(put_thing, (), (id, name, nick, size))
struct thing {
    core::id<thing_tag> id;
    std::int64_t version = 7;
    std::string name;
    std::string nick;
};
BOOST_DESCRIBE_STRUCT(thing, (), (id, version, name, nick))
struct list_things {
    std::optional<core::integer<1, 100>> limit;
    std::optional<core::text<1, 10>> q;
};
BOOST_DESCRIBE_STRUCT(list_things, (), (limit, q))

inline constexpr core::failure thing_gone{"thing_gone", core::fault::conflict, "It is gone."};

inline constexpr http::endpoint<put_thing, thing> put_thing_endpoint{{
    .verb = http::method::put,
    .path = "/v1/things/{id}",
    .id = "putThing",
    .allow = http::access::everyone(),
    .summary = "Put",
    .match = http::precondition::none,
    .fails_with = {&thing_gone},
}};
inline constexpr http::endpoint<list_things, http::page<thing>> list_endpoint{{
    .verb = http::method::get,
    .path = "/v1/things",
    .id = "listThings",
    .allow = http::access::everyone(),
    .summary = "List",
}};
inline constexpr http::endpoint<http::no_parameters, core::nothing> throw_endpoint{{
    .verb = http::method::get,
    .path = "/v1/throw",
    .id = "throw",
    .allow = http::access::everyone(),
    .summary = "Throw",
    .success = 204,
}};
inline constexpr http::endpoint<http::no_parameters, core::nothing> denied_endpoint{{
    .verb = http::method::get,
    .path = "/v1/admin/denied",
    .id = "denied",
    .allow = http::access::permission("things"),
    .summary = "Denied",
    .success = 204,
}};

inline constexpr http::endpoint<http::no_parameters, core::nothing> keyed_endpoint{{
    .verb = http::method::post,
    .path = "/v1/keyed",
    .id = "keyed",
    .allow = http::access::everyone(),
    .summary = "Heeds an Idempotency-Key",
    .success = 204,
}};
inline constexpr http::endpoint<http::no_parameters, core::nothing> keyless_endpoint{{
    .verb = http::method::post,
    .path = "/v1/keyless",
    .id = "keyless",
    .allow = http::access::everyone(),
    .summary = "Does not",
    .success = 204,
    .retry = http::replay::none,
}};

inline constexpr http::endpoint<http::no_parameters, core::nothing> guarded_post_endpoint{{
    .verb = http::method::post,
    .path = "/v1/admin/guarded",
    .id = "guardedPost",
    .allow = http::access::permission("things"),
    .summary = "Denied before its body",
    .success = 204,
}};
inline constexpr http::endpoint<http::no_parameters, core::nothing> guarded_patch_endpoint{{
    .verb = http::method::patch,
    .path = "/v1/admin/guarded",
    .id = "guardedPatch",
    .allow = http::access::permission("things"),
    .summary = "Denied before its body",
    .success = 204,
}};
inline constexpr http::endpoint<http::no_parameters, core::nothing> slow_endpoint{{
    .verb = http::method::get,
    .path = "/v1/slow",
    .id = "slow",
    .allow = http::access::everyone(),
    .summary = "Takes a second",
    .success = 204,
}};

inline core::task<core::result<thing>> put(http::call& c, put_thing in) {
    if (in.name.value == "gone") co_return thing_gone;
    if (auto ok = c.check_version(7); !ok) co_return ok.error();
    std::string nick = !in.nick.given() ? "kept" : *in.nick ? (*in.nick)->value : "cleared";
    co_return thing{.id = in.id, .name = in.name.value, .nick = nick};
}
inline core::task<core::result<http::page<thing>>> list(http::call&, list_things in) {
    http::page<thing> p;
    p.data.resize(in.limit ? static_cast<std::size_t>(in.limit->value) : 1);
    for (auto& t : p.data) t.name = in.q ? in.q->value : "\"quoted\"\n\x01";
    co_return p;
}
inline core::task<core::result<core::nothing>> throws(http::call&, http::no_parameters) {
    throw std::runtime_error("secret detail");
    co_return core::nothing{};
}
inline core::task<core::result<core::nothing>> nothing(http::call&, http::no_parameters) {
    co_return core::nothing{};
}

inline std::atomic<int> slow_begun{0};
inline core::task<core::result<core::nothing>> slow(http::call&, http::no_parameters) {
    ++slow_begun;
    co_await loop::sleep(std::chrono::seconds(1));
    co_return core::nothing{};
}
inline core::task<http::reply> big(http::call&) {
    co_return http::reply{.body = std::string(16 * 1024 * 1024, 'x'), .content_type = "text/plain"};
}

inline constexpr core::failure not_you{"permission_denied", core::fault::forbidden, "You may not."};

struct bouncer final : http::doorkeeper {
    core::task<core::result<core::nothing>> admit(http::call& c) override {
        if (c.to->allow.level == http::access::kind::permitted) co_return not_you;
        co_return core::nothing{};
    }
};
struct seen_request {
    std::string method;
    int status;
    std::string code, reason;
    core::steady::duration took;
    std::size_t bytes_in;
};
class recorder final : public http::observer {
public:
    std::atomic<int> threw_count{0}, open{0};
    std::array<std::atomic<int>, http::ending_names.size()> endings{};

    void finished(http::call const& c, http::reply const& r, http::timing const& t) override {
        std::scoped_lock const hold(guard_);
        seen_.push_back({std::string(c.in.spoken), r.status, std::string(r.code), std::string(t.reason),
                         core::steady::now() - t.began, t.bytes_in});
    }
    void threw(http::call const&, std::string_view) override { ++threw_count; }
    void connections(int change) override { open += change; }
    void ended(http::ending why) override { ++endings[static_cast<std::size_t>(why)]; }

    int count(http::ending why) const { return endings[static_cast<std::size_t>(why)]; }
    seen_request last() {
        std::scoped_lock const hold(guard_);
        return seen_.empty() ? seen_request{} : seen_.back();
    }

private:
    std::mutex guard_;
    std::vector<seen_request> seen_;
};

class running_server {
public:
    explicit running_server(http::server_options o = quick(),
                            std::vector<std::string> origins = {"https://shop.example"}) {
        routes_.add(http::serve<put_thing_endpoint, &put>());
        routes_.add(http::serve<list_endpoint, &list>());
        routes_.add(http::serve<throw_endpoint, &throws>());
        routes_.add(http::serve<denied_endpoint, &nothing>());
        routes_.add(http::serve<keyed_endpoint, &nothing>());
        routes_.add(http::serve<keyless_endpoint, &nothing>());
        routes_.add(http::serve<guarded_post_endpoint, &nothing>());
        routes_.add(http::serve<guarded_patch_endpoint, &nothing>());
        routes_.add(http::serve<slow_endpoint, &slow>());
        routes_.add_raw(http::method::get, "/big", "big", &big);
        routes_.add_raw(http::method::get, "/secret", "secret", [](http::call& c) -> core::task<http::reply> {
            co_return http::problem_reply(http::authentication_required, c.request_id);
        });
        std::promise<std::uint16_t> listening;
        thread_ = std::thread([&] {
            loop_.post([&, o] {
                server_ = std::make_unique<http::server>(
                    loop_,
                    http::services{routes_,
                                   env_,
                                   door_,
                                   watch,
                                   {std::move(origins)},
                                   [](std::exception_ptr) { return std::nullopt; },
                                   {}},
                    o);
                listening.set_value(server_->listen("127.0.0.1:0", false));
            });
            loop_.run();
        });
        port = listening.get_future().get();
    }
    ~running_server() {
        std::promise<void> closed;
        loop_.post([&] {
            server_->cut();
            loop_.after(std::chrono::milliseconds(20), [&] {
                server_.reset();
                loop_.stop();
                closed.set_value();
            });
        });
        closed.get_future().wait();
        thread_.join();
    }
    // Once it has begun: nobody new is taken in. What `meanwhile` does happens on another thread, while the
    // server's own can do nothing.
    void drain(std::function<void()> const& meanwhile = [] {}) {
        std::promise<void> stopped, go_on, drained;
        loop_.post([&] {
            stopped.set_value();
            go_on.get_future().wait();
            server_->drain();
            drained.set_value();
        });
        stopped.get_future().wait();
        meanwhile();
        go_on.set_value();
        drained.get_future().wait();
    }
    void cut() {
        std::promise<void> done;
        loop_.post([&] {
            server_->cut();
            done.set_value();
        });
        done.get_future().wait();
    }
    static http::server_options quick() {
        http::server_options o;
        o.head = std::chrono::milliseconds(300);
        o.body = std::chrono::milliseconds(300);
        return o;
    }
    std::uint16_t port = 0;
    recorder watch;

private:
    http::registry routes_;
    http::environment env_;
    bouncer door_;
    loop::event_loop loop_;
    std::unique_ptr<http::server> server_;
    std::thread thread_;
};

class HttpServer : public testing::Test {
protected:
    int dial() const { return dial(server); }
    static int dial(running_server const& server) {
        int const s = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(server.port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        timeval const patience{20, 0};
        ::setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return s;
    }
    static void say(int s, std::string_view bytes) {
        ASSERT_EQ(::send(s, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    // What arrives within this time; the connection stays open.
    static std::string hear_for(int s, std::chrono::milliseconds wait) {
        std::string out;
        char buffer[4096];
        auto const until = core::steady::now() + wait;
        while (core::steady::now() < until) {
            ssize_t const n = ::recv(s, buffer, sizeof buffer, MSG_DONTWAIT);
            if (n > 0)
                out.append(buffer, static_cast<std::size_t>(n));
            else if (n == 0)
                break;
            else
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return out;
    }
    static std::string hear_all(int s) {
        std::string out;
        char buffer[4096];
        while (true) {
            ssize_t const n = ::recv(s, buffer, sizeof buffer, 0);
            if (n <= 0) {
                if (n < 0) out.append("<timeout>");
                break;
            }
            out.append(buffer, static_cast<std::size_t>(n));
        }
        ::close(s);
        return out;
    }
    // Sends, ends its side, and returns everything until the server closes.
    std::string exchange(std::string_view bytes) const {
        int const s = dial();
        say(s, bytes);
        ::shutdown(s, SHUT_WR);
        return hear_all(s);
    }
    running_server server;
};

inline std::string post_like(std::string_view method, std::string_view target, std::string_view body,
                             std::string_view more = "") {
    return std::string(method) + " " + std::string(target) +
           " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
inline std::string const id = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";

inline int count_answers(std::string const& bytes) {
    static std::regex const status_line("HTTP/1\\.1 [0-9]{3} ");
    return static_cast<int>(std::distance(std::sregex_iterator(bytes.begin(), bytes.end(), status_line), {}));
}

}  // namespace test
