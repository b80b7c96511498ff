// Passwords: Argon2id with OWASP's parameters, on threads of its own, so that a sign-in never holds up
// an event loop. What waits is bounded; what does not fit is refused at once.
#pragma once

#include "core/result.hpp"
#include "core/task.hpp"
#include "core/time.hpp"
#include "crypto/digest.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace crypto {

inline constexpr unsigned long long password_passes = 2;          // Argon2's t
inline constexpr std::size_t password_memory = 19 * 1024 * 1024;  // m, in bytes, for each thread at work

// Whether a stored hash was made with other parameters, or is none of ours: hash the password again at
// the next sign-in.
bool needs_rehash(std::string_view phc);

inline constexpr core::deadline whenever = core::deadline::max();  // for commands, which nobody waits for

struct password_options {
    std::size_t threads = 1;
    std::size_t queue_limit = 64;               // waiting requests; more are answered core::overloaded
    std::chrono::milliseconds idle_exit{5000};  // a thread without work leaves
};

// Shared by all event loops. Threads start when there is work. Every awaiting coroutine continues on the
// event loop it came from; a loop must not be destroyed while one of its coroutines waits here.
class password_pool {
public:
    explicit password_pool(password_options options = {});
    ~password_pool();  // drops what waits, finishes what is being hashed
    password_pool(password_pool const&) = delete;
    password_pool& operator=(password_pool const&) = delete;

    // Each is refused as core::overloaded when too many wait, or when it is not done by the deadline.

    // A PHC string: "$argon2id$v=19$m=19456,t=2,p=1$…".
    core::task<core::result<std::string>> hash(std::string password, core::deadline by = whenever);
    // Throws std::runtime_error when `phc` is not an Argon2id string within bounds: we stored nonsense.
    core::task<core::result<bool>> verify(std::string password, std::string phc,
                                          core::deadline by = whenever);
    // For an account that does not exist: takes as long as verify, so that the two cannot be told apart.
    core::task<core::result<core::nothing>> verify_nothing(std::string password,
                                                           core::deadline by = whenever);

    // Thirty-two bytes that only this password gives with this salt, as slow to guess as a hash: for telling
    // whether a password is the same as before where no hash of it is at hand.
    core::task<core::result<core::bytes>> stretch(std::string password, sha256_digest salt,
                                                  core::deadline by = whenever);

    struct job;
    struct state;

private:
    std::unique_ptr<state> state_;
};

}  // namespace crypto
