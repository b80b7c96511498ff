// PostgreSQL's main process as its pid file describes it: alive or stale, ours or a stranger that was
// given the same number, ready or not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace app {

inline constexpr int cluster_port = 5432;  // names the socket; nothing listens on TCP

struct postmaster {
    pid_t process = 0;
    std::filesystem::path sockets;
    std::string status;  // "starting", "ready", "stopping"
};

// The living postmaster of that data directory; nothing when there is none or the file is stale.
std::optional<postmaster> find_postmaster(std::filesystem::path const& pgdata);

// Whether somebody answers on its socket.
bool accepts_connections(postmaster const& p);

// Removes lock files that PostgreSQL would refuse to start beside, for good: one whose process number now
// belongs to another program, and one that a crash left without a number. The caller holds the data
// folder's lock, so nobody else is starting a server there.
void clear_stale_locks(std::filesystem::path const& pgdata, std::filesystem::path const& sockets);

// Fast shutdown; after ten seconds the immediate one, which the next start repairs.
void stop_postmaster(pid_t process);
void stop_postmaster(std::filesystem::path const& pgdata);  // the living one of it, if any

}  // namespace app
