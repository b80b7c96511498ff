// The strict gate on request lines and fields: every way to spell them wrongly, in every place (RFC 9110,
// 9112).
#include "http_gate.hpp"

namespace {

using namespace test;

struct named_field {
    std::string name, value;
};
std::vector<named_field> const fields{
    {"Host", "x"},           {"Content-Length", "0"},    {"Transfer-Encoding", "chunked"},
    {"Connection", "close"}, {"Expect", "100-continue"}, {"Authorization", "Bearer a"},
    {"X-Other", "y"}};
std::string const get_line = "GET /v1/things HTTP/1.1\r\n";
std::string const host = "Host: x\r\n";

TEST_F(HttpGate, WithNothingWrongThePoisonIsAnswered) {
    takes(get_line + host + "\r\n");
    takes("\r\n" + get_line + host + "\r\n");  // one empty line (RFC 9112, 2.2)
    for (auto const& head : in_every_place({host, "Accept: */*\r\n"}, "X-Latin: \x85\xa0\xe9\t\r\n"))
        takes(get_line + head + "\r\n");
}

TEST_F(HttpGate, RefusesFieldLinesThatAreNone) {
    for (auto const& [name, value] : fields) {
        std::string const split = name.substr(0, 2) + " " + name.substr(2);
        for (std::string const& line :
             {name + " :", name + "\t:", " " + name + ":", "\t" + name + ":", name + "\x0b:", name + "\0:"s,
              name + "\x85:", "\xef\xbb\xbf" + name + ":", split + ":", name, ""s, ":"s, "(" + name + "):",
              "\"" + name + "\":", name + "/:", name + "@:", name + ",:", name + ";:", name + "[]:"}) {
            if (line.empty()) continue;
            for (auto const& head : in_every_place({host, "Accept: */*\r\n"}, line + " " + value + "\r\n"))
                refuses(get_line + head + "\r\n");
        }
    }
}

TEST_F(HttpGate, RefusesFieldsThatAreFolded) {
    for (auto const& [name, value] : fields)
        for (char const* fold : {"\r\n ", "\r\n\t", "\r\n  \r\n "})
            for (std::string const& spelled : {fold + value, value + fold, value + "," + fold + value})
                for (auto const& head :
                     in_every_place({host, "Accept: */*\r\n"}, name + ":" + spelled + "\r\n"))
                    refuses(get_line + head + "\r\n");
    for (char const* blank : {" ", "\t", " X-A: b", "\tX-A: b"})
        refuses(get_line + blank + "\r\n" + host + "\r\n");
}

TEST_F(HttpGate, RefusesControlCharactersWhereverTheyStand) {
    for (char const c : control_characters()) {
        for (auto const& [name, value] : fields)
            for (std::string const& spelled :
                 {c + value, value + c, value.substr(0, 1) + c + value.substr(1)})
                refuses(get_line + host + name + ": " + spelled + "\r\n\r\n");
        for (std::string const& line :
             {"G"s + c + "ET /v1/things HTTP/1.1", "GET /v1/"s + c + "things HTTP/1.1",
              "GET"s + c + "/v1/things HTTP/1.1", "GET /v1/things"s + c + "HTTP/1.1",
              "GET /v1/things HTTP/1.1"s + c, c + "GET /v1/things HTTP/1.1"s})
            refuses(line + "\r\n" + host + "\r\n");
    }
}

TEST_F(HttpGate, RefusesLinesThatDoNotEndInCrLf) {
    struct {
        std::vector<std::string> lines;
        std::string body;
    } const requests[] = {
        {{"GET /v1/things HTTP/1.1", "Host: x", "X-A: b", ""}, ""},
        {{put_line.substr(0, put_line.size() - 2), "Host: x", "Content-Length: 12", ""}, body_text},
        {{put_line.substr(0, put_line.size() - 2), "Host: x", "Transfer-Encoding: chunked", ""},
         chunked_text},
    };
    for (auto const& [lines, body] : requests)
        for (char const* end : {"\n", "\r", "\r\r\n", "\n\r", "\r\n\n", "\r \n", "\r\n\r"})
            for (std::size_t at = 0; at < lines.size(); ++at) {
                std::string head;
                for (std::size_t i = 0; i < lines.size(); ++i) head += lines[i] + (i == at ? end : "\r\n");
                // After a whole head it is the next request that is wrong.
                bool const whole = at + 1 == lines.size() && std::string_view(end).starts_with("\r\n");
                if (!whole)
                    refuses(head + body);
                else if (body.empty())
                    expect(head, "HTTP/1.1 200 open, 2 answered");
            }
}

TEST_F(HttpGate, RefusesWhatComesBeforeTheRequestLine) {
    for (std::string const& before :
         {"\r\n\r\n"s, "\n"s, "\r"s, "\r\n\n"s, "\n\r\n"s, " "s, "\t"s, "\0"s, "\r\n "s, "\xef\xbb\xbf"s,
          "\x16\x03\x01\x02"s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s, "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n"s})
        refuses(before + get_line + host + "\r\n");
}

TEST_F(HttpGate, RefusesRequestLinesThatAreNone) {
    for (char const* method : {"GET", "HEAD", "PUT", "OPTIONS"}) {
        for (char const* version :
             {"HTTP/1.1 ", "HTTP/1.",   "HTTP/1",    "HTTP/11",  "http/1.1", "Http/1.1",  "HTTP/1.1x",
              "HTTP /1.1", "HTTP/ 1.1", "HTTP/+1.1", "XTTP/1.1", "HTTP/1,1", "HTTP/01.1", "HTTP/1.10",
              "HTTP/1.2",  "HTTP/2.0",  "HTTP/2",    "HTTP/3",   "HTTP/0.9", "HTTP/1.1,", "HTTP/\xd9\xa1.1",
              "HTTPS/1.1", "ICY",       "RTSP/1.0",  ""})
            refuses(method + " /v1/things "s + version + "\r\n" + host + "\r\n");
        for (char const* target : {"",
                                   " /v1/things",
                                   "/v1/things ",
                                   "/v1 things",
                                   "/v1\tthings",
                                   "v1/things",
                                   "*x",
                                   "?q=1",
                                   "#",
                                   "//#",
                                   "/v1/things#x",
                                   "/v1/%",
                                   "/v1/%4",
                                   "/v1/%zz",
                                   "/v1/\xc3\xa9",
                                   "/v1/\"",
                                   "/v1/<x>",
                                   "/v1/\\x",
                                   "/v1/^",
                                   "/v1/`",
                                   "/v1/{x}",
                                   "/v1/|",
                                   "/v1/[x]",
                                   "/v1/things?q=[",
                                   "/v1/things?q=%",
                                   "x:80",
                                   "ftp://x/v1/things",
                                   "http:/v1/things",
                                   "http:x",
                                   "http://",
                                   "https:///v1/things"})
            refuses(method + " "s + target + " HTTP/1.1\r\n" + host + "\r\n");
    }
    for (char const* method :
         {"get", "Get", "TRACE", "CONNECT", "BREW", "LINK", "PROPFIND", "G E T", "GET,", "(GET)", "", "G@T",
          "\"GET\"", "GET/", "GET\x85", "GETGET", "POSTT", "OPTION", "HEADS"})
        refuses(method + " /v1/things HTTP/1.1\r\n"s + host + "\r\n");
    refuses("GET * HTTP/1.1\r\n" + host + "\r\n");
    takes("OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 204);
}

TEST_F(HttpGate, RefusesHostsThatAreNone) {
    std::vector<std::string> const bad{"[::1",
                                       "::1",
                                       "[::1]x",
                                       "[]",
                                       "[1:2]",
                                       "[::1%25lo]",
                                       "[fe80::1%lo]",
                                       "[v1.a]",
                                       "[::1]:x",
                                       "a:b:c",
                                       "a:b",
                                       "a:65536",
                                       "a:-1",
                                       "a:+1",
                                       "a:0x50",
                                       "a:080808",
                                       "a:80:80",
                                       "a,b",
                                       "a, b",
                                       "a b",
                                       "a#b",
                                       "user@a",
                                       "user:pw@a",
                                       "@a",
                                       ":80",
                                       "a\\b",
                                       "a|b",
                                       "<a>",
                                       "a^b",
                                       "`a`",
                                       "{a}",
                                       "a%",
                                       "a%4",
                                       "a%zz",
                                       "\xc3\xa9",
                                       "a\x85",
                                       "\xa0"
                                       "a",
                                       "a\"b",
                                       "\"a\"",
                                       "[::1],a",
                                       "[a]",
                                       "a]",
                                       "a[b",
                                       "[[::1]]",
                                       "[::1]80",
                                       "[:::1]",
                                       "a\xff",
                                       "http://a"};
    for (auto const& value : bad) {
        for (char const* version : {"1.1", "1.0"})
            refuses("GET /v1/things HTTP/"s + version + "\r\nHost: " + value + "\r\n\r\n");
        if (value == "http://a") continue;  // "http" would be the host, without its port
        for (char const* scheme : {"http://", "https://", "HTTP://"})
            for (char const* path : {"/v1/things", "", "?limit=1"})
                refuses("GET "s + scheme + value + path + " HTTP/1.1\r\n" + host + "\r\n");
    }
    for (char const* both : {"Host: x\r\nHost: x\r\n", "Host: x\r\nhost: y\r\n", "Host: x\r\nHost:\r\n", "",
                             "Host:\r\n", "Host: \t\r\n", "Host: x/\r\n", "Host: x?y\r\n"})
        refuses(get_line + both + "\r\n");
    for (char const* value : {"x", "X.example", "x:", "x:80", "x:65535", "[::1]", "[::1]:", "[::1]:8080",
                              "127.0.0.1", "a-b_c.d~e", "%41", "xn--e1afmkfd", "a!$&'()*+;="}) {
        takes(get_line + "Host: " + value + "\r\n\r\n");
        takes("GET http://"s + value + "/v1/things HTTP/1.1\r\n" + host + "\r\n");
    }
}

TEST_F(HttpGate, RefusesTwiceWhatIsSaidOnce) {
    for (auto const& [name, value, other] : std::vector<std::array<std::string, 3>>{
             {"Authorization", "Bearer a", "Bearer b"},
             {"Content-Type", "application/json", "text/plain"},
             {"Cookie", "a=b", "c=d"},
             {"If-Match", "\"1-a\"", "*"},
             {"If-None-Match", "\"1-a\"", "*"},
             {"Origin", "https://shop.example", "https://evil.example"},
             {"Sec-Fetch-Site", "same-origin", "cross-site"},
             {"Idempotency-Key", "a", "b"},
             {"X-Request-Id", "a", "b"},
             {"Expect", "100-continue", "tea"},
             {"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00"},
             {"Host", "x", "y"},
             {"Content-Length", "0", "00"},
             {"Transfer-Encoding", "chunked", "Chunked"}}) {
        std::string const first = name == "Host" ? "" : host;
        for (std::string const& again : {value, other, ""s})
            for (std::string const& spelled : {name, core::ascii_lower(name)})
                for (char const* between : {"", "Accept: */*\r\n"}) {
                    std::string const one = name + ": " + value + "\r\n",
                                      two = spelled + ": " + again + "\r\n";
                    refuses(get_line + first + one + between + two + "\r\n");
                    refuses(get_line + two + between + first + one + "\r\n");
                }
    }
    for (char const* name :
         {"Accept", "Accept-Encoding", "Via", "X-Forwarded-For", "Cache-Control", "X-Other"})
        takes(get_line + host + name + ": a\r\n" + name + ": b\r\n\r\n");
}

TEST_F(HttpGate, ExpectsNothingButTheBody) {
    std::string const put = put_line + host + "Content-Type: application/json\r\nContent-Length: 12\r\n";
    for (char const* value :
         {"tea", "100", "100-continue, tea", "100-continue, 100-continue", "100-continue;q=1",
          "\"100-continue\"", "100-continue\x85", "100 continue", ""}) {
        refuses(put + "Expect: " + value + "\r\n\r\n" + body_text, 417);
        refuses(get_line + host + "Expect: " + value + "\r\n\r\n", 417);
        // The body was not asked for, and is no request either.
        refuses(put + "Expect: " + value + "\r\n\r\n", 417);
    }
    // What the old protocol does not know is not heeded (RFC 9110, 10.1.1), nor what asks for no body.
    for (char const* value : {"100-continue", "100-Continue"}) {
        takes(put + "Expect: " + value + "\r\n\r\n" + body_text);
        takes(get_line + host + "Expect: " + value + "\r\n\r\n");
        takes_and_closes("PUT /v1/things/" + id + " HTTP/1.0\r\nContent-Type: application/json\r\n" +
                         "Content-Length: 12\r\nExpect: " + value + "\r\n\r\n" + body_text);
    }
}

TEST_F(HttpGate, AnswersHeadWithoutABodyHoweverWrongItIs) {
    for (std::string const& bytes :
         {"HEAD /v1/things HTTP/1.1\r\n\r\n"s, "HEAD /v1/things HTTP/1.1\r\nHost: a b\r\n\r\n"s,
          "HEAD /v1/things HTTP/1.1\r\nHost : x\r\n\r\n"s, "HEAD /v1/things HTTP/1.2\r\nHost: x\r\n\r\n"s,
          "HEAD /v1/things HTTP/1.1\nHost: x\n\n"s, "HEAD v1 HTTP/1.1\r\nHost: x\r\n\r\n"s,
          "HEAD /"s + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
          "HEAD /v1/things HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n"s,
          "HEAD /v1/things HTTP/1.1\r\nHost: x\r\nA: "s + std::string(20'000, 'a')}) {
        auto const got = exchange(bytes + poison);
        EXPECT_EQ(got.find("\r\n\r\n") + 4, got.size()) << got;
        EXPECT_THAT(got, testing::HasSubstr("connection: close\r\n")) << got;
    }
}

}  // namespace
