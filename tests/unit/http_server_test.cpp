// The server as a client sees it: bytes in, bytes out, over a real socket.
#include "http_world.hpp"

namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(HttpServer, AnswersADeclaredEndpoint) {
    auto const got = exchange(post_like("PUT", "/v1/things/" + id, R"({"name":"abc","nick":null})"));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(
        got,
        HasSubstr(
            R"({"id":"01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10","version":7,"name":"abc","nick":"cleared"})"));
    EXPECT_THAT(got, HasSubstr("etag: \"7-"));
}

TEST_F(HttpServer, NamesEveryFaultAtOnceWithItsPointer) {
    auto const got = exchange(
        post_like("PUT", "/v1/things/nonsense?x=1", R"({"name":"toolong","size":11,"colour":"red"})"));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 422"));
    for (auto const* pointer : {"\"/id\"", "\"/name\"", "\"/size\"", "\"/colour\"", "unknown_parameter"})
        EXPECT_THAT(got, HasSubstr(pointer));
}

TEST_F(HttpServer, ReadsChunkedBodies) {
    auto const got = exchange(
        "PUT /v1/things/" + id +
        " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        "6\r\n{\"name\r\n9;ext=1\r\n\":\"abcd\"}\r\n0\r\n\r\n");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(got, HasSubstr("\"nick\":\"kept\""));
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
    std::string many;
    for (char c = 'a'; c <= 'e'; ++c)
        many += "GET /v1/things?q=" + std::string(1, c) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    auto const got = exchange(many);
    std::size_t at = 0;
    for (char c = 'a'; c <= 'e'; ++c) {
        at = got.find("\"name\":\"" + std::string(1, c) + "\"", at);
        ASSERT_NE(at, std::string::npos) << c;
    }
}

TEST_F(HttpServer, EscapesWhatItWrites) {
    EXPECT_THAT(exchange("GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n"),
                HasSubstr(R"("name":"\"quoted\"\n\u0001")"));
}

TEST_F(HttpServer, HeadHasTheLengthAndNoBody) {
    auto const got = exchange("HEAD /v1/things HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(got, HasSubstr("content-length: "));
    EXPECT_TRUE(got.ends_with("\r\n\r\n"));
}

TEST_F(HttpServer, OptionsNamesTheMethods) {
    EXPECT_THAT(exchange("OPTIONS /v1/things HTTP/1.1\r\nHost: x\r\n\r\n"),
                HasSubstr("allow: GET, HEAD, OPTIONS\r\n"));
    EXPECT_THAT(exchange("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 204"));
}

TEST_F(HttpServer, OpensToKnownOriginsOnly) {
    auto const ask = [&](std::string const& origin) {
        return exchange("OPTIONS /v1/things HTTP/1.1\r\nHost: x\r\nOrigin: " + origin +
                        "\r\nAccess-Control-Request-Method: GET\r\n\r\n");
    };
    EXPECT_THAT(ask("https://shop.example"), HasSubstr("access-control-allow-origin: https://shop.example"));
    EXPECT_THAT(ask("https://evil.example"), Not(HasSubstr("access-control-allow")));
}

TEST_F(HttpServer, NotModifiedWhileTheETagHolds) {
    auto const first = exchange("GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n");
    std::size_t const at = first.find("etag: ") + 6;
    std::string const etag = first.substr(at, first.find("\r\n", at) - at);
    auto const again =
        exchange("GET /v1/things HTTP/1.1\r\nHost: x\r\nIf-None-Match: W/\"x\", " + etag + "\r\n\r\n");
    EXPECT_THAT(again, StartsWith("HTTP/1.1 304"));
    EXPECT_TRUE(again.ends_with("\r\n\r\n"));
}

TEST_F(HttpServer, IfMatchGuardsTheVersion) {
    auto const with = [&](std::string const& tag) {
        return exchange(post_like("PUT", "/v1/things/" + id, R"({"name":"a"})", "If-Match: " + tag + "\r\n"));
    };
    EXPECT_THAT(with("\"7-0123456789abcdef\""), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(with("*"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(with("\"6-0123456789abcdef\""), StartsWith("HTTP/1.1 412"));
    EXPECT_THAT(with("W/\"7-0123456789abcdef\""), StartsWith("HTTP/1.1 412"));
    EXPECT_THAT(with("nonsense"), StartsWith("HTTP/1.1 412"));
    // Any of a list will do (RFC 9110, 13.1.1).
    EXPECT_THAT(with("\"1-x\", \"7-y\""), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(with("\"a,b\", W/\"1-x\" ,, \"6-x\",\"7-y\""), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(with("\"1-x\", W/\"7-y\""), StartsWith("HTTP/1.1 412"));
    EXPECT_THAT(with("\"a, \"7-y\""), StartsWith("HTTP/1.1 412"));
}

TEST_F(HttpServer, AnExceptionIsA500ThatLeaksNothing) {
    auto const got = exchange("GET /v1/throw HTTP/1.1\r\nHost: x\r\nX-Request-Id: find-me\r\n\r\n");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 500"));
    EXPECT_THAT(got, HasSubstr("\"request_id\":\"find-me\""));
    EXPECT_THAT(got, Not(HasSubstr("secret")));
    EXPECT_EQ(server.watch.threw_count, 1);
}

TEST_F(HttpServer, TheDoorkeeperComesBeforeTheBody) {
    EXPECT_THAT(exchange("GET /v1/admin/denied HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 403"));
    for (std::string const& verb : {"POST", "PATCH"})
        for (std::string const& framing : {"Content-Length: 20", "Transfer-Encoding: chunked",
                                           "Expect: 100-continue\r\nContent-Length: 20"}) {
            int const s = dial();  // and its side stays open: a body may still come
            say(s, verb + " /v1/admin/guarded HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
                       framing + "\r\n\r\n");
            auto const got = hear_for(s, std::chrono::milliseconds(200));
            ::close(s);
            EXPECT_THAT(got, StartsWith("HTTP/1.1 403")) << verb << " " << framing;
            EXPECT_EQ(count_answers(got), 1);
        }
}

TEST_F(HttpServer, UnknownAddressesAndMethods) {
    EXPECT_THAT(exchange("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
    auto const wrong = exchange("DELETE /v1/things HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(wrong, StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(wrong, HasSubstr("allow: GET, HEAD, OPTIONS"));
    for (auto const* trick :
         {"/v1//things", "/v1/./things", "/v1/things/", "/V1/things", "/v1/x/../things", "/v1%2fthings"})
        EXPECT_THAT(exchange(std::string("GET ") + trick + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                    StartsWith("HTTP/1.1 404"))
            << trick;
}

TEST_F(HttpServer, SlowHeadsAreCutOff) {
    int const s = dial();
    say(s, "GET /v1/things HTTP/1.1\r\nHo");
    auto const got = hear_all(s);
    EXPECT_THAT(got, Not(HasSubstr("<timeout>")));
    EXPECT_THAT(exchange("GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, ExpectContinueIsAnsweredWhenTheBodyIsWanted) {
    int const s = dial();
    say(s, "PUT /v1/things/" + id +
               " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: "
               "100-continue\r\nContent-Length: 14\r\nConnection: close\r\n\r\n");
    char buffer[64];
    ssize_t const n = ::recv(s, buffer, sizeof buffer, 0);
    EXPECT_EQ(std::string_view(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))),
              "HTTP/1.1 100 Continue\r\n\r\n");
    say(s, R"({"name":"abc"})");
    EXPECT_THAT(hear_all(s), StartsWith("HTTP/1.1 200"));
}

struct bad_bytes {
    char const* what;
    std::string bytes;
    int status;
};

// The gate: what RFC 9110 and 9112 say a server must refuse, or we do for safety's sake.
TEST_F(HttpServer, TheGateRefuses) {
    std::string const get = "GET /v1/things HTTP/1.1\r\n";
    std::string const json = "Content-Type: application/json\r\n";
    std::string const put_line = "PUT /v1/things/" + id + " HTTP/1.1\r\nHost: x\r\n" + json;
    std::string const long_path = "/" + std::string(9000, 'a');
    std::string many;
    for (int i = 0; i < 70; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    std::vector<bad_bytes> const cases{
        {"no Host", get + "\r\n", 400},
        {"two Hosts", get + "Host: x\r\nHost: x\r\n\r\n", 400},
        {"Host with a port past 65535", get + "Host: x:65536\r\n\r\n", 400},
        {"Host with an address that is none", get + "Host: [1:2]\r\n\r\n", 400},
        {"Host with a zone", get + "Host: [fe80::1%25eth0]\r\n\r\n", 400},
        {"Host with too many groups", get + "Host: [1:2:3:4:5:6:7:8:9]\r\n\r\n", 400},
        {"invalid Host", get + "Host: a b\r\n\r\n", 400},
        {"Host with a path", get + "Host: x/y\r\n\r\n", 400},
        {"empty Host", get + "Host: \r\n\r\n", 400},
        {"bare LF", "GET /v1/things HTTP/1.1\nHost: x\n\n", 400},
        {"bare LF in a field", get + "Host: x\nA: b\r\n\r\n", 400},
        {"bare CR in a field", get + "Host: x\r\nA: b\rc\r\n\r\n", 400},
        {"NUL in a field", get + std::string("Host: x\r\nA: b\0c\r\n\r\n", 19), 400},
        {"space before the colon", get + "Host : x\r\n\r\n", 400},
        {"folded field", get + "Host: x\r\nA: b\r\n c\r\n\r\n", 400},
        {"no colon", get + "Host: x\r\nnonsense\r\n\r\n", 400},
        {"empty name", get + "Host: x\r\n: y\r\n\r\n", 400},
        {"two spaces in the request line", "GET  /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"tab in the request line", "GET\t/v1/things HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"HTTP/0.9", "GET /v1/things\r\n\r\n", 400},
        {"HTTP/2.0", "GET /v1/things HTTP/2.0\r\nHost: x\r\n\r\n", 400},
        {"lower-case version", "GET /v1/things http/1.1\r\nHost: x\r\n\r\n", 400},
        {"lower-case method", "get /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"TRACE", "TRACE /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"unknown method", "BREW /v1/things HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"target without slash", "GET v1 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"fragment", "GET /v1/things#x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"bad escape", "GET /v1/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"non-ASCII target", "GET /v1/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"asterisk for GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"two lengths", put_line + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
        {"a list of lengths", put_line + "Content-Length: 2, 2\r\n\r\n{}", 400},
        {"signed length", put_line + "Content-Length: +2\r\n\r\n{}", 400},
        {"negative length", put_line + "Content-Length: -2\r\n\r\n{}", 400},
        {"hexadecimal length", put_line + "Content-Length: 0x2\r\n\r\n{}", 400},
        {"huge length", put_line + "Content-Length: 99999999999999999999\r\n\r\n{}", 400},
        {"length and chunked", put_line + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"two encodings",
         put_line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"gzip, chunked", put_line + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        {"identity", put_line + "Transfer-Encoding: identity\r\n\r\n", 400},
        {"xchunked", put_line + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
        {"chunked in HTTP/1.0",
         "PUT /v1/things/" + id + " HTTP/1.0\r\nHost: x\r\n" + json +
             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"bad chunk size", put_line + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
        {"chunk without CRLF", put_line + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}X0\r\n\r\n", 400},
        {"long chunk extension",
         put_line + "Transfer-Encoding: chunked\r\n\r\n2;" + std::string(5000, 'e') + "\r\n{}\r\n0\r\n\r\n",
         400},
        {"trailer fields", put_line + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n", 400},
        {"two Authorizations", get + "Host: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400},
        {"unknown expectation", put_line + "Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417},
        {"long target", "GET " + long_path + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
        {"many fields", get + "Host: x\r\n" + many + "\r\n", 431},
        {"endless head", get + "Host: x\r\nA: " + std::string(20000, 'a'), 431},
        {"body for GET", "GET /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 400},
        {"body too large", post_like("PUT", "/v1/things/" + id, std::string(70000, ' ')), 413},
        {"chunked body too large",
         put_line + "Transfer-Encoding: chunked\r\n\r\n11170\r\n" + std::string(70000, ' ') + "\r\n0\r\n\r\n",
         413},
        {"text body",
         "PUT /v1/things/" + id +
             " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
         415},
        {"no type", "PUT /v1/things/" + id + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 415},
        {"Latin-1 body",
         "PUT /v1/things/" + id +
             " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=latin1\r\nContent-Length: "
             "2\r\n\r\n{}",
         415},
        {"duplicate key", post_like("PUT", "/v1/things/" + id, R"({"name":"a","name":"b"})"), 400},
        {"truncated JSON", post_like("PUT", "/v1/things/" + id, R"({"name":"a")"), 400},
        {"deep JSON", post_like("PUT", "/v1/things/" + id, std::string(1000, '[')), 400},
        {"invalid UTF-8", post_like("PUT", "/v1/things/" + id, "{\"name\":\"\xff\"}"), 400},
        {"array for an object", post_like("PUT", "/v1/things/" + id, "[]"), 422},
        {"number past int64",
         post_like("PUT", "/v1/things/" + id, R"({"name":"a","size":99999999999999999999})"), 422},
        {"fraction", post_like("PUT", "/v1/things/" + id, R"({"name":"a","size":1.0})"), 422},
        {"repeated parameter", "GET /v1/things?limit=1&limit=2 HTTP/1.1\r\nHost: x\r\n\r\n", 422},
        {"unknown parameter", "GET /v1/things?color=1 HTTP/1.1\r\nHost: x\r\n\r\n", 422},
        {"NUL in a parameter", "GET /v1/things?q=%00 HTTP/1.1\r\nHost: x\r\n\r\n", 422},
    };
    for (bad_bytes const& c : cases) {
        auto const got = exchange(c.bytes);
        EXPECT_THAT(got, StartsWith("HTTP/1.1 " + std::to_string(c.status))) << c.what << "\n"
                                                                             << got.substr(0, 600);
        EXPECT_THAT(got, HasSubstr("application/problem+json")) << c.what;
        EXPECT_EQ(count_answers(got), 1) << c.what;
    }
    EXPECT_EQ(server.watch.threw_count, 0);
}

TEST_F(HttpServer, ClosesWhenAnyConnectionFieldSaysSo) {
    std::string const get = "GET /v1/things HTTP/1.1\r\nHost: x\r\n";
    EXPECT_EQ(
        count_answers(exchange(get + "Connection: keep-alive\r\nConnection: Close\r\n\r\n" + get + "\r\n")),
        1);
    EXPECT_EQ(count_answers(exchange(get + "Connection: x, close\r\n\r\n" + get + "\r\n")), 1);
    EXPECT_EQ(count_answers(exchange(get + "Connection: closed-captions\r\n\r\n" + get + "\r\n")), 2);
}

TEST_F(HttpServer, CutsNamesThatItSaysBackBetweenCharacters) {
    std::string const long_name = std::string(99, 'n') + "é" + std::string(300, 'n');
    std::string const escaped = std::string(99, 'n') + "%C3%A9";
    std::string const target = "/v1/things/" + id;
    for (std::string const& bytes : {
             post_like("PUT", target, "{\"name\":\"a\",\"" + long_name + "\":1}"),
             post_like("PUT", target, "{\"" + long_name + "\":1,\"" + long_name + "\":2}"),
             "GET /v1/things?" + escaped + "=1 HTTP/1.1\r\nHost: x\r\n\r\n",
             "GET /v1/things?" + escaped + "=1&" + escaped + "=2 HTTP/1.1\r\nHost: x\r\n\r\n",
         }) {
        auto const got = exchange(bytes);
        EXPECT_THAT(got, StartsWith("HTTP/1.1 4")) << got;
        EXPECT_THAT(got, HasSubstr(std::string(99, 'n'))) << got;
        EXPECT_TRUE(core::count_code_points(got).has_value()) << got;
    }
}

TEST_F(HttpServer, LooksAtAnIdempotencyKeyOnlyWhereItHasAnEffect) {
    std::string const bad_key = "Idempotency-Key: two words\r\n";
    EXPECT_THAT(exchange(post_like("POST", "/v1/keyless", "{}", bad_key)), StartsWith("HTTP/1.1 204"));
    EXPECT_THAT(exchange(post_like("POST", "/v1/keyed", "{}", bad_key)),
                HasSubstr("idempotency_key_invalid"));
}

TEST_F(HttpServer, AcceptsWhatIsMerelyUnusual) {
    for (std::string const& bytes : {
             std::string("\r\nGET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n"),
             std::string("GET /v1/things HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
             std::string("GET http://example.com/v1/things HTTP/1.1\r\nHost: example.com\r\n\r\n"),
             std::string("GET /v1/things? HTTP/1.1\r\nHost: x\r\n\r\n"),
             std::string("GET /v1/things?q=%C3%A9+%2B HTTP/1.1\r\nHost: x\r\nX-Latin: \xe9\r\n\r\n"),
             std::string("GET /v1/things HTTP/1.0\r\n\r\n"),
         })
        EXPECT_THAT(exchange(bytes), StartsWith("HTTP/1.1 200")) << bytes;
}

}  // namespace
