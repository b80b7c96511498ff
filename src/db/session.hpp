// One blocking connection with text results, for what runs outside the event loop: the migrator,
// `doctor`, tests. Requests never use it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace db {

class session {
public:
    using row = std::vector<std::optional<std::string>>;

    // Throws db::unavailable with one sentence when the server cannot be reached, db::refused when it says
    // no, std::invalid_argument when the address cannot be understood.
    explicit session(std::string const& url, int connect_timeout_s = 5);
    ~session();
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    // Any number of statements. `called` stands in the db::error when one fails.
    void run(std::string const& sql, std::string_view called = "session.run");
    // One statement; the parameters are text, $1 and so on.
    std::vector<row> query(std::string const& sql, std::vector<std::string> const& parameters = {},
                           std::string_view called = "session.query");

    int server_version() const;  // 150004 is 15.4
    bool in_transaction() const;
    std::string user() const;
    int backend_pid() const;                              // as the connection was told
    std::string identifier(std::string_view name) const;  // quoted
    std::string literal(std::string_view text) const;     // quoted

private:
    void try_again(std::chrono::steady_clock::time_point began);
    [[noreturn]] void fail(pg_result* r, std::string const& sql, std::string_view called) const;
    pg_conn* conn_;
};

// Whether a pooler stands between: it makes up the number that a connection is told as the backend's.
bool behind_pooler(session& on);

}  // namespace db
