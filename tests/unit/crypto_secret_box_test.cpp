// Sealed values open for their own key and place only; key files are made once and kept private.
#include "crypto/digest.hpp"
#include "crypto/secret_box.hpp"
#include "scratch.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <vector>

#include <sys/stat.h>

namespace {

using crypto::secret_key;

std::string hex(secret_key const& key) { return crypto::to_hex(key.bytes()); }

std::string refusal(std::filesystem::path const& path) {
    try {
        crypto::load_or_make_key_file(path);
    } catch (crypto::key_file_error const& e) {
        return e.what();
    }
    return "";
}

TEST(secret_box, opens_what_it_sealed) {
    auto random = test::seeded();
    auto const key = secret_key::make();
    for (int i = 0; i < 500; ++i) {
        std::string plain(random() % 300, '\0');
        for (char& c : plain) c = static_cast<char>(random());
        std::string const sealed = crypto::seal(key, plain, "webhook:1");
        ASSERT_EQ(crypto::open(key, sealed, "webhook:1"), plain);
        ASSERT_NE(sealed, crypto::seal(key, plain, "webhook:1"));
    }
}

TEST(secret_box, refuses_every_changed_bit_and_every_shorter_text) {
    auto const key = secret_key::make();
    std::string const sealed = crypto::seal(key, "top secret", "a");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string changed = sealed;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        ASSERT_FALSE(crypto::open(key, changed, "a")) << bit;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        ASSERT_FALSE(crypto::open(key, sealed.substr(0, size), "a")) << size;
    EXPECT_FALSE(crypto::open(key, sealed + "x", "a"));
    EXPECT_FALSE(crypto::open(key, sealed, "b"));
    EXPECT_FALSE(crypto::open(secret_key::make(), sealed, "a"));
    EXPECT_TRUE(crypto::open(key, sealed, "a"));
}

TEST(secret_key, reads_hex_and_both_base64_alphabets) {
    core::bytes bytes(32, 0xFB);
    secret_key const key(std::span<std::uint8_t const, 32>(bytes.data(), 32));
    std::string const url = crypto::to_base64url(bytes);
    std::string standard = url + "=";
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    for (std::string const& text : {crypto::to_hex(bytes), url, standard}) {
        auto const read = secret_key::parse(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(hex(*read), hex(key));
    }
    for (std::string const& bad :
         {std::string(), std::string(63, 'a'), std::string(64, 'g'), std::string(43, ' '), url + "x",
          url.substr(1), std::string(32, 'a'), std::string(42, 'A') + "B"})
        EXPECT_FALSE(secret_key::parse(bad)) << bad;
}

TEST(secret_key, derived_keys_differ_by_purpose) {
    auto const key = secret_key::make();
    EXPECT_EQ(hex(key.derive("a")), hex(key.derive("a")));
    EXPECT_NE(hex(key.derive("a")), hex(key.derive("b")));
    EXPECT_NE(hex(key.derive("a")), hex(key));
    EXPECT_NE(hex(key.derive("a")), hex(secret_key::make().derive("a")));
}

TEST(key_file, is_made_once_and_private) {
    test::scratch const dir;
    auto const path = dir.path / "key";
    std::string const first = hex(crypto::load_or_make_key_file(path));
    EXPECT_EQ(hex(crypto::load_or_make_key_file(path)), first);
    struct stat about{};
    ASSERT_EQ(stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path), {}), 1)
        << "a draft was left behind";
}

TEST(key_file, all_who_start_at_once_get_the_same_key) {
    for (int round = 0; round < 20; ++round) {
        test::scratch const dir;
        std::vector<std::string> keys(8);
        std::vector<std::thread> threads;
        for (auto& key : keys)
            threads.emplace_back([&] { key = hex(crypto::load_or_make_key_file(dir.path / "key")); });
        for (auto& t : threads) t.join();
        for (auto const& key : keys) ASSERT_EQ(key, keys.front());
        ASSERT_EQ(std::distance(std::filesystem::directory_iterator(dir.path), {}), 1);
    }
}

TEST(key_file, says_what_is_wrong) {
    test::scratch const dir;
    auto const path = dir.path / "key";
    crypto::load_or_make_key_file(path);
    for (unsigned mode : {0640u, 0604u, 0660u, 0666u, 0610u}) {
        chmod(path.c_str(), mode);
        EXPECT_NE(refusal(path).find("can be read by other users; run `chmod 600 "), std::string::npos)
            << mode;
    }
    chmod(path.c_str(), 0600);
    for (char const* content : {"", "hunter2\n", "\n\n\n"}) {
        std::ofstream(path, std::ios::trunc) << content;
        EXPECT_NE(refusal(path).find("does not hold a key"), std::string::npos) << content;
    }
    std::ofstream(path, std::ios::trunc) << std::string(100'000, 'a');
    EXPECT_NE(refusal(path).find("does not hold a key"), std::string::npos);
    std::filesystem::create_symlink(path, dir.path / "link");
    EXPECT_NE(refusal(dir.path / "link").find("symbolic link"), std::string::npos);
    EXPECT_NE(refusal(dir.path).find("is not a regular file"), std::string::npos);
    EXPECT_NE(refusal(dir.path / "none" / "key").find("cannot be made"), std::string::npos);
    EXPECT_NE(refusal(path / "below").find("cannot be read"), std::string::npos);
}

}  // namespace
