// The log: what a line looks like, that no value can break out of it, and when lines leave the buffer.
#include "allocations.hpp"
#include "observe/log.hpp"
#include "observe/log_line.hpp"
#include "observe/metrics.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <filesystem>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using observe::level;
using observe::log_format;

constexpr core::timestamp at{1'769'860'800'123'456};

observe::access_record const sample{.request_id = "req-1",
                                    .actor = "0191e2a0-7b3c-7def-8123-456789abcdef",
                                    .method = "GET",
                                    .route = "/v1/products/{handle}",
                                    .status = 200,
                                    .total_us = 1234,
                                    .database_us = 567,
                                    .statements = 3,
                                    .round_trips = 1,
                                    .bytes = 2048,
                                    .remote = "127.0.0.1"};

std::string line(log_format format, std::string_view message,
                 std::initializer_list<observe::field> fields = {}) {
    std::string out;
    observe::append_record(out, format, at, level::warning, message, fields);
    return out;
}

TEST(log_line, json) {
    EXPECT_EQ(
        line(log_format::json, "disk is full", {{"path", "/var/lib"}, {"free", 0}, {"fatal", true}}),
        R"({"time":"2026-01-31T12:00:00.123456Z","level":"warning","message":"disk is full","path":"/var/lib","free":0,"fatal":true})"
        "\n");
}

TEST(log_line, text) {
    EXPECT_EQ(
        line(log_format::text, "disk is full",
             {{"path", "/var/lib"}, {"why", "no room"}, {"none", ""}, {"n", -5}}),
        "2026-01-31T12:00:00.123456Z warning disk is full path=/var/lib why=\"no room\" none=\"\" n=-5\n");
}

TEST(log_line, access_in_both_forms) {
    std::string json, text;
    observe::append_access(json, log_format::json, at, sample);
    observe::append_access(text, log_format::text, at, sample);
    EXPECT_EQ(
        json,
        R"({"time":"2026-01-31T12:00:00.123456Z","level":"info","message":"request","request_id":"req-1",)"
        R"("actor":"0191e2a0-7b3c-7def-8123-456789abcdef","method":"GET","route":"/v1/products/{handle}",)"
        R"("status":200,"total_us":1234,"database_us":567,"statements":3,"round_trips":1,"bytes":2048,)"
        R"("remote":"127.0.0.1"})"
        "\n");
    EXPECT_EQ(
        text,
        "2026-01-31T12:00:00.123456Z info 200 GET /v1/products/{handle} 1.234ms db=0.567ms statements=3 "
        "round_trips=1 bytes=2048 actor=0191e2a0-7b3c-7def-8123-456789abcdef remote=127.0.0.1 "
        "request_id=req-1\n");
}

TEST(log_line, nothing_breaks_out_of_a_value) {
    struct {
        std::string value;
        char const* json;
    } const cases[] = {
        {"a\nb", R"("a\nb")"},
        {"a\r\n2026 info forged", R"("a\u000d\n2026 info forged")"},
        {"\"quoted\" \\ back", R"("\"quoted\" \\ back")"},
        {"\x1B[31mred", R"("\u001b[31mred")"},
        {"\x7F", R"("\u007f")"},
        {"\xC2\x9B", R"("\u009b")"},
        {"\xE2\x80\xAE"
         "abc",
         R"("\u202eabc")"},
        {"\xE2\x80\xA8", R"("\u2028")"},
        {"bad\xFF\xC3", "\"bad\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {std::string("nul\0!", 5), R"("nul\u0000!")"},
        {"Grüße 日本 👍", "\"Grüße 日本 👍\""},
    };
    for (auto const& c : cases) {
        EXPECT_NE(line(log_format::json, "x", {{"v", c.value}}).find(std::string("\"v\":") + c.json),
                  std::string::npos)
            << line(log_format::json, "x", {{"v", c.value}});
        std::string const text = line(log_format::text, "x", {{"v", c.value}});
        EXPECT_NE(text.find(std::string("v=") + c.json), std::string::npos) << text;
    }
}

TEST(log_line, whatever_comes_is_one_line_of_valid_json) {
    auto random = test::seeded();
    for (int i = 0; i < 20'000; ++i) {
        std::string value(random() % 60, '\0');
        for (char& c : value) c = static_cast<char>(random() % 3 ? random() : random() % 128);
        for (log_format const format : {log_format::json, log_format::text}) {
            std::string const out = line(format, value, {{"v", value}});
            ASSERT_EQ(out.find('\n'), out.size() - 1);
            ASSERT_EQ(out.find('\x1B'), out.npos);
        }
        boost::system::error_code error;
        boost::json::parse(line(log_format::json, value, {{"v", value}}), error);
        ASSERT_FALSE(error) << error.message();
    }
}

TEST(log_line, a_long_value_is_cut) {
    std::string const out = line(log_format::text, "x", {{"v", std::string(100'000, 'a')}});
    EXPECT_LT(out.size(), observe::log_value_max + 100);
    EXPECT_TRUE(out.ends_with("aaa…\"\n"));
}

// A pipe instead of standard error.
struct log_output : testing::Test {
    int ends[2] = {-1, -1};

    void SetUp() override {
        ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
        ASSERT_GE(fcntl(ends[1], F_SETPIPE_SZ, 256 * 1024), 256 * 1024);
        observe::configure_log({.format = log_format::text, .least = level::info, .fd = ends[1]});
    }
    void TearDown() override {
        observe::configure_log({});
        close(ends[0]);
        close(ends[1]);
    }
    std::string written() const {
        std::string all;
        char part[4096];
        for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;)
            all.append(part, static_cast<std::size_t>(n));
        return all;
    }
    static std::size_t lines(std::string const& text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

TEST_F(log_output, writes_at_once_what_is_not_access) {
    observe::info("started", {{"port", 8080}});
    observe::debug("dropped");
    std::string const out = written();
    EXPECT_EQ(lines(out), 1u);
    EXPECT_TRUE(out.ends_with(" info started port=8080\n")) << out;
}

TEST_F(log_output, keeps_access_lines_until_flushed) {
    observe::access(sample);
    observe::access(sample);
    EXPECT_EQ(written(), "");
    observe::flush();
    EXPECT_EQ(lines(written()), 2u);
    observe::flush();
    EXPECT_EQ(written(), "");
}

TEST_F(log_output, keeps_the_order) {
    observe::access(sample);
    observe::error("after it");
    std::string const out = written();
    ASSERT_EQ(lines(out), 2u);
    EXPECT_LT(out.find("GET"), out.find("after it"));
}

TEST_F(log_output, old_lines_leave_with_the_next) {
    observe::access(sample);
    std::this_thread::sleep_for(110ms);
    observe::access(sample);
    EXPECT_EQ(lines(written()), 2u);
}

TEST_F(log_output, a_full_buffer_leaves) {
    std::size_t got = 0;
    for (int i = 0; i < 1000; ++i) {
        observe::access(sample);
        got += lines(written());
    }
    EXPECT_GT(got, 0u);
    observe::flush();
    EXPECT_EQ(got + lines(written()), 1000u);
}

TEST_F(log_output, a_thread_that_ends_leaves_nothing_behind) {
    std::thread([] { observe::access(sample); }).join();
    EXPECT_EQ(lines(written()), 1u);
}

TEST_F(log_output, lines_of_threads_do_not_mix) {
    std::string all;
    std::atomic<bool> done{false};
    std::thread reader([&] {
        while (!done) {
            all += written();
            std::this_thread::yield();
        }
        all += written();
    });
    std::vector<std::thread> writers;
    for (int t = 0; t < 4; ++t)
        writers.emplace_back([] {
            for (int i = 0; i < 2000; ++i) {
                observe::access(sample);
                if (i % 10 == 0) observe::info("between");
            }
        });
    for (auto& w : writers) w.join();
    done = true;
    reader.join();
    EXPECT_EQ(lines(all), 4u * 2200u);
    for (std::size_t from = 0; from < all.size();) {
        std::size_t const to = all.find('\n', from);
        std::string_view const one(all.data() + from, to - from);
        ASSERT_TRUE(one.ends_with("request_id=req-1") || one.ends_with("info between")) << one;
        ASSERT_TRUE(one.starts_with("20")) << one;
        from = to + 1;
    }
}

TEST_F(log_output, a_reader_that_does_not_read_costs_lines_not_the_server) {
    auto const before = observe::log_bytes_dropped();
    auto const start = core::steady::now();
    for (int i = 0; i < 10'000; ++i) observe::access(sample);
    observe::flush();
    EXPECT_GT(observe::log_bytes_dropped(), before);
    EXPECT_LT(core::steady::now() - start, 2s);
    EXPECT_GT(lines(written()), 500u);
    // Once somebody reads again, whole lines come again, the half one ended.
    observe::info("back");
    std::string const out = written();
    EXPECT_TRUE(out.ends_with(" info back\n"));
    EXPECT_TRUE(out.starts_with("20") || out.starts_with("\n20")) << out;
}

// Standard error as whoever starts a server hands it over: it blocks, and its flags are not ours to change.
struct blocking_log : testing::Test {
    int read_end = -1, write_end = -1;

    void use(int reads, int writes) {
        read_end = reads;
        write_end = writes;
        observe::configure_log({.format = log_format::text, .least = level::info, .fd = write_end});
    }
    void TearDown() override {
        observe::configure_log({});
        close(read_end);
        close(write_end);
    }
    std::string waiting() const {
        std::string all;
        char part[4096];
        pollfd ready{read_end, POLLIN, 0};
        while (poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0) {
            ssize_t const n = read(read_end, part, sizeof part);
            if (n <= 0) break;
            all.append(part, static_cast<std::size_t>(n));
        }
        return all;
    }
    // Nobody reads; then somebody does.
    void expect_lines_lost_and_no_time() {
        auto const before = observe::log_bytes_dropped();
        auto const start = core::steady::now();
        std::vector<std::thread> writers;
        for (int t = 0; t < 3; ++t)
            writers.emplace_back([] {
                for (int i = 0; i < 10'000; ++i) observe::access(sample);
            });
        for (auto& w : writers) w.join();
        for (int i = 0; i < 50; ++i) observe::info("more");
        EXPECT_LT(core::steady::now() - start, 2s);
        EXPECT_GT(observe::log_bytes_dropped(), before);
        EXPECT_EQ(fcntl(write_end, F_GETFL) & O_NONBLOCK, 0);
        EXPECT_GT(waiting().size(), 1000u);
        observe::info("back");
        std::string const out = waiting();
        EXPECT_TRUE(out.ends_with(" info back\n")) << out;
        EXPECT_NE(observe::render_metrics().find("\ncarrack_log_dropped_bytes_total " +
                                                 std::to_string(observe::log_bytes_dropped()) + "\n"),
                  std::string::npos);
    }
};

TEST_F(blocking_log, a_pipe_nobody_reads) {
    observe::watch_process("9.9.9");
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    use(ends[0], ends[1]);
    expect_lines_lost_and_no_time();
}

TEST_F(blocking_log, a_socket_nobody_reads) {
    observe::watch_process("9.9.9");
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    use(ends[0], ends[1]);
    expect_lines_lost_and_no_time();
}

// A pipe that cannot be opened once more: here because it has no reader at that moment, elsewhere because it
// is another user's.
TEST_F(blocking_log, a_pipe_that_can_only_be_shared) {
    observe::watch_process("9.9.9");
    auto const name = std::filesystem::temp_directory_path() / ("carrack-log-" + std::to_string(getpid()));
    ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
    int const first_reader = open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int const writer = open(name.c_str(), O_WRONLY | O_CLOEXEC);
    close(first_reader);
    observe::configure_log({.format = log_format::text, .least = level::info, .fd = writer});
    read_end = open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    write_end = writer;
    std::filesystem::remove(name);
    expect_lines_lost_and_no_time();
}

TEST_F(log_output, what_was_refused_says_why) {
    observe::access_record refused = sample;
    refused.code = "bad_request";
    refused.reason = "the Host field is missing";
    observe::access(refused);
    observe::flush();
    EXPECT_TRUE(
        written().ends_with(" request_id=req-1 code=bad_request reason=\"the Host field is missing\"\n"));
}

TEST_F(log_output, levels_are_obeyed) {
    observe::configure_log({.format = log_format::json, .least = level::error, .fd = ends[1]});
    observe::warning("w");
    observe::access(sample);
    observe::flush();
    EXPECT_EQ(written(), "");
    observe::error("e");
    EXPECT_EQ(lines(written()), 1u);
}

TEST_F(log_output, an_access_line_allocates_nothing) {
    if (!test::allocations_are_counted()) GTEST_SKIP() << "the sanitizer allocates on its own";
    for (int i = 0; i < 300; ++i) observe::access(sample);
    observe::flush();
    (void)written();
    auto const before = test::allocations();
    for (int i = 0; i < 200; ++i) observe::access(sample);
    observe::flush();
    EXPECT_EQ(test::allocations(), before);
}

}  // namespace
