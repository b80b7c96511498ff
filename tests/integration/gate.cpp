// One thread for each connection, poll() on both ends, a look every 10 ms at what was asked for.
#include "gate.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace integration {
namespace {

sockaddr_un address_in(std::string const& folder) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    std::string const path = folder + "/.s.PGSQL.5432";
    if (path.size() >= sizeof a.sun_path) throw std::runtime_error("the socket's path is too long");
    path.copy(a.sun_path, path.size());
    return a;
}

}  // namespace

gate::gate(std::string socket_folder_behind) : behind_(std::move(socket_folder_behind)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "carrack-gate-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the gate");
    folder_ = pattern;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un const at = address_in(folder_);
    if (::bind(listener_, reinterpret_cast<sockaddr const*>(&at), sizeof at) != 0 ||
        ::listen(listener_, 64) != 0)
        throw std::runtime_error("the gate cannot listen");
    acceptor_ = std::thread([this] { accept_all(); });
}

gate::~gate() {
    over_ = true;
    acceptor_.join();
    for (auto& p : passers_) p.join();
    ::close(listener_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string gate::url(std::string const& database, std::string const& role) const {
    return "host=" + folder_ + " dbname=" + database + " user=" + role;
}

void gate::cut_at(std::string pattern, when w) {
    std::lock_guard const hold(lock_);
    pattern_ = std::move(pattern);
    when_ = w;
}

void gate::accept_all() {
    while (!over_) {
        pollfd p{listener_, POLLIN, 0};
        if (::poll(&p, 1, 10) <= 0) continue;
        int const client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        if (refusing_) {
            ::close(client);
            continue;
        }
        ++accepted_;
        std::lock_guard const hold(lock_);
        passers_.emplace_back([this, client] { pass(client); });
    }
}

// False when the connection is to be broken.
bool gate::forward(int from, int to, bool is_client, bool& withhold) {
    std::array<char, 65536> bytes;
    ssize_t const n = ::recv(from, bytes.data(), bytes.size(), 0);
    if (n <= 0) return false;
    if (!is_client && withhold) return ++cuts_, false;  // the server has answered; nobody will hear it
    if (is_client) {
        std::lock_guard const hold(lock_);
        if (!pattern_.empty() && std::string_view(bytes.data(), static_cast<std::size_t>(n)).find(pattern_) !=
                                     std::string_view::npos) {
            pattern_.clear();
            if (when_ == when::before_it_arrives) return ++cuts_, false;
            withhold = true;
        }
    }
    for (ssize_t sent = 0; sent < n;) {
        ssize_t const m = ::send(to, bytes.data() + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL);
        if (m <= 0) return false;
        sent += m;
        passed_ += m;
    }
    return true;
}

void gate::pass(int client) {
    int const server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un const to = address_in(behind_);
    int const epoch = epoch_;
    bool withhold = false;
    bool whole = ::connect(server, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0;
    while (whole && !over_ && epoch_ == epoch) {
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        if (silent_) {
            ::poll(nullptr, 0, 10);
            continue;
        }
        if (::poll(ends.data(), ends.size(), 10) <= 0) continue;
        if (ends[0].revents != 0) whole = forward(client, server, true, withhold);
        if (whole && ends[1].revents != 0) whole = forward(server, client, false, withhold);
    }
    ::close(client);
    ::close(server);
}

}  // namespace integration
