// Starts other programs without a shell: as another user when told so, with a clean environment and
// nothing inherited but what is named.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace app {

struct identity {
    uid_t user = 0;
    gid_t group = 0;
    std::string name;
    std::vector<gid_t> groups;
};

std::optional<identity> find_identity(std::string const& name);
std::optional<identity> find_identity(uid_t user);

struct program {
    std::vector<std::string> words;  // the first is the absolute path of the file
    std::optional<identity> as;      // nothing: as ourselves
    std::filesystem::path output;    // both outputs are appended here; empty: as told below
    std::string input;               // at most 4 KiB, for run_to_end
    bool own_session = false;        // the terminal's Ctrl-C doesn't reach it
    bool dies_with_us = false;
};

// Throws setup_error when it cannot be started, the user cannot be taken on included.
pid_t spawn(program const& p);

struct outcome {
    int exit_code = 0;   // 128 + the signal's number when it was killed
    std::string output;  // both outputs together
};
outcome run_to_end(program p);

// Whether that user could work in the folder; asked by trying, so that every kind of rule counts.
bool can_enter(identity const& as, std::filesystem::path const& folder);

// A process by number, ours or not: whether it lives, and waiting until it doesn't.
bool is_alive(pid_t process);
bool wait_for_end(pid_t process, std::chrono::milliseconds at_most);  // false: it still lives
// The same, but also returns (false) as soon as `wake` becomes readable; no limit of time.
bool wait_for_end_or(pid_t process, int wake);

}  // namespace app
