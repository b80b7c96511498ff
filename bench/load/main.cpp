// Sends prepared HTTP/1.1 requests over keep-alive connections and measures the answers: one thread,
// epoll, closed loop (each connection has one request under way). For what wrk cannot do: requests that
// each may be sent once, such as checkouts.
//
//   load --port P --connections C [--seconds S] --requests FILE [--bodies FILE]
//
// FILE holds requests one after another, each as "LENGTH\n" and LENGTH bytes. With --seconds they are
// sent again and again for so long, else each once. --bodies takes the answers' bodies, a line each, in
// the requests' order. The result is one JSON object on standard output.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

[[noreturn]] void die(std::string const& why) {
    std::fprintf(stderr, "load: %s\n", why.c_str());
    std::exit(2);
}

struct options {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    double seconds = 0;  // 0: every request once
    std::string requests;
    std::string bodies;
};

options read_options(int argc, char** argv) {
    options o;
    for (int i = 1; i + 1 < argc; i += 2) {
        std::string_view const name = argv[i];
        std::string const value = argv[i + 1];
        if (name == "--port")
            o.port = static_cast<std::uint16_t>(std::stoul(value));
        else if (name == "--connections")
            o.connections = std::stoul(value);
        else if (name == "--seconds")
            o.seconds = std::stod(value);
        else if (name == "--requests")
            o.requests = value;
        else if (name == "--bodies")
            o.bodies = value;
        else
            die("unknown flag " + std::string(name));
    }
    if (o.port == 0 || o.requests.empty() || o.connections == 0)
        die("--port, --connections and --requests are needed");
    return o;
}

std::vector<std::string> read_requests(std::string const& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) die("cannot read " + file);
    std::vector<std::string> out;
    std::size_t length = 0;
    while (in >> length) {
        in.get();
        std::string one(length, '\0');
        if (!in.read(one.data(), static_cast<std::streamsize>(length))) die(file + " ends too early");
        out.push_back(std::move(one));
    }
    if (out.empty()) die(file + " holds no request");
    return out;
}

struct peer {
    int fd = -1;
    std::size_t request = 0;
    std::size_t sent = 0;
    steady::time_point began;
    std::string in;
};

// The end of the answer at the front of `in`, or npos while it is not whole; its status and body.
std::size_t whole_answer(std::string_view in, int& status, std::string_view& body) {
    std::size_t const head = in.find("\r\n\r\n");
    if (head == in.npos) return head;
    status = std::atoi(in.substr(9, 3).data());
    std::size_t length = 0;
    std::size_t const field = in.substr(0, head).find("content-length: ");
    std::size_t const upper = in.substr(0, head).find("Content-Length: ");
    std::size_t const at = std::min(field, upper);
    if (at != in.npos) length = static_cast<std::size_t>(std::atoll(in.data() + at + 16));
    std::size_t const end = head + 4 + length;
    if (in.size() < end) return in.npos;
    body = in.substr(head + 4, length);
    return end;
}

class run {
public:
    run(options o, std::vector<std::string> requests)
        : o_(std::move(o)),
          requests_(std::move(requests)),
          bodies_(o_.bodies.empty() ? 0 : requests_.size()) {}

    void go() {
        epoll_ = ::epoll_create1(0);
        peers_.resize(std::min(o_.connections, o_.seconds > 0 ? o_.connections : requests_.size()));
        for (peer& p : peers_) dial(p);
        began_ = steady::now();
        for (peer& p : peers_) begin(p);
        std::vector<epoll_event> ready(256);
        while (busy_ > 0) {
            int const n = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 10'000);
            if (n == 0) die("no answer for ten seconds");
            for (int i = 0; i < n; ++i)
                hear(*static_cast<peer*>(ready[static_cast<std::size_t>(i)].data.ptr));
        }
        ended_ = steady::now();
    }

    void report() {
        std::ranges::sort(latencies_us_);
        auto const at = [&](double q) {
            if (latencies_us_.empty()) return 0u;
            return latencies_us_[static_cast<std::size_t>(q * static_cast<double>(latencies_us_.size() - 1))];
        };
        double const seconds = std::chrono::duration<double>(ended_ - began_).count();
        std::printf(
            "{\"requests\":%zu,\"seconds\":%.4f,\"per_second\":%.1f,\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%"
            "u,"
            "\"max_us\":%u,\"statuses\":{",
            latencies_us_.size(), seconds, static_cast<double>(latencies_us_.size()) / seconds, at(0.5),
            at(0.9), at(0.99), at(1));
        bool first = true;
        for (auto const& [status, count] : statuses_) {
            std::printf("%s\"%d\":%zu", first ? "" : ",", status, count);
            first = false;
        }
        std::printf("}}\n");
        if (o_.bodies.empty()) return;
        std::ofstream out(o_.bodies, std::ios::binary);
        for (std::string const& body : bodies_) out << body << '\n';
    }

private:
    void dial(peer& p) {
        p.fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(o_.port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(p.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("cannot connect");
        int const one = 1;
        ::setsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_event e{};
        e.events = EPOLLIN;
        e.data.ptr = &p;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, p.fd, &e);
    }

    bool more() const {
        if (o_.seconds > 0) return std::chrono::duration<double>(steady::now() - began_).count() < o_.seconds;
        return next_ < requests_.size();
    }

    void begin(peer& p) {
        if (!more()) return;
        p.request = next_++ % requests_.size();
        p.began = steady::now();
        ++busy_;
        std::string const& bytes = requests_[p.request];
        // A request is far smaller than a socket's buffer: it leaves in one call.
        if (::send(p.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            die("a request could not be sent");
    }

    void hear(peer& p) {
        char buffer[65536];
        ssize_t const n = ::recv(p.fd, buffer, sizeof buffer, 0);
        if (n <= 0) die("the server closed a connection");
        p.in.append(buffer, static_cast<std::size_t>(n));
        int status = 0;
        std::string_view body;
        std::size_t const end = whole_answer(p.in, status, body);
        if (end == std::string::npos) return;
        auto const took =
            std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - p.began).count();
        latencies_us_.push_back(static_cast<unsigned>(took));
        ++statuses_[status];
        if (!bodies_.empty()) bodies_[p.request] = body;
        p.in.erase(0, end);
        --busy_;
        begin(p);
    }

    options o_;
    std::vector<std::string> requests_;
    std::vector<std::string> bodies_;
    std::vector<peer> peers_;
    std::vector<unsigned> latencies_us_;
    std::map<int, std::size_t> statuses_;
    std::size_t next_ = 0;
    std::size_t busy_ = 0;
    int epoll_ = -1;
    steady::time_point began_, ended_;
};

}  // namespace

int main(int argc, char** argv) {
    options const o = read_options(argc, argv);
    run r(o, read_requests(o.requests));
    r.go();
    r.report();
}
