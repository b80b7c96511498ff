#include "crypto/password.hpp"

#include "crypto/digest.hpp"
#include "crypto/sodium.hpp"
#include "loop/loop.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

namespace crypto {
namespace {

// What a stored hash may ask of us: the memory is spent before its answer is known.
constexpr unsigned memory_max_kib = 64 * 1024;
constexpr unsigned passes_max = 10;

std::string make_phc(std::string_view password) {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), password_passes, password_memory,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return out.data();
}

bool take_number(std::string_view& rest, std::string_view name, unsigned& value) {
    if (!rest.starts_with(name)) return false;
    rest.remove_prefix(name.size());
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
}

bool is_within_bounds(std::string_view phc) {
    unsigned memory = 0, passes = 0, lanes = 0;
    return phc.size() < crypto_pwhash_STRBYTES && take_number(phc, "$argon2id$v=19$m=", memory) &&
           take_number(phc, ",t=", passes) && take_number(phc, ",p=", lanes) && phc.starts_with('$') &&
           memory <= memory_max_kib && passes <= passes_max && lanes == 1;
}

bool matches(std::string_view password, std::string const& phc) {
    if (!is_within_bounds(phc))
        throw std::runtime_error("a stored password hash is not Argon2id within bounds");
    return crypto_pwhash_str_verify(phc.c_str(), password.data(), password.size()) == 0;
}

core::bytes stretched(std::string_view password, sha256_digest const& salt) {
    static_assert(crypto_pwhash_SALTBYTES <= sizeof(sha256_digest));
    core::bytes out(32);
    if (crypto_pwhash(out.data(), out.size(), password.data(), password.size(), salt.data(), password_passes,
                      password_memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return out;
}

}  // namespace

bool needs_rehash(std::string_view phc) {
    if (!is_within_bounds(phc)) return true;
    return crypto_pwhash_str_needs_rehash(std::string(phc).c_str(), password_passes, password_memory) != 0;
}

enum class errand : std::uint8_t { hash, verify, stretch };

// Shared between the coroutine that waits and the thread that works: whichever ends first leaves it alive.
struct password_pool::job {
    errand what;
    std::string password;
    std::string phc;  // to compare with, or made
    sha256_digest salt{};
    core::bytes stretched_bytes;
    bool matched = false;
    core::deadline by;
    bool done = false;  // and in time
    std::exception_ptr error;
    std::coroutine_handle<> waiting;
    loop::event_loop* home = nullptr;
    std::mutex guard;
    bool left = false;  // by the coroutine: it goes on, or is gone

    job(errand w, std::string& secret, core::deadline d, std::string p = {})
        : what(w), password(secret), phc(std::move(p)), by(d) {
        wipe(secret);
    }
    ~job() { wipe(password); }
    job(job const&) = delete;
    job& operator=(job const&) = delete;

    void perform() {
        switch (what) {
            case errand::hash: phc = make_phc(password); break;
            case errand::verify: matched = matches(password, phc); break;
            case errand::stretch: stretched_bytes = stretched(password, salt); break;
        }
        done = true;
    }

    void run() noexcept {
        try {
            if (core::steady::now() < by) perform();  // else nobody waits any more
        } catch (...) {
            error = std::current_exception();
        }
        wipe(password);
    }

    // True for the first that asks: it takes the coroutine away from here.
    bool leave() {
        std::lock_guard const lock(guard);
        return !std::exchange(left, true);
    }

    // The answer may be all that its loop was waiting for: nothing is resumed, and no loop can end, before
    // this thread is done with the loop; and one whose coroutine has left is not touched.
    static void hand_back(std::shared_ptr<job> const& one) {
        std::lock_guard const lock(one->guard);
        if (one->left) return;
        one->home->post([one] {
            if (one->leave()) one->waiting.resume();
        });
    }
};

struct password_pool::state {
    explicit state(password_options o) : options(o), slots(o.threads) {}

    struct slot {
        std::thread thread;
        bool live = false;
    };

    password_options const options;
    std::mutex mutable guard;
    std::condition_variable work;
    std::deque<std::shared_ptr<job>> queue;
    std::vector<slot> slots;
    std::size_t idle = 0;
    bool stopping = false;

    bool accept(std::shared_ptr<job> one) {
        std::lock_guard const lock(guard);
        if (queue.size() >= options.queue_limit) return false;
        queue.push_back(std::move(one));
        if (idle >= queue.size() || !start_thread()) work.notify_one();
        return true;
    }

    // Under the lock. False when all are running already.
    bool start_thread() {
        auto const free = std::find_if(slots.begin(), slots.end(), [](slot const& s) { return !s.live; });
        if (free == slots.end()) return false;
        if (free->thread.joinable()) free->thread.join();  // it has left, past its last look at the lock
        free->thread = std::thread([this, mine = &*free] { serve(*mine); });
        free->live = true;
        return true;
    }

    void serve(slot& mine) {
        std::unique_lock lock(guard);
        while (true) {
            ++idle;
            bool const woken =
                work.wait_for(lock, options.idle_exit, [&] { return stopping || !queue.empty(); });
            --idle;
            if (stopping || !woken) break;
            std::shared_ptr<job> const next = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            next->run();
            job::hand_back(next);
            lock.lock();
        }
        mine.live = false;
    }

    void stop() {
        {
            std::lock_guard const lock(guard);
            stopping = true;
            queue.clear();
        }
        work.notify_all();
        for (slot& s : slots)
            if (s.thread.joinable()) s.thread.join();
    }
};

namespace {

// Suspends until the job is done; false at once when the queue is full, or when the deadline has come first.
struct doing {
    password_pool::state& pool;
    std::shared_ptr<password_pool::job> work;
    bool in_time = true;

    doing(password_pool::state& p, std::shared_ptr<password_pool::job> w) : pool(p), work(std::move(w)) {}
    doing(doing const&) = delete;
    doing& operator=(doing const&) = delete;
    ~doing() { work->leave(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> h) {
        work->waiting = h;
        work->home = &loop::event_loop::current();
        // Another thread may finish the job before accept() returns, but the answer is posted to this
        // thread's loop, so that nothing here runs twice.
        in_time = pool.accept(work);
        if (in_time && work->by != whenever)
            work->home->after(work->by - core::steady::now(), [this, late = std::weak_ptr(work)] {
                auto const still = late.lock();
                if (!still || !still->leave()) return;
                in_time = false;
                still->waiting.resume();
            });
        return in_time;
    }
    bool await_resume() const {
        if (in_time && work->error) std::rethrow_exception(work->error);
        return in_time && work->done;
    }
};

}  // namespace

password_pool::password_pool(password_options options) {
    if (options.threads == 0) throw std::invalid_argument("a password pool needs a thread");
    start_sodium();
    state_ = std::make_unique<state>(options);
}

password_pool::~password_pool() { state_->stop(); }

core::task<core::result<std::string>> password_pool::hash(std::string password, core::deadline by) {
    auto const work = std::make_shared<job>(errand::hash, password, by);
    bool const done = co_await doing{*state_, work};
    if (!done) co_return core::overloaded;
    co_return std::move(work->phc);
}

core::task<core::result<bool>> password_pool::verify(std::string password, std::string phc,
                                                     core::deadline by) {
    auto const work = std::make_shared<job>(errand::verify, password, by, std::move(phc));
    bool const done = co_await doing{*state_, work};
    if (!done) co_return core::overloaded;
    co_return work->matched;
}

core::task<core::result<core::nothing>> password_pool::verify_nothing(std::string password,
                                                                      core::deadline by) {
    auto const spent = co_await stretch(std::move(password), {}, by);
    if (!spent) co_return spent.error();
    co_return core::nothing{};
}

core::task<core::result<core::bytes>> password_pool::stretch(std::string password, sha256_digest salt,
                                                             core::deadline by) {
    auto const work = std::make_shared<job>(errand::stretch, password, by);
    work->salt = salt;
    bool const done = co_await doing{*state_, work};
    if (!done) co_return core::overloaded;
    co_return std::move(work->stretched_bytes);
}

}  // namespace crypto
