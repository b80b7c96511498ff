// What pages of other origins may do and read: those that the configuration names everything, others nothing.
#include "http_world.hpp"

#include <map>

namespace {

using namespace test;
using fields_of = std::map<std::string, std::string>;

std::string const shop = "https://shop.example";
std::string const readable =
    "etag, location, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, x-request-id";

struct HttpCors : HttpServer {
    // Those of an answer's fields that are about other origins. `lines` end in CRLF.
    static fields_of asked(running_server const& of, std::string const& line, std::string const& lines,
                           int status) {
        int const s = dial(of);
        say(s, line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + lines + "\r\n");
        std::string const got = hear_all(s);
        EXPECT_THAT(got, testing::StartsWith("HTTP/1.1 " + std::to_string(status))) << got;
        static std::regex const field("\r\n(vary|access-control-[a-z-]+): ([^\r]*)");
        std::string const head = got.substr(0, got.find("\r\n\r\n"));
        fields_of out;
        for (std::sregex_iterator m(head.begin(), head.end(), field), end; m != end; ++m)
            EXPECT_TRUE(out.emplace((*m)[1], (*m)[2]).second) << "twice: " << m->str();
        return out;
    }
    fields_of asked(std::string const& line, std::string const& lines, int status) {
        return asked(server, line, lines, status);
    }
};

fields_of const open{{"vary", "Origin"},
                     {"access-control-allow-origin", shop},
                     {"access-control-allow-credentials", "true"},
                     {"access-control-expose-headers", readable}};
fields_of const closed{{"vary", "Origin"}};

// Whatever the answer is: a page has to be able to read why it was refused.
TEST_F(HttpCors, EveryAnswerIsOpenToKnownOriginsAlone) {
    std::string const json = "Content-Type: application/json\r\n";
    struct {
        std::string line, lines;
        int status;
    } const requests[] = {
        {"GET /v1/things", "", 200},
        {"HEAD /v1/things", "", 200},
        {"GET /v1/things", "If-None-Match: *\r\n", 304},
        {"POST /v1/keyed", "", 204},
        {"GET /nowhere", "", 404},
        {"DELETE /v1/things", "", 405},
        {"GET /v1/admin/denied", "", 403},
        {"GET /secret", "", 401},
        {"GET /v1/things?limit=0", "", 422},
        {"GET /v1/throw", "", 500},
        {"PUT /v1/things/" + id, json + "Content-Length: 99999999\r\n", 413},
        {"PUT /v1/things/" + id, "Content-Length: 2\r\n", 415},
        {"PUT /v1/things/" + id, json + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"BREW /v1/things", "", 400},
        {"GET /v1/things", "Expect: tea\r\n", 417},
        {"OPTIONS /v1/things", "", 204},
    };
    for (auto const& [line, lines, status] : requests) {
        EXPECT_EQ(asked(line, "Origin: " + shop + "\r\n" + lines, status), open) << line << " " << lines;
        EXPECT_EQ(asked(line, lines, status), closed) << line << " " << lines;
        for (std::string const& other :
             {"https://evil.example", "http://shop.example", "https://shop.example:8443",
              "https://shop.example/", "https://SHOP.example", "https://a.shop.example",
              "https://shop.example.evil.example", "null", "*"})
            EXPECT_EQ(asked(line, "Origin: " + other + "\r\n" + lines, status), closed)
                << line << " " << other;
    }
}

TEST_F(HttpCors, APreflightNamesTheMethodsOfTheAddress) {
    std::string const wants =
        "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-evil\r\n";
    for (auto const& [path, methods] :
         {std::pair<std::string, std::string>{"/v1/things", "GET, HEAD, OPTIONS"},
          {"/v1/things/" + id, "PUT, OPTIONS"},
          {"/v1/admin/guarded", "POST, PATCH, OPTIONS"}}) {
        fields_of all = open;
        all["access-control-allow-methods"] = methods;
        all["access-control-allow-headers"] =
            "authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id";
        all["access-control-max-age"] = "600";
        EXPECT_EQ(asked("OPTIONS " + path, "Origin: " + shop + "\r\n" + wants, 204), all) << path;
        EXPECT_EQ(asked("OPTIONS " + path, "Origin: https://evil.example\r\n" + wants, 204), closed) << path;
        EXPECT_EQ(asked("OPTIONS " + path, wants, 204), closed) << path;
    }
    EXPECT_EQ(asked("OPTIONS /nowhere", "Origin: " + shop + "\r\n" + wants, 404), open);
}

TEST_F(HttpCors, SeveralOriginsAreEachToldOfThemselves) {
    running_server two(running_server::quick(), {"https://one.example", "https://two.example"});
    for (std::string const& origin : {"https://one.example", "https://two.example"}) {
        fields_of all = open;
        all["access-control-allow-origin"] = origin;
        EXPECT_EQ(asked(two, "GET /v1/things", "Origin: " + origin + "\r\n", 200), all);
    }
    EXPECT_EQ(asked(two, "GET /v1/things", "Origin: " + shop + "\r\n", 200), closed);
}

TEST_F(HttpCors, WithoutConfiguredOriginsNothingIsSaid) {
    running_server alone(running_server::quick(), {});
    for (char const* line : {"GET /v1/things", "GET /nowhere", "BREW /"})
        EXPECT_TRUE(asked(alone, line, "Origin: " + shop + "\r\n",
                          line[0] == 'B'   ? 400
                          : line[5] == 'v' ? 200
                                           : 404)
                        .empty())
            << line;
    EXPECT_TRUE(asked(alone, "OPTIONS /v1/things",
                      "Origin: " + shop + "\r\nAccess-Control-Request-Method: GET\r\n", 204)
                    .empty());
}

}  // namespace
