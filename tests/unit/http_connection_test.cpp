// How connections live and end: pipelining, framing, deadlines, and what is said of them.
#include "http_world.hpp"

namespace {

using namespace test;
using namespace std::chrono_literals;
using http::ending;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string const get = "GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n";
std::string const post_head =
    "POST /v1/keyed HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n";
std::string const chunked_head = "PUT /v1/things/" + id +
                                 " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                 "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n";

struct HttpConnection : HttpServer {
    // Sent in pieces of so many bytes, each a segment of its own as far as that can be had.
    std::string exchange_in_pieces(std::string_view bytes, std::size_t piece) const {
        int const s = dial();
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
            auto const part = bytes.substr(0, piece);
            if (::send(s, part.data(), part.size(), MSG_NOSIGNAL) < 0) break;  // refused already
            std::this_thread::sleep_for(50us);
        }
        return hear_all(s);
    }
    template <class Condition>
    static bool within(std::chrono::milliseconds wait, Condition holds) {
        auto const until = core::steady::now() + wait;
        while (!holds() && core::steady::now() < until) std::this_thread::sleep_for(5ms);
        return holds();
    }
};

TEST_F(HttpConnection, AnAnswerDoesNotWaitForTheNextRequestsBody) {
    int const s = dial();
    say(s, get + post_head);
    EXPECT_THAT(hear_for(s, 150ms), StartsWith("HTTP/1.1 200"));
    say(s, "{}");
    EXPECT_THAT(hear_for(s, 150ms), StartsWith("HTTP/1.1 204"));
    say(s, post_head + "{}" + post_head + "{");  // two, the second incomplete
    EXPECT_THAT(hear_for(s, 150ms), StartsWith("HTTP/1.1 204"));
    ::shutdown(s, SHUT_WR);
    EXPECT_EQ(hear_all(s), "");
}

TEST_F(HttpConnection, AnAnswerDoesNotWaitForAHandlerThatDoes) {
    int const s = dial();
    say(s, get + get + "GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\n" + get);
    EXPECT_EQ(count_answers(hear_for(s, 300ms)), 2);
    EXPECT_EQ(count_answers(hear_for(s, 1200ms)), 2);
    ::close(s);
}

TEST_F(HttpConnection, ChunkFramingIsBoundedHoweverItIsCut) {
    auto const chunks = [](std::string const& line, int count) {
        std::string out = chunked_head;
        for (int i = 0; i < count; ++i) out += line + "\r\n \r\n";
        return out + "e\r\n{\"name\":\"abc\"}\r\n0\r\n\r\n";
    };
    struct {
        char const* what;
        std::string bytes;
        int status;
    } const cases[] = {
        {"a few", chunks("1", 10), 200},
        {"some zeros", chunks("0001", 10), 200},
        {"an extension", chunks("1;a=\"b c\"", 10), 200},
        {"a space before the extension", chunks("1 ;a", 10), 200},
        {"many extensions", chunks("1;" + std::string(120, 'x'), 500), 400},
        {"many small chunks", chunks("1", 10'000), 400},
        {"many zeros", chunks(std::string(300, '0') + "1", 1), 400},
        {"a long line", chunks("1;" + std::string(300, 'x'), 1), 400},
        {"a control character", chunks("1;a\x01", 1), 400},
        {"a line feed in an extension", chunks("1;a\nb", 1), 400},
        {"no extension after the space", chunks("1 ", 1), 400},
        {"an extension without a name", chunks("1;", 1), 400},
        {"an extension that is not a token", chunks("1;\xe9", 1), 400},
        {"an extension without its value", chunks("1;a=", 1), 400},
        {"an extension whose quotes stay open", chunks("1;a=\"b", 1), 400},
        {"an extension with quotes inside", chunks("1 ; a = \"b\\\"c;\" ;d=e", 1), 200},
        {"another base", chunks("0x1", 1), 400},
        {"no size", chunks(";a", 1), 400},
        {"a size of 2^64", chunks("10000000000000001", 1), 400},
        {"a sign", chunks("+1", 1), 400},
        {"more than it says", chunked_head + "1\r\n{}\r\n0\r\n\r\n", 400},
        {"a bare line feed at the end", chunked_head + "2\r\n{}\r\n0\n\n", 400},
        {"a size past the limit", chunked_head + "fffff\r\n{}", 413},
    };
    for (auto const& c : cases)
        for (std::size_t const piece : {1u, 7u, 100u, 1u << 20}) {
            if (c.bytes.size() / piece > 3000) continue;
            auto const got = exchange_in_pieces(c.bytes, piece);
            EXPECT_THAT(got, StartsWith("HTTP/1.1 " + std::to_string(c.status))) << c.what << " by " << piece;
            EXPECT_EQ(count_answers(got), 1) << c.what << " by " << piece;
        }
}

TEST_F(HttpConnection, WhatIsTooSlowIsToldSoAndCounted) {
    EXPECT_THAT(exchange(get), StartsWith("HTTP/1.1 200"));
    int const head = dial(), body = dial();
    say(head, get + "GET /v1/things HTTP/1.1\r\nHo");
    say(body, get + post_head + "{");
    for (int const s : {head, body}) {
        auto const got = hear_all(s);
        EXPECT_EQ(count_answers(got), 2) << got;
        EXPECT_THAT(got, HasSubstr("HTTP/1.1 408 Request Timeout"));
        EXPECT_THAT(got, HasSubstr("\"code\":\"request_timeout\""));
        EXPECT_THAT(got, HasSubstr("connection: close"));
    }
    EXPECT_EQ(server.watch.last().status, 408);
    EXPECT_EQ(server.watch.last().code, "request_timeout");
    EXPECT_GE(server.watch.last().took, 250ms);
    EXPECT_EQ(server.watch.count(ending::head), 1);
    EXPECT_EQ(server.watch.count(ending::body), 1);
    EXPECT_TRUE(within(500ms, [&] { return server.watch.open == 0; }));
}

TEST_F(HttpConnection, WhoNeverSpeaksIsSentAwayLikeASlowHead) {
    int const mute = dial();
    auto const began = core::steady::now();
    EXPECT_EQ(hear_all(mute), "");
    EXPECT_LT(core::steady::now() - began, 2s);
    EXPECT_EQ(server.watch.count(ending::idle), 1);
}

TEST_F(HttpConnection, EmptyLinesEarnNoMoreTime) {
    http::server_options o = running_server::quick();
    o.idle = 600ms;
    running_server impatient(o);
    int const s = dial(impatient);
    say(s, get);
    EXPECT_THAT(hear_for(s, 100ms), StartsWith("HTTP/1.1 200"));
    auto const began = core::steady::now();
    while (core::steady::now() - began < 2500ms && ::send(s, "\r\n", 2, MSG_NOSIGNAL) > 0)
        std::this_thread::sleep_for(200ms);
    ::close(s);
    EXPECT_LT(core::steady::now() - began, 2500ms);
}

TEST_F(HttpConnection, ASlowReaderIsCutHoweverOftenItReadsALittle) {
    http::server_options o = running_server::quick();
    o.write = 400ms;
    o.write_rate = 64 * 1024 * 1024;
    running_server brisk(o);
    int const s = ::socket(AF_INET, SOCK_STREAM, 0);
    int const small = 4096;
    ::setsockopt(s, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(brisk.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    say(s, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    char buffer[2048];
    EXPECT_TRUE(within(3s, [&] {
        (void)!::recv(s, buffer, sizeof buffer, MSG_DONTWAIT);
        return brisk.watch.count(ending::reading) == 1;
    }));
    ::close(s);
    // Whoever reads at a fair pace gets all of it.
    int const fair = dial(brisk);
    say(fair, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_GT(hear_all(fair).size(), 16u * 1024 * 1024);
}

TEST_F(HttpConnection, TheRecordSaysWhatWasAskedAndWhyItWasRefused) {
    struct {
        std::string bytes;
        char const *method, *code, *reason;
    } const cases[] = {
        {"OPTIONS /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS", "", ""},
        {"HEAD /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD", "", ""},
        {"DELETE /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE", "method_not_allowed", ""},
        {"BREW /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", "other", "bad_request",
         "the method is not one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS"},
        {"PUT /v1/things HTTP/1.1\r\n\r\n", "PUT", "bad_request", "the Host field is missing"},
        {"GET /v1/things HTTP/1.1\nHost: x\n\n", "-", "bad_request", "a line ends without CRLF"},
        {"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "not_found", ""},
    };
    for (auto const& c : cases) {
        (void)exchange(c.bytes);
        auto const seen = server.watch.last();
        EXPECT_EQ(seen.method, c.method) << c.bytes;
        EXPECT_EQ(seen.code, c.code) << c.bytes;
        EXPECT_EQ(seen.reason, c.reason) << c.bytes;
    }
}

TEST_F(HttpConnection, ARefusedBodyIsTimedFromItsHead) {
    int const s = dial();
    say(s, chunked_head);
    std::this_thread::sleep_for(100ms);
    say(s, "zz\r\n");
    EXPECT_THAT(hear_all(s), StartsWith("HTTP/1.1 400"));
    EXPECT_GE(server.watch.last().took, 90ms);
    EXPECT_GE(server.watch.last().bytes_in, chunked_head.size());
}

TEST_F(HttpConnection, AnOldClientIsToldThatTheConnectionIsKept) {
    auto const got = exchange("GET /v1/things HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(got, HasSubstr("connection: keep-alive\r\n"));
    EXPECT_THAT(exchange("GET /v1/things HTTP/1.0\r\n\r\n"), HasSubstr("connection: close\r\n"));
    EXPECT_THAT(exchange(get), Not(HasSubstr("connection:")));
}

TEST_F(HttpConnection, EveryKeyThatIsGivenTwiceIsPointedTo) {
    auto const got = exchange(post_like("PUT", "/v1/things/" + id,
                                        R"({"name":"a","x/y":[1,{"b":1,"b":2},[]],"name":"c","x/y":3})"));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 400"));
    for (char const* pointer : {R"("pointer":"/name","code":"duplicate_key")", R"("pointer":"/x~1y/1/b")",
                                R"("pointer":"/x~1y","code")"})
        EXPECT_THAT(got, HasSubstr(pointer));
    EXPECT_THAT(exchange("GET /v1/things?a/b=1&a/b=2 HTTP/1.1\r\nHost: x\r\n\r\n"),
                HasSubstr(R"("pointer":"/a~1b","code":"repeated")"));
}

TEST_F(HttpConnection, WhoeverIsAskedWhoTheyAreIsToldHow) {
    EXPECT_THAT(exchange("GET /secret HTTP/1.1\r\nHost: x\r\n\r\n"),
                HasSubstr("www-authenticate: Bearer\r\n"));
}

TEST_F(HttpConnection, APageMayReadWhyItsRequestWasNotHttp) {
    auto const got = exchange("BREW / HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n\r\n");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(got, HasSubstr("access-control-allow-origin: https://shop.example"));
}

TEST_F(HttpConnection, OneTooManyIsCountedAndSentAway) {
    http::server_options o = running_server::quick();
    o.connections_max = 1;
    running_server small(o);
    int const first = dial(small);
    say(first, get);
    EXPECT_THAT(hear_for(first, 100ms), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(hear_all(dial(small)), "");
    EXPECT_EQ(small.watch.count(ending::full), 1);
    EXPECT_EQ(small.watch.open, 1);
    ::close(first);
    EXPECT_TRUE(within(500ms, [&] { return small.watch.open == 0; }));
}

}  // namespace
