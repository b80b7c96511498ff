// A server that ends: whoever is in the middle of something is answered, whoever is not is let go, and nobody
// new is taken in.
#include "http_world.hpp"

#include <cerrno>

namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::string const get = "GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n";
std::string const slow_get = "GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\n";
std::string const half_put = "PUT /v1/things/" + id +
                             " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                             "Content-Length: 12\r\n\r\n{\"name\"";

struct HttpDrain : HttpServer {
    // 0, or why nobody answers there.
    static int error_of_dialling(std::uint16_t port) {
        int const s = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int const error = ::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 ? 0 : errno;
        ::close(s);
        return error;
    }
    static http::server_options patient() {
        http::server_options o;
        o.head = o.body = 60s;
        return o;
    }
    // The bytes of one answer that has no body beyond `length`.
    static std::string hear_one(int s) {
        std::string out;
        char c = 0;
        std::size_t wanted = out.npos;
        while (out.size() < wanted && ::recv(s, &c, 1, 0) == 1) {
            out += c;
            if (wanted == out.npos && out.ends_with("\r\n\r\n")) {
                std::size_t const at = out.find("content-length: ");
                wanted = out.size() + (at == out.npos ? 0 : std::stoul(out.substr(at + 16)));
            }
        }
        return out;
    }
};

TEST_F(HttpDrain, WhatHasBegunIsAnsweredAndThenClosed) {
    running_server ending(patient());
    int const before = slow_begun;
    int const handled = dial(ending), body = dial(ending), head = dial(ending);
    say(handled, slow_get + get);
    say(body, get + half_put);
    say(head, get + "GET /v1/things HTTP/1.1\r\nHo");
    EXPECT_THAT(hear_one(body), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(hear_one(head), StartsWith("HTTP/1.1 200"));
    while (slow_begun == before) std::this_thread::sleep_for(1ms);
    ending.drain();
    EXPECT_EQ(error_of_dialling(ending.port), ECONNREFUSED);
    auto const late = hear_all(handled);  // the handler takes a second, far longer than all else here
    EXPECT_THAT(late, StartsWith("HTTP/1.1 204"));
    EXPECT_THAT(late, HasSubstr("connection: close\r\n"));
    EXPECT_EQ(count_answers(late), 1) << "what was sent behind it is for another connection";
    say(body, ":\"a\"}");
    say(head, "st: x\r\n\r\n");
    for (int const s : {body, head}) {
        auto const got = hear_all(s);
        EXPECT_THAT(got, StartsWith("HTTP/1.1 200")) << got;
        EXPECT_THAT(got, HasSubstr("connection: close\r\n"));
    }
}

TEST_F(HttpDrain, WhoeverIsConnectedAlreadyIsStillTakenIn) {
    running_server ending(patient());
    std::vector<int> waiting;
    ending.drain([&] {  // the kernel has taken them; the server has not seen them yet
        for (int i = 0; i < 20; ++i) {
            waiting.push_back(dial(ending));
            say(waiting.back(), get);
        }
    });
    EXPECT_EQ(error_of_dialling(ending.port), ECONNREFUSED);
    for (int const s : waiting) {
        auto const got = hear_all(s);
        EXPECT_THAT(got, StartsWith("HTTP/1.1 200")) << got;
        EXPECT_THAT(got, HasSubstr("connection: close\r\n"));
    }
}

TEST_F(HttpDrain, WhoeverWaitsForNothingIsLetGo) {
    running_server ending(patient());
    int const rested = dial(ending), mute = dial(ending), asks_again = dial(ending);
    for (int const s : {rested, asks_again}) {
        say(s, get);
        EXPECT_THAT(hear_one(s), StartsWith("HTTP/1.1 200"));
    }
    ending.drain([&] { say(asks_again, get); });  // on its way when the end began
    auto const got = hear_all(asks_again);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200")) << got;
    EXPECT_THAT(got, HasSubstr("connection: close\r\n"));
    EXPECT_EQ(hear_all(rested), "");
    EXPECT_EQ(hear_all(mute), "");
    while (ending.watch.open > 0) std::this_thread::sleep_for(1ms);
}

TEST_F(HttpDrain, TheEndOfWaitingCutsWhatIsLeft) {
    running_server ending(patient());
    int const stuck = dial(ending);
    say(stuck, get + half_put);
    EXPECT_THAT(hear_one(stuck), StartsWith("HTTP/1.1 200"));
    ending.drain();
    ending.cut();
    EXPECT_EQ(hear_all(stuck), "");
}

}  // namespace
