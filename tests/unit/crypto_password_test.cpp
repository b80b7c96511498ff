// Password hashing: right answers, equal cost, bounded queue, threads that come and go.
#include "crypto/digest.hpp"
#include "crypto/password.hpp"
#include "loop/loop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

namespace {

using crypto::password_pool;

// Of this process, by the kernel's account.
std::ptrdiff_t threads_listed() {
    using entries = std::filesystem::directory_iterator;
    return std::distance(entries("/proc/self/task"), entries());
}

// With the first thread a sanitizer's runtime may start one of its own, which stays.
void let_the_runtime_start_its_own() {
    std::atomic<pid_t> id{0};
    std::thread([&] { id = ::gettid(); }).join();
    while (std::filesystem::exists("/proc/self/task/" + std::to_string(id))) std::this_thread::yield();
}

std::ptrdiff_t threads_running() {
    [[maybe_unused]] static bool const settled = (let_the_runtime_start_its_own(), true);
    return threads_listed();
}

// RFC 9106's algorithm at smaller cost, made by the reference implementation's format: m=8 MiB, t=1.
std::string weaker_phc() {
    return "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
}

core::task<void> hash_and_verify(password_pool& pool, std::thread::id here) {
    auto const phc = co_await pool.hash("correct horse");
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_TRUE(phc->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *phc;
    auto const again = co_await pool.hash("correct horse");
    EXPECT_NE(*phc, *again);
    EXPECT_FALSE(crypto::needs_rehash(*phc));

    auto const right = co_await pool.verify("correct horse", *phc);
    EXPECT_TRUE(*right);
    auto const wrong = co_await pool.verify("correct horsf", *phc);
    EXPECT_FALSE(*wrong);
    auto const empty = co_await pool.verify("", *phc);
    EXPECT_FALSE(*empty);
    auto const nobody = co_await pool.verify_nothing("correct horse");
    EXPECT_TRUE(nobody.has_value());
    EXPECT_EQ(std::this_thread::get_id(), here);
}

TEST(password, hashes_and_verifies_on_the_callers_loop) {
    loop::run_blocking([]() -> core::task<void> {
        auto const before = threads_running();
        password_pool pool;
        EXPECT_EQ(threads_running(), before);
        co_await hash_and_verify(pool, std::this_thread::get_id());
        EXPECT_EQ(threads_running(), before + 1);
    });
}

TEST(password, is_stretched_by_its_salt) {
    crypto::password_pool pool;
    loop::run_blocking([&]() -> core::task<void> {
        auto const salt = crypto::sha256("salt");
        auto const one = co_await pool.stretch("secret", salt);
        EXPECT_EQ(one->size(), 32u);
        EXPECT_EQ(*one, *co_await pool.stretch("secret", salt));
        EXPECT_NE(*one, *co_await pool.stretch("Secret", salt));
        EXPECT_NE(*one, *co_await pool.stretch("secret", crypto::sha256("pepper")));
    });
}

TEST(password, needs_rehash) {
    for (std::string const& old :
         {weaker_phc(), std::string(), std::string("plain"), std::string("$2b$10$abcdefghijklmnopqrstuv"),
          std::string("$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA"),
          std::string("$argon2id$v=19$m=19456,t=2,p=1$") + std::string(200, 'a')})
        EXPECT_TRUE(crypto::needs_rehash(old)) << old;
}

core::task<bool> throws(password_pool& pool, std::string phc) {
    bool thrown = false;
    try {
        (void)co_await pool.verify("x", phc);
    } catch (std::runtime_error const&) {
        thrown = true;
    }
    co_return thrown;
}

TEST(password, a_pool_has_a_thread) { EXPECT_THROW(password_pool({.threads = 0}), std::invalid_argument); }

TEST(password, a_stored_hash_cannot_ask_for_everything) {
    loop::run_blocking([]() -> core::task<void> {
        password_pool pool;
        for (char const* parameters :
             {"m=4194304,t=2,p=1", "m=19456,t=1000000,p=1", "m=19456,t=2,p=64", "m=,t=2,p=1",
              "m=99999999999999999999,t=2,p=1", "m=19456", "m=19456,t=2", "m=19456,t=2,p=1 "}) {
            bool const thrown = co_await throws(pool, std::string("$argon2id$v=19$") + parameters +
                                                          "$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA");
            EXPECT_TRUE(thrown) << parameters;
        }
        bool const thrown = co_await throws(pool, "");
        EXPECT_TRUE(thrown);
        auto const after = co_await pool.verify("x", weaker_phc());
        EXPECT_FALSE(*after);
    });
}

struct tally {
    int done = 0;
    int overloaded = 0;
};

core::task<void> one(password_pool& pool, tally& counts, loop::event_loop& home, int of) {
    auto const r = co_await pool.verify_nothing("x");
    if (r)
        ++counts.done;
    else if (r.error().what == &core::overloaded)
        ++counts.overloaded;
    if (counts.done + counts.overloaded == of) home.stop();
}

TEST(password, a_full_queue_is_refused_at_once) {
    loop::event_loop home;
    password_pool pool({.threads = 2, .queue_limit = 5});
    tally counts;
    constexpr int asked = 40;
    home.post([&] {
        auto const before = threads_running();
        for (int i = 0; i < asked; ++i)
            core::start(one(pool, counts, home, asked), [](std::exception_ptr) {});
        EXPECT_LE(threads_running(), before + 2);
    });
    home.run();
    EXPECT_EQ(counts.done + counts.overloaded, asked);
    EXPECT_GE(counts.done, 5);
    EXPECT_GE(counts.overloaded, asked - 5 - 10);
}

// Twenty before it, and one thread: it hears in time that it will not be served in time.
TEST(password, whoever_waits_past_the_deadline_is_refused_then) {
    loop::run_blocking([]() -> core::task<void> {
        password_pool pool({.threads = 1, .queue_limit = 64});
        tally others;
        for (int i = 0; i < 20; ++i)
            core::start(one(pool, others, loop::event_loop::current(), 1000), [](std::exception_ptr) {});
        auto const in_30_ms = core::steady::now() + std::chrono::milliseconds(30);
        auto const right = co_await pool.verify("x", weaker_phc(), in_30_ms);
        EXPECT_FALSE(right.has_value()) << "it was not compared, so it is neither right nor wrong";
        EXPECT_EQ(right.error().what, &core::overloaded);
        EXPECT_LT(others.done, 20);
        auto const too_late = co_await pool.hash("x", core::steady::now());
        EXPECT_FALSE(too_late.has_value());
        auto const patient = co_await pool.hash("x", core::steady::now() + std::chrono::seconds(60));
        EXPECT_TRUE(patient.has_value());
        EXPECT_EQ(others.done, 20);
    });
}

// The thread that is still at work must not call upon a loop that has ended meanwhile.
TEST(password, a_loop_may_end_while_what_came_too_late_is_still_worked_on) {
    password_pool pool;
    for (int round = 0; round < 5; ++round)
        loop::run_blocking([&]() -> core::task<void> {
            auto const soon = core::steady::now() + std::chrono::milliseconds(5);
            auto const late = co_await pool.hash("x", soon);
            EXPECT_FALSE(late.has_value());
        });
}

TEST(password, many_loops_share_one_pool) {
    password_pool pool({.threads = 2, .queue_limit = 64});
    std::vector<std::thread> threads;
    std::atomic<int> done{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            loop::run_blocking([&]() -> core::task<void> {
                for (int i = 0; i < 4; ++i) {
                    auto const here = std::this_thread::get_id();
                    auto const r = co_await pool.verify_nothing("x");
                    if (r && std::this_thread::get_id() == here) ++done;
                }
            });
        });
    for (auto& t : threads) t.join();
    EXPECT_EQ(done, 16);
}

TEST(password, idle_threads_leave_and_come_back) {
    loop::run_blocking([]() -> core::task<void> {
        auto const before = threads_running();
        password_pool pool({.threads = 2, .idle_exit = std::chrono::milliseconds(20)});
        for (int round = 0; round < 3; ++round) {
            auto const r = co_await pool.verify_nothing("x");
            EXPECT_TRUE(r.has_value());
            for (int wait = 0; wait < 200 && threads_running() > before; ++wait)
                co_await loop::sleep(std::chrono::milliseconds(10));
            EXPECT_EQ(threads_running(), before);
        }
    });
}

TEST(password, a_waiting_coroutine_may_go_away) {
    password_pool pool;
    loop::event_loop home;
    home.post([&] {
        {
            auto waiting = pool.verify_nothing("x");
            waiting.await_suspend(std::noop_coroutine()).resume();
        }  // destroyed while the thread works for it
        home.after(std::chrono::milliseconds(300), [&] { home.stop(); });
    });
    home.run();
}

TEST(password, the_pool_may_go_away_with_work_waiting) {
    loop::event_loop home;
    auto pool = std::make_unique<password_pool>(crypto::password_options{.queue_limit = 10});
    std::vector<core::task<core::result<core::nothing>>> waiting;
    home.post([&] {
        for (int i = 0; i < 10; ++i) {
            waiting.push_back(pool->verify_nothing("x"));
            waiting.back().await_suspend(std::noop_coroutine()).resume();
        }
        pool.reset();
        home.stop();
    });
    home.run();
    waiting.clear();
}

// The fastest of many is what the work costs; the rest is the machine's other load.
core::task<double> cost_of_nobody_beside_somebody(password_pool& pool, std::string phc) {
    double known = 1e9, unknown = 1e9;
    for (int i = 0; i < 15; ++i) {
        auto const t0 = core::steady::now();
        (void)co_await pool.verify("guess", phc);
        auto const t1 = core::steady::now();
        (void)co_await pool.verify_nothing("guess");
        auto const t2 = core::steady::now();
        known = std::min(known, std::chrono::duration<double>(t1 - t0).count());
        unknown = std::min(unknown, std::chrono::duration<double>(t2 - t1).count());
    }
    co_return unknown / known;
}

TEST(password, nothing_costs_as_much_as_something) {
    loop::run_blocking([]() -> core::task<void> {
        password_pool pool;
        auto const phc = co_await pool.hash("correct horse");
        double ratio = 0;
        for (int round = 0; round < 4 && (ratio < 0.8 || ratio > 1.25); ++round)
            ratio = co_await cost_of_nobody_beside_somebody(pool, *phc);
        EXPECT_GT(ratio, 0.8);
        EXPECT_LT(ratio, 1.25);
    });
}

}  // namespace
