// The strict gate on what says where a body ends: lengths, encodings and chunks (RFC 9112, 6 and 7).
#include "http_gate.hpp"

namespace {

using namespace test;

std::string const json = "Content-Type: application/json\r\n";
std::string const host = "Host: x\r\n";
std::string const length = "Content-Length: 12\r\n";
std::string const chunked = "Transfer-Encoding: chunked\r\n";

std::string put_by(char const* version) { return "PUT /v1/things/" + id + " HTTP/" + version + "\r\n"; }

std::vector<std::string> const bad_encodings{"chunked, chunked",
                                             "chunked,chunked",
                                             "chunked;q=1",
                                             "chunked;a=b",
                                             "chunked,",
                                             ",chunked",
                                             "chunked ,",
                                             "gzip, chunked",
                                             "chunked, gzip",
                                             "gzip",
                                             "deflate",
                                             "identity",
                                             "identity, chunked",
                                             "chunked, identity",
                                             "trailers",
                                             "chunked chunked",
                                             "\"chunked\"",
                                             "'chunked'",
                                             "chunke",
                                             "chunkedd",
                                             "xchunked",
                                             "chunked\x85",
                                             "\x85"
                                             "chunked",
                                             "\xa0"
                                             "chunked",
                                             "\xef\xbb\xbf"
                                             "chunked",
                                             "chun\xe2\x84\xaa"
                                             "ed",
                                             "chun ked",
                                             "(chunked)",
                                             "chunked=1",
                                             ""};
std::vector<std::string> const bad_lengths{"12, 12",
                                           "12,12",
                                           "12,",
                                           ",12",
                                           "+12",
                                           "-12",
                                           "-0",
                                           "0x0c",
                                           "0xc",
                                           "c",
                                           "1_2",
                                           "12.0",
                                           "12.",
                                           "1.2e1",
                                           "12e0",
                                           "1 2",
                                           "12 12",
                                           "12;",
                                           "12;a",
                                           "\"12\"",
                                           "'12'",
                                           "12h",
                                           "twelve",
                                           "",
                                           "\xd9\xa1\xd9\xa2",
                                           "\xef\xbc\x91\xef\xbc\x92",
                                           "1\xc2\xb2",
                                           "12\x85",
                                           "\x85"
                                           "12",
                                           "\xa0"
                                           "12",
                                           "12\xff",
                                           "\xef\xbb\xbf"
                                           "12",
                                           "99999999999999999999",
                                           "18446744073709551616",
                                           "18446744073709551628",
                                           "1/2",
                                           "(12)",
                                           "12%",
                                           "0b1100",
                                           "014h",
                                           "NaN",
                                           "inf"};

TEST_F(HttpGate, RefusesEncodingsThatAreNotChunkedAndNothingElse) {
    for (auto const& value : bad_encodings)
        for (auto const& line :
             {"Transfer-Encoding: " + value + "\r\n", "transfer-encoding:" + value + "\r\n"})
            for (char const* version : {"1.1", "1.0"})
                for (std::string const& beside : {""s, length, chunked})
                    for (auto const& head : in_every_place({host, json + beside}, line))
                        refuses(put_by(version) + head + "\r\n" + chunked_text);
}

TEST_F(HttpGate, RefusesLengthsThatAreNoNumber) {
    for (auto const& value : bad_lengths)
        for (auto const& line : {"Content-Length: " + value + "\r\n", "content-length:" + value + "\r\n"})
            for (char const* version : {"1.1", "1.0"})
                for (std::string const& beside : {""s, length, chunked})
                    for (auto const& head : in_every_place({host, json + beside}, line))
                        refuses(put_by(version) + head + "\r\n" + body_text);
}

TEST_F(HttpGate, RefusesTwoWaysToSayWhereABodyEnds) {
    std::vector<std::string> const ways{length, chunked, "Content-Length: 0\r\n", "CONTENT-LENGTH: 12\r\n",
                                        "Transfer-Encoding: Chunked\r\n"};
    for (auto const& one : ways)
        for (auto const& two : ways)
            for (auto const& head : in_every_place({host, json + one, "Accept: */*\r\n"}, two))
                for (std::string const& body : {body_text, chunked_text, ""s})
                    refuses(put_by("1.1") + head + "\r\n" + body);
    for (auto const& head : in_every_place({host, json}, chunked))
        refuses(put_by("1.0") + head + "\r\n" + chunked_text);
}

TEST_F(HttpGate, TakesLengthsAndEncodingsThatAreMerelyUnusual) {
    for (char const* value : {"12", " 12", "12 \t", "\t12", "0012", "000000000000000000000012"})
        for (auto const& head : in_every_place({host, json}, "Content-Length:"s + value + "\r\n"))
            takes(put_by("1.1") + head + "\r\n" + body_text);
    for (char const* value : {"chunked", "Chunked", "CHUNKED", " \tchunked\t "})
        for (auto const& head : in_every_place({host, json}, "Transfer-Encoding:"s + value + "\r\n"))
            takes(put_by("1.1") + head + "\r\n" + chunked_text);
    takes("GET /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
}

// Chunks of the body, one of which is spelled by `spell` from its number.
std::string chunks(std::size_t which, std::string const& line, std::string const& end) {
    std::array<std::string, 3> const data{R"({"name)", R"(":"a"})", ""};
    std::string out;
    for (std::size_t i = 0; i < data.size(); ++i)
        out += (i == which ? line : fmt::format("{:x}\r\n", data[i].size())) + data[i] +
               (i == which ? end : "\r\n");
    return out;
}

TEST_F(HttpGate, RefusesChunksWhoseSizeIsNone) {
    std::string const head = put_by("1.1") + host + json + chunked + "\r\n";
    for (std::size_t which = 0; which < 3; ++which) {
        std::string const size = which == 2 ? "0" : "6";
        for (std::string const& line : {""s,
                                        " " + size,
                                        "\t" + size,
                                        size + " ",
                                        size + "\t",
                                        "+" + size,
                                        "-" + size,
                                        "0x" + size,
                                        size + "h",
                                        size + "_0",
                                        size + "," + size,
                                        size + " " + size,
                                        size + ".0",
                                        "\"" + size + "\"",
                                        "g"s,
                                        ";a"s,
                                        size + ";",
                                        size + ";;a",
                                        size + ";=b",
                                        size + ";a=",
                                        size + ";a=\"",
                                        size + ";a=\"b",
                                        size + ";a=\"b\"c",
                                        size + ";a b",
                                        size + ";a=b c",
                                        size + ";(a)",
                                        size + ";a=b;",
                                        size + "\x85",
                                        "\x85" + size,
                                        size + ";\xe9",
                                        size + "\0"s,
                                        "\0"s + size,
                                        size + "\x0b",
                                        size + ";a\x01",
                                        size + ";a=\"\x7f\"",
                                        size + ";a=\"\n\"",
                                        "\xd9\xa6"s,
                                        "\xef\xbc\x96"s,
                                        "1000000000000000" + size,
                                        "fffffffffffffffff"s,
                                        std::string(300, '0') + size,
                                        size + ";" + std::string(300, 'a')}) {
            refuses(head + chunks(which, line + "\r\n", "\r\n"));
        }
        for (char const* end : {"\n", "\r", "\r\r\n", "\n\r", "\r\n\n", "\r \n"}) {
            refuses(head + chunks(which, size + end, "\r\n"));
            bool const whole = which == 2 && std::string_view(end).starts_with("\r\n");
            if (whole)  // and the next request is wrong
                expect(head + chunks(which, size + "\r\n", end), "HTTP/1.1 200 open, 2 answered");
            else
                refuses(head + chunks(which, size + "\r\n", end));
        }
        for (std::string const& end : {""s, "X"s, "X\r\n"s, " \r\n"s, "\0\r\n"s})
            refuses(head + chunks(which, size + "\r\n", end));
        for (std::string const& line : {size, "000" + size, size + ";a", size + " ; a", size + "\t;a=b",
                                        size + ";a=b;c=\"d;e\\\"\"", size + ";a = b"})
            takes(head + chunks(which, line + "\r\n", "\r\n"));
    }
}

TEST_F(HttpGate, RefusesTrailersWhateverTheySay) {
    std::string const head =
        put_by("1.1") + host + json + chunked + "\r\n6\r\n{\"name\r\n6\r\n\":\"a\"}\r\n0\r\n";
    for (std::string const& trailer : {"A: b\r\n"s, host, length, chunked, "Authorization: Bearer a\r\n"s,
                                       " \r\n"s, "x"s, "\r\r\n"s, "\0"s, "A: b\r\nC: d\r\n"s})
        refuses(head + trailer + "\r\n");
    takes(head + "\r\n");
}

}  // namespace
