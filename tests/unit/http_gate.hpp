// For tests of the strict gate: each case is sent with one more request right behind it, which is answered if
// the case is taken and must not be if it is refused.
#pragma once

#include "http_world.hpp"

#include <fmt/format.h>

namespace test {

using namespace std::string_literals;

inline std::string const poison = "GET /v1/things?q=poison HTTP/1.1\r\nHost: x\r\n\r\n";
inline std::string const put_line = "PUT /v1/things/" + id + " HTTP/1.1\r\n";
inline std::string const body_text = R"({"name":"a"})";  // 12 bytes
inline std::string const chunked_text = "c\r\n" + body_text + "\r\n0\r\n\r\n";

// The lines as they are, with `line` first, between them and last.
inline std::vector<std::string> in_every_place(std::vector<std::string> const& lines,
                                               std::string const& line) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= lines.size(); ++at) {
        std::string fields;
        for (std::size_t i = 0; i < lines.size(); ++i) fields += (i == at ? line : "") + lines[i];
        out.push_back(at == lines.size() ? fields + line : fields);
    }
    return out;
}

// Every character that no field may hold, but for those that end lines.
inline std::string control_characters() {
    std::string out;
    for (char c = 0; c < 0x20; ++c)
        if (c != '\t' && c != '\r' && c != '\n') out += c;
    return out + '\x7f';
}

struct HttpGate : HttpServer {
    // The first status, whether the connection goes on, how many answers there were in all, and whether the
    // last is the poison's.
    static std::string verdict(std::string const& got) {
        bool const first_closes =
            got.substr(0, got.find("\r\n\r\n")).find("\r\nconnection: close") != got.npos;
        return fmt::format("{} {}, {} answered{}", got.substr(0, 12), first_closes ? "closed" : "open",
                           count_answers(got),
                           got.find(R"("name":"poison")") == got.npos ? "" : ", poison too");
    }
    void expect(std::string const& bytes, std::string const& verdict_wanted) {
        ++tried;
        auto const got = exchange(bytes + poison);
        EXPECT_EQ(verdict(got), verdict_wanted) << testing::PrintToString(bytes) << "\n"
                                                << got.substr(0, 400);
    }
    void refuses(std::string const& bytes, int status = 400) {
        expect(bytes, fmt::format("HTTP/1.1 {} closed, 1 answered", status));
    }
    void takes(std::string const& bytes, int status = 200) {
        expect(bytes, fmt::format("HTTP/1.1 {} open, 2 answered, poison too", status));
    }
    void takes_and_closes(std::string const& bytes, int status = 200) {
        expect(bytes, fmt::format("HTTP/1.1 {} closed, 1 answered", status));
    }
    void TearDown() override {
        EXPECT_EQ(server.watch.threw_count, 0);
        RecordProperty("cases", tried);
    }
    int tried = 0;
};

}  // namespace test
