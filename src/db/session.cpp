// Blocking libpq, errors as db::error with the line of the SQL text.
#include "db/session.hpp"

#include "db/connect_failure.hpp"
#include "db/error.hpp"
#include "db/libpq.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace db {
namespace {

std::string one_line(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

std::string field(PGresult const* r, int code) {
    char const* const text = pq().resultErrorField(r, code);
    return text == nullptr ? std::string() : text;
}

std::string quoted(char* text, PGconn* conn) {
    if (text == nullptr) throw std::runtime_error(one_line(pq().errorMessage(conn)));
    std::string out(text);
    pq().freemem(text);
    return out;
}

}  // namespace

session::session(std::string const& url, int connect_timeout_s) {
    std::string const timeout = std::to_string(connect_timeout_s);
    char const* const keys[] = {"fallback_application_name", "connect_timeout", "dbname", "client_encoding",
                                nullptr};
    char const* const values[] = {"carrack", timeout.c_str(), url.c_str(), "UTF8", nullptr};
    auto const began = std::chrono::steady_clock::now();
    conn_ = pq().connectdbParams(keys, values, 1);
    if (conn_ == nullptr) throw std::bad_alloc();
    if (pq().status(conn_) != CONNECTION_OK) try_again(began);
    pq().setNoticeReceiver(conn_, [](void*, PGresult const*) {}, nullptr);
}

// Whether a server that has answered no will ever say yes is in the SQLSTATE, which libpq tells only of a
// connection that has been asked to, and a connection can be asked once it is there. A server that has not
// answered is not asked twice.
void session::try_again(std::chrono::steady_clock::time_point began) {
    if (std::chrono::steady_clock::now() - began < std::chrono::seconds(1)) {
        pq().setErrorVerbosity(conn_, PQERRORS_VERBOSE);
        pq().reset(conn_);
        pq().setErrorVerbosity(conn_, PQERRORS_DEFAULT);
        if (pq().status(conn_) == CONNECTION_OK) return;
    }
    auto const why = detail::connect_failure(conn_);
    pq().finish(conn_);
    // An address that libpq cannot read is no way to ask anybody again, and it says nothing the second time.
    // What it said the first time quotes the password.
    if (why.message.empty()) throw std::invalid_argument("the database's address cannot be understood");
    if (!why.hopeless) throw unavailable(one_line(why.message));
    throw refused("the database server refuses the connection: " + one_line(why.message), why.sqlstate);
}

session::~session() { pq().finish(conn_); }

void session::fail(pg_result* r, std::string const& sql, std::string_view called) const {
    std::string message = r != nullptr ? field(r, PG_DIAG_MESSAGE_PRIMARY) : std::string();
    std::string state = r != nullptr ? field(r, PG_DIAG_SQLSTATE) : std::string();
    std::string constraint = r != nullptr ? field(r, PG_DIAG_CONSTRAINT_NAME) : std::string();
    if (r != nullptr) {
        auto const position =
            static_cast<std::size_t>(std::atoi(field(r, PG_DIAG_STATEMENT_POSITION).c_str()));
        if (position > 0 && position <= sql.size())
            message +=
                " at line " +
                std::to_string(
                    1 + std::count(sql.begin(), sql.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
        pq().clear(r);
    }
    if (message.empty()) message = one_line(pq().errorMessage(conn_));
    throw error(state.empty() ? "08006" : state, std::move(constraint), called, message);
}

void session::run(std::string const& sql, std::string_view called) {
    PGresult* const r = pq().exec(conn_, sql.c_str());
    auto const status = r == nullptr ? PGRES_FATAL_ERROR : pq().resultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        fail(r, sql, called);
    pq().clear(r);
}

std::vector<session::row> session::query(std::string const& sql, std::vector<std::string> const& parameters,
                                         std::string_view called) {
    std::vector<char const*> values;
    for (std::string const& p : parameters) values.push_back(p.c_str());
    PGresult* const r = pq().execParams(conn_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                        values.data(), nullptr, nullptr, 0);
    auto const status = r == nullptr ? PGRES_FATAL_ERROR : pq().resultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(r, sql, called);
    std::vector<row> out(static_cast<std::size_t>(pq().ntuples(r)));
    int const columns = pq().nfields(r);
    for (std::size_t i = 0; i < out.size(); ++i)
        for (int c = 0; c < columns; ++c) {
            int const at = static_cast<int>(i);
            if (pq().getisnull(r, at, c) != 0)
                out[i].emplace_back();
            else
                out[i].emplace_back(
                    std::string(pq().getvalue(r, at, c), static_cast<std::size_t>(pq().getlength(r, at, c))));
        }
    pq().clear(r);
    return out;
}

int session::server_version() const { return pq().serverVersion(conn_); }
bool session::in_transaction() const { return pq().transactionStatus(conn_) != PQTRANS_IDLE; }
std::string session::user() const { return pq().user(conn_); }
int session::backend_pid() const { return pq().backendPID(conn_); }

std::string session::identifier(std::string_view name) const {
    return quoted(pq().escapeIdentifier(conn_, name.data(), name.size()), conn_);
}
std::string session::literal(std::string_view text) const {
    return quoted(pq().escapeLiteral(conn_, text.data(), text.size()), conn_);
}

bool behind_pooler(session& on) {
    return on.query("select pg_backend_pid()").at(0)[0] != std::to_string(on.backend_pid());
}

}  // namespace db
