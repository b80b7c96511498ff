// The private PostgreSQL cluster of a data folder: made when it isn't there, taken over when a crash
// left it running, kept alive while we run, stopped when we stop. It listens on a unix socket alone.
#pragma once

#include "app/cluster_place.hpp"
#include "app/descriptor.hpp"
#include "app/postgres_binaries.hpp"

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace app {

struct cluster_urls {
    std::string app;    // as carrack_app, the role of the server
    std::string owner;  // as carrack_owner, the role of migrations
};

class cluster {
public:
    // Returns when it accepts connections. The caller holds the data folder's lock. Throws
    // setup_error; also when a stop signal comes meanwhile.
    cluster(std::filesystem::path data, say_function say);
    ~cluster();  // stop()
    cluster(cluster const&) = delete;
    cluster& operator=(cluster const&) = delete;

    cluster_urls const& urls() const { return urls_; }
    std::filesystem::path const& home() const { return place_.home; }
    bool taken_over() const { return taken_over_; }
    pid_t process() const { return process_; }

    // From now on a thread starts it again whenever it dies, with a growing pause when it dies at once each
    // time; `say` is called from that thread.
    void supervise();
    void stop();

private:
    void create();
    void write_settings(std::filesystem::path const& into) const;
    void start();
    bool take_over();
    bool try_start();  // false: what the last crash left is still going away; try again
    void wait_until_ready();
    void watch();
    std::string log_since(std::uintmax_t offset) const;

    std::filesystem::path data_;
    say_function say_;
    cluster_place place_;
    std::filesystem::path sockets_;
    postgres_binaries binaries_;
    cluster_urls urls_;
    std::atomic<pid_t> process_{0};
    bool taken_over_ = false;
    descriptor wake_;  // tells the watching thread to end
    std::thread watcher_;
};

// The cluster of a data folder that another process of ours runs; nothing when none runs.
std::optional<cluster_urls> find_running_cluster(std::filesystem::path const& data);

}  // namespace app
