// How long a server takes from exec to its first answers: starts it again and again, and asks over and over
// with a pause of 50 microseconds.
//
//   start --port P --times N [--then PATH] -- COMMAND...
//
// Each line of the output is "LIVEZ THEN", in milliseconds: from just before exec to the whole 200 of GET
// /livez, and to the whole 200 of GET PATH asked right after. The command is stopped with SIGTERM each time.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using steady = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(10);
pid_t child = -1;

[[noreturn]] void die(std::string const& why) {
    if (child > 0) ::kill(child, SIGTERM);
    std::fprintf(stderr, "start: %s\n", why.c_str());
    std::exit(2);
}

double ms_since(steady::time_point t) {
    return std::chrono::duration<double, std::milli>(steady::now() - t).count();
}

int dial(std::uint16_t port) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return fd;
    ::close(fd);
    return -1;
}

// The status of the answer, read to the end of the connection; 0 when there was none.
int get(int fd, std::string const& path) {
    std::string const request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return 0;
    std::string answer;
    char buffer[65536];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(n));
    return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
}

void wait_for_200(std::uint16_t port, std::string const& path, steady::time_point began) {
    for (;;) {
        if (int const fd = dial(port); fd >= 0) {
            int const status = get(fd, path);
            ::close(fd);
            if (status == 200) return;
        }
        int how = 0;
        if (::waitpid(child, &how, WNOHANG) == child) {
            child = -1;
            die("the command ended before it answered");
        }
        if (steady::now() - began > patience) die("no 200 of " + path + " within ten seconds");
        ::usleep(50);
    }
}

void stop() {
    ::kill(child, SIGTERM);
    int how = 0;
    ::waitpid(child, &how, 0);
    child = -1;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    int times = 1;
    std::string then;
    int i = 1;
    for (; i + 1 < argc && std::string_view(argv[i]) != "--"; i += 2) {
        std::string_view const name = argv[i];
        if (name == "--port")
            port = static_cast<std::uint16_t>(std::atoi(argv[i + 1]));
        else if (name == "--times")
            times = std::atoi(argv[i + 1]);
        else if (name == "--then")
            then = argv[i + 1];
        else
            die("unknown flag " + std::string(name));
    }
    char** const command = argv + i + 1;
    if (port == 0 || i + 1 >= argc) die("--port and a command after -- are needed");
    if (int const fd = dial(port); fd >= 0) die("somebody else answers on this port");

    for (int n = 0; n < times; ++n) {
        auto const began = steady::now();
        child = ::vfork();
        if (child == 0) {
            ::execv(command[0], command);
            ::_exit(127);
        }
        wait_for_200(port, "/livez", began);
        double const alive = ms_since(began);
        if (!then.empty()) wait_for_200(port, then, began);
        std::printf("%.3f %.3f\n", alive, then.empty() ? alive : ms_since(began));
        stop();
    }
}
