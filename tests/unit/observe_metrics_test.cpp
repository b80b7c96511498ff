// Metrics: exact sums over threads, and text that Prometheus reads.
#include "allocations.hpp"
#include "observe/metrics.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace {

using observe::labels;

bool shows(std::string const& line) {
    return ("\n" + observe::render_metrics()).find("\n" + line + "\n") != std::string::npos;
}

TEST(metrics, counters_add_up_over_threads_also_when_they_are_gone) {
    auto const c = observe::make_counter("test_threads_total", "Counted by threads.");
    EXPECT_TRUE(shows("test_threads_total 0"));
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([c] {
            for (int i = 0; i < 10'000; ++i) c.add();
        });
    for (int i = 0; i < 20; ++i) (void)observe::render_metrics();  // while they count
    for (auto& t : threads) t.join();
    c.add(5);
    EXPECT_TRUE(shows("test_threads_total 80005"));
    EXPECT_TRUE(shows("# TYPE test_threads_total counter"));
    EXPECT_TRUE(shows("# HELP test_threads_total Counted by threads."));
}

TEST(metrics, sizes_are_counted_up_to_powers_of_two) {
    auto const s = observe::make_sizes("test_sizes", "x");
    for (std::uint64_t const n : {1u, 2u, 3u, 64u, 65u, 129u}) s.observe(n);
    EXPECT_TRUE(shows("# TYPE test_sizes histogram"));
    EXPECT_TRUE(shows("test_sizes_bucket{le=\"1\"} 1"));
    EXPECT_TRUE(shows("test_sizes_bucket{le=\"4\"} 3"));
    EXPECT_TRUE(shows("test_sizes_bucket{le=\"64\"} 4"));
    EXPECT_TRUE(shows("test_sizes_bucket{le=\"128\"} 5"));
    EXPECT_TRUE(shows("test_sizes_bucket{le=\"+Inf\"} 6"));
    EXPECT_TRUE(shows("test_sizes_sum 264"));
    EXPECT_TRUE(shows("test_sizes_count 6"));
}

TEST(metrics, the_same_name_and_labels_are_the_same_metric) {
    observe::make_counter("test_same_total", "x", {{"a", "1"}}).add(1);
    observe::make_counter("test_same_total", "x", {{"a", "1"}}).add(2);
    observe::make_counter("test_same_total", "x", {{"a", "2"}}).add(7);
    EXPECT_TRUE(shows("test_same_total{a=\"1\"} 3"));
    EXPECT_TRUE(shows("test_same_total{a=\"2\"} 7"));
}

TEST(metrics, labels_are_escaped) {
    observe::make_counter("test_escape_total", "Back\\slash\nline", {{"v", "q\"b\\n\n."}}).add();
    EXPECT_TRUE(shows(R"(test_escape_total{v="q\"b\\n\n."} 1)"));
    EXPECT_TRUE(shows(R"(# HELP test_escape_total Back\\slash\nline)"));
}

TEST(metrics, refuses_wrong_names) {
    for (char const* bad :
         {"", "1a", "a-b", "a b", "é", "a\n", "http_requests_total", "http_request_duration_seconds"})
        EXPECT_THROW(observe::make_counter(bad, "x"), std::logic_error) << bad;
    EXPECT_THROW(observe::make_counter("test_label_total", "x", {{"a-b", "1"}}), std::logic_error);
    EXPECT_THROW(observe::make_counter("test_label_total", "x", {{"a:b", "1"}}), std::logic_error);
    observe::make_gauge("test_kind", "x");
    EXPECT_THROW(observe::make_counter("test_kind", "x"), std::logic_error);
    EXPECT_THROW(observe::make_histogram("test_kind", "x"), std::logic_error);
}

TEST(metrics, gauges_go_up_and_down) {
    auto const g = observe::make_gauge("test_gauge", "x");
    g.set(10);
    g.add(-12);
    EXPECT_TRUE(shows("test_gauge -2"));
    observe::make_gauge("test_gauge", "x").add(1);
    EXPECT_TRUE(shows("test_gauge -1"));
}

TEST(metrics, watched_values_live_as_long_as_their_watcher) {
    double value = 1.5;
    {
        observe::watched_value const w("test_watched", "x", {{"pool", "a"}}, [&] { return value; });
        EXPECT_TRUE(shows("test_watched{pool=\"a\"} 1.5"));
        value = 3;
        EXPECT_TRUE(shows("test_watched{pool=\"a\"} 3"));
        EXPECT_THROW((void)observe::watched_value("test_watched", "x", {{"pool", "a"}}, [] { return 0.0; }),
                     std::logic_error);
        EXPECT_THROW(observe::make_gauge("test_watched", "x", {{"pool", "a"}}), std::logic_error);
        observe::watched_value const total("test_watched_total", "x", {}, [] { return 9.0; });
        EXPECT_TRUE(shows("# TYPE test_watched_total counter"));
    }
    EXPECT_EQ(observe::render_metrics().find("test_watched"), std::string::npos);
    observe::watched_value first("test_moved", "x", {}, [] { return 1.0; });
    observe::watched_value second = std::move(first);
    EXPECT_TRUE(shows("test_moved 1"));
}

TEST(metrics, histograms_are_cumulative) {
    auto const h = observe::make_histogram("test_seconds", "x", {{"k", "v"}});
    for (std::uint64_t us : {50u, 100u, 101u, 1'000u, 2'000'000u, 99'000'000u}) h.observe(us);
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"0.0001\"} 2"));
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"0.00025\"} 3"));
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"0.001\"} 4"));
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"1\"} 4"));
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"2.5\"} 5"));
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"10\"} 5"));
    EXPECT_TRUE(shows("test_seconds_bucket{k=\"v\",le=\"+Inf\"} 6"));
    EXPECT_TRUE(shows("test_seconds_count{k=\"v\"} 6"));
    EXPECT_TRUE(shows("test_seconds_sum{k=\"v\"} 101.001251"));
}

TEST(metrics, requests_are_counted_by_route_and_status) {
    observe::request_metrics const r({{"GET", "/v1/a"}, {"POST", "/v1/a"}});
    r.count(0, 200, 400);
    r.count(0, 200, 400);
    r.count(0, 404, 90);
    r.count(1, 418, 90);
    r.count(2, 400, 90);
    r.count(9999, 400, 90);
    EXPECT_TRUE(shows(R"(http_requests_total{route="/v1/a",method="GET",status="200"} 2)"));
    EXPECT_TRUE(shows(R"(http_requests_total{route="/v1/a",method="GET",status="404"} 1)"));
    EXPECT_TRUE(shows(R"(http_requests_total{route="/v1/a",method="POST",status="other"} 1)"));
    EXPECT_TRUE(shows(R"(http_requests_total{route="unmatched",method="other",status="400"} 2)"));
    EXPECT_TRUE(shows(R"(http_request_duration_seconds_count{route="/v1/a",method="GET"} 3)"));
    EXPECT_TRUE(shows(R"(http_request_duration_seconds_sum{route="/v1/a",method="GET"} 0.00089)"));
    EXPECT_EQ(observe::render_metrics().find("status=\"500\""), std::string::npos);
    observe::request_metrics const again({{"GET", "/v1/a"}});
    again.count(0, 200, 1);
    EXPECT_TRUE(shows(R"(http_requests_total{route="/v1/a",method="GET",status="200"} 3)"));
}

TEST(metrics, counting_allocates_nothing) {
    if (!test::allocations_are_counted()) GTEST_SKIP() << "the sanitizer allocates on its own";
    observe::request_metrics const r({{"GET", "/v1/b"}});
    r.count(0, 200, 1);
    auto const before = test::allocations();
    for (int i = 0; i < 1000; ++i) r.count(0, 200, 400);
    EXPECT_EQ(test::allocations(), before);
}

TEST(metrics, the_process_is_watched) {
    observe::watch_process("9.9.9");
    observe::watch_process("9.9.9");
    EXPECT_TRUE(shows(R"(carrack_build_info{version="9.9.9"} 1)"));
    std::string const out = observe::render_metrics();
    std::smatch m;
    ASSERT_TRUE(std::regex_search(out, m, std::regex("\nprocess_resident_memory_bytes (\\S+)\n")));
    EXPECT_GT(std::stod(m[1]), 1'000'000);
    ASSERT_TRUE(std::regex_search(out, m, std::regex("\nprocess_open_fds (\\d+)\n")));
    EXPECT_GT(std::stod(m[1]), 2);
    ASSERT_TRUE(std::regex_search(out, m, std::regex("\nprocess_start_time_seconds (\\S+)\n")));
    EXPECT_GT(std::stod(m[1]), 1.7e9);
    EXPECT_TRUE(shows("# TYPE process_cpu_seconds_total counter"));
}

// Every line by the grammar of the format.
TEST(metrics, every_line_is_well_formed) {
    observe::make_histogram("test_grammar_seconds", "x").observe(1);
    std::regex const comment(
        R"(# (HELP [a-zA-Z_:][a-zA-Z0-9_:]* .*|TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram)))");
    std::regex const value(
        R"re([a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*")*\})? [-+0-9.eIinfNa]+)re");
    std::string const out = observe::render_metrics();
    ASSERT_TRUE(out.ends_with("\n"));
    std::istringstream in(out);
    for (std::string line; std::getline(in, line);)
        EXPECT_TRUE(std::regex_match(line, comment) || std::regex_match(line, value)) << line;
}

}  // namespace
