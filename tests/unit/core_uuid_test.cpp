// Identifiers: their form, their order, and that nothing but an identifier is read as one.
#include "core/random.hpp"
#include "core/uuid.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <unordered_set>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

std::uint64_t milliseconds_of(core::uuid const& id) {
    std::uint64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | id.bytes[i];
    return ms;
}

std::uint64_t wall_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

TEST(uuid, version_7_rises_within_a_thread_and_carries_the_time) {
    auto const before = wall_ms();
    core::uuid last{};
    core::uuid const first = core::make_uuid7();
    for (int i = 0; i < 100'000; ++i) {
        core::uuid const id = core::make_uuid7();
        ASSERT_LT(last, id);
        ASSERT_EQ(id.bytes[6] >> 4, 7);
        ASSERT_EQ(id.bytes[8] >> 6, 2);
        last = id;
    }
    EXPECT_GE(milliseconds_of(first), before);
    EXPECT_LE(milliseconds_of(first), wall_ms());
}

TEST(uuid, no_two_threads_make_the_same) {
    std::vector<std::vector<core::uuid>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made)
        threads.emplace_back([&mine] {
            for (int i = 0; i < 20'000; ++i)
                mine.push_back(i % 2 ? core::make_uuid7() : core::make_random_uuid());
        });
    for (auto& t : threads) t.join();
    std::unordered_set<core::uuid> all;
    for (auto const& mine : made) all.insert(mine.begin(), mine.end());
    EXPECT_EQ(all.size(), 80'000u);
}

TEST(uuid, version_4_is_marked) {
    for (int i = 0; i < 1000; ++i) {
        core::uuid const id = core::make_random_uuid();
        ASSERT_EQ(id.bytes[6] >> 4, 4);
        ASSERT_EQ(id.bytes[8] >> 6, 2);
    }
}

TEST(uuid, text_round_trips) {
    auto random = test::seeded();
    for (int i = 0; i < 10'000; ++i) {
        core::uuid id;
        for (auto& b : id.bytes) b = static_cast<std::uint8_t>(random());
        std::string const text = core::to_string(id);
        ASSERT_EQ(core::parse_uuid(text), id);
        std::string appended = "x";
        core::append(appended, id);
        ASSERT_EQ(appended, "x" + text);
    }
}

TEST(uuid, parse_is_strict) {
    auto const good = core::parse_uuid("0191E2A0-7b3c-7def-8123-456789ABCDEF");
    ASSERT_TRUE(good);
    EXPECT_EQ(core::to_string(*good), "0191e2a0-7b3c-7def-8123-456789abcdef");
    for (char const* bad : {"", "0191e2a07b3c7def8123456789abcdef", "0191e2a0-7b3c-7def-8123-456789abcde",
                            "0191e2a0-7b3c-7def-8123-456789abcdeg", "0191e2a0-7b3c-7def-8123-456789abcdef0",
                            "0191e2a0+7b3c-7def-8123-456789abcdef", "{191e2a0-7b3c-7def-8123-456789abcde}",
                            " 191e2a0-7b3c-7def-8123-456789abcdef", "0191e2a-07b3c-7def-8123-456789abcdef",
                            "-191e2a0-7b3c-7def-8123-456789abcdef", "0x91e2a0-7b3c-7def-8123-456789abcdef"})
        EXPECT_FALSE(core::parse_uuid(bad)) << bad;
}

TEST(uuid, parse_never_accepts_what_it_would_write_differently) {
    auto random = test::seeded();
    std::string const alphabet = "0123456789abcdefABCDEF-gG \0";
    for (int i = 0; i < 50'000; ++i) {
        std::string text = core::to_string(core::make_random_uuid());
        text[random() % text.size()] = alphabet[random() % alphabet.size()];
        auto const id = core::parse_uuid(text);
        if (!id) continue;
        std::string lower = text;
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        ASSERT_EQ(core::to_string(*id), lower);
    }
}

TEST(random, a_forked_child_draws_its_own_bytes) {
    core::random_u64();  // so that the parent holds a block
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_t const child = fork();
    if (child == 0) {
        std::uint64_t const v = core::random_u64();
        _exit(write(ends[1], &v, sizeof v) == sizeof v ? 0 : 1);
    }
    std::uint64_t theirs = 0;
    ASSERT_EQ(read(ends[0], &theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
    EXPECT_NE(theirs, core::random_u64());
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    close(ends[1]);
}

TEST(random, fills_every_size) {
    for (std::size_t size : {0u, 1u, 7u, 255u, 256u, 257u, 5000u}) {
        std::vector<std::uint8_t> bytes(size, 0);
        core::fill_random(bytes);
        // 16 zero bytes at the end would mean that the end was not reached.
        if (size >= 16) {
            EXPECT_NE(std::vector<std::uint8_t>(bytes.end() - 16, bytes.end()),
                      std::vector<std::uint8_t>(16, 0));
        }
    }
}

TEST(id, kinds_do_not_mix) {
    struct order_tag;
    struct product_tag;
    static_assert(!std::is_convertible_v<core::id<order_tag>, core::id<product_tag>>);
    static_assert(!std::is_same_v<core::id<order_tag>, core::id<product_tag>>);
    auto const a = core::id<order_tag>::make();
    EXPECT_FALSE(a.value.is_nil());
    EXPECT_EQ(core::to_string(a), core::to_string(a.value));
    EXPECT_EQ(std::hash<core::id<order_tag>>{}(a), std::hash<core::uuid>{}(a.value));
}

}  // namespace
