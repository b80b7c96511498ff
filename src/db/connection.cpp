// Drives libpq's non-blocking interface from the event loop.
#include "db/connection.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <cstring>

namespace db::detail {
namespace {

constexpr int binary = 1;

void count_notice(void* counters_of, PGresult const*) { ++static_cast<counters*>(counters_of)->notices; }

}  // namespace

connection::connection(boost::asio::io_context& io, owner& o, options const& opt, bool const& unnamed,
                       counters& count)
    : pq_(pq()),
      owner_(&o),
      options_(opt),
      unnamed_(unnamed),
      counters_(count),
      io_(io),
      socket_(io),
      began_(core::steady::now()) {}

connection::~connection() { disconnect(); }

void connection::disconnect() {
    phase_ = phase::over;
    unwatch();
    if (conn_ != nullptr) pq_.finish(std::exchange(conn_, nullptr));
    expected_.clear();
}

// What is watched is a duplicate of our own. libpq closes its socket as soon as it finds the connection
// broken, and before we hear of it, the number may belong to another connection, which would no longer be
// watched.
bool connection::watch(boost::system::error_code& ec) {
    int const own = ::fcntl(pq_.socket(conn_), F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
        ec = boost::system::error_code(errno, boost::system::system_category());
        return false;
    }
    socket_.assign(own, ec);
    if (ec) ::close(own);
    return !ec;
}

void connection::unwatch() {
    if (socket_.is_open()) ::close(socket_.release());
}

void connection::close() {
    owner_ = nullptr;
    disconnect();
}

void connection::fail(broken why) {
    if (phase_ == phase::over) return;
    auto const self = shared_from_this();
    owner* const told = std::exchange(owner_, nullptr);
    why.opened = phase_ == phase::ready;
    disconnect();
    if (told != nullptr) told->lost(std::move(why));
}

void connection::fail_later(std::string message) {
    if (std::exchange(failing_, true)) return;
    boost::asio::post(io_, [self = shared_from_this(), message = std::move(message)]() mutable {
        self->fail({std::move(message), {}, false, false});
    });
}

// --- connecting

void connection::open() {
    phase_ = phase::connecting;
    char* complaint = nullptr;
    PQconninfoOption* const parsed = pq_.conninfoParse(options_.url.c_str(), &complaint);
    if (parsed == nullptr) {
        std::string why = complaint != nullptr ? complaint : "out of memory";
        pq_.freemem(complaint);
        while (!why.empty() && why.back() == '\n') why.pop_back();
        boost::asio::post(io_, [self = shared_from_this(), why = std::move(why)] {
            self->fail({"the database URL cannot be read: " + why, {}, false, true});
        });
        return;
    }
    pq_.conninfoFree(parsed);
    // What stands before dbname is a default that the URL may override; what follows is ours.
    char const* const keys[] = {"fallback_application_name",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "dbname",
                                "client_encoding",
                                nullptr};
    char const* const values[] = {"carrack", "30", "5", "3", options_.url.c_str(), "UTF8", nullptr};
    conn_ = pq_.connectStartParams(keys, values, 1);
    if (conn_ == nullptr) throw std::bad_alloc();
    if (pq_.status(conn_) == CONNECTION_BAD) {
        boost::asio::post(io_, [self = shared_from_this()] {
            if (self->phase_ == phase::connecting) self->fail(connect_failure(self->conn_));
        });
        return;
    }
    pq_.setErrorVerbosity(conn_, PQERRORS_VERBOSE);  // so that a refusal carries its SQLSTATE
    pq_.setNoticeReceiver(conn_, count_notice, &counters_);
    wait(true);
}

void connection::wait(bool for_write) {
    boost::system::error_code ec;
    if (!watch(ec)) return fail_later("the connection's socket cannot be watched: " + ec.message());
    auto const what = for_write ? boost::asio::posix::descriptor_base::wait_write
                                : boost::asio::posix::descriptor_base::wait_read;
    socket_.async_wait(what, [self = shared_from_this()](boost::system::error_code e) {
        if (!e && self->phase_ == phase::connecting) self->poll_connect();
    });
}

void connection::poll_connect() {
    unwatch();  // libpq may close this socket and open another during the poll
    switch (pq_.connectPoll(conn_)) {
        case PGRES_POLLING_READING: return wait(false);
        case PGRES_POLLING_WRITING: return wait(true);
        case PGRES_POLLING_OK: break;
        default: return fail(connect_failure(conn_));
    }
    pq_.setErrorVerbosity(conn_, PQERRORS_DEFAULT);
    if (pq_.setnonblocking(conn_, 1) != 0 || pq_.enterPipelineMode(conn_) != 1)
        return fail({"the connection cannot be used in pipeline mode", {}, false, false});
    boost::system::error_code ec;
    if (!watch(ec))
        return fail({"the connection's socket cannot be watched: " + ec.message(), {}, false, false});
    phase_ = phase::ready;
    arm_read();
    auto const self = shared_from_this();
    owner_->opened();
    if (owner_ != nullptr) owner_->settled();
}

// --- sending

void connection::send(known_statement const& s, parameters const& in, batch_state* of, std::uint32_t slot) {
    ++counters_.statements;
    int const count = static_cast<int>(in.lengths.size());
    values_.clear();
    char const* at = in.bytes.data();
    for (std::int32_t const length : in.lengths) {
        values_.push_back(length < 0 ? nullptr : at);
        if (length > 0) at += length;
    }
    if (formats_.size() < in.lengths.size()) formats_.resize(in.lengths.size(), binary);

    bool ok = true;
    // A batch that is sent again goes unnamed: it must not depend on a prepare that may fail.
    if (unnamed_ || (of != nullptr && of->alone)) {
        ok = pq_.sendQueryParams(conn_, s.sql.c_str(), count, s.parameters.data(), values_.data(),
                                 in.lengths.data(), formats_.data(), binary) == 1;
    } else {
        if (prepared_.size() <= s.number) prepared_.resize(s.number + 1);
        if (!prepared_[s.number]) {
            ok = pq_.sendPrepare(conn_, s.name.c_str(), s.sql.c_str(), count, s.parameters.data()) == 1;
            prepared_[s.number] = true;  // taken back when the prepare fails
            expected_.push_back({expected::kind::prepare, slot, &s, of});
        }
        ok = ok && pq_.sendQueryPrepared(conn_, s.name.c_str(), count, values_.data(), in.lengths.data(),
                                         formats_.data(), binary) == 1;
    }
    expected_.push_back({expected::kind::execute, slot, &s, of});
    if (!ok) fail_later(std::string("a statement could not be sent: ") + pq_.errorMessage(conn_));
}

void connection::sync() {
    ++counters_.syncs;
    expected_.push_back({expected::kind::sync, 0, nullptr, nullptr});
    if (pq_.pipelineSync(conn_) != 1)
        return fail_later(std::string("statements could not be sent: ") + pq_.errorMessage(conn_));
    arm_write();
}

void connection::arm_write() {
    if (writing_ || phase_ != phase::ready) return;
    int const left = pq_.flush(conn_);
    if (left < 0) return fail_later(std::string("statements could not be sent: ") + pq_.errorMessage(conn_));
    if (left == 0) return;
    writing_ = true;
    socket_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                       [self = shared_from_this()](boost::system::error_code ec) {
                           self->writing_ = false;
                           if (!ec) self->arm_write();
                       });
}

// --- receiving

void connection::arm_read() {
    socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                       [self = shared_from_this()](boost::system::error_code ec) {
                           if (!ec && self->phase_ == phase::ready) self->on_readable();
                       });
}

void connection::on_readable() {
    bool const alive = pq_.consumeInput(conn_) == 1;
    dispatch();  // also what came just before the end: it says why
    if (phase_ != phase::ready) return;
    if (!alive || pq_.status(conn_) != CONNECTION_OK) {
        std::string why = pq_.errorMessage(conn_);
        while (!why.empty() && (why.back() == '\n' || why.back() == '\t')) why.pop_back();
        return fail({why.empty() ? "the connection broke" : std::move(why), {}, false, false});
    }
    arm_read();
    if (owner_ != nullptr) owner_->settled();
}

void connection::dispatch() {
    while (phase_ == phase::ready && !expected_.empty() && pq_.isBusy(conn_) == 0) {
        result r(pq_.getResult(conn_));
        if (!r) return pq_.status(conn_) == CONNECTION_OK ? fail_later("answers are out of step") : void();
        expected const e = expected_.front();
        bool const is_sync = pq_.resultStatus(r.get()) == PGRES_PIPELINE_SYNC;
        if (is_sync != (e.what == expected::kind::sync)) {
            // A broken connection ends the list with errors of libpq's own making.
            return pq_.status(conn_) == CONNECTION_OK ? fail_later("answers are out of step") : void();
        }
        if (!is_sync) {
            // Each command's answer is followed by a null, which is there at once.
            if (PGresult* const more = pq_.getResult(conn_)) {
                pq_.clear(more);
                return fail_later("a statement answered twice");
            }
        }
        // libpq reports the break of a connection as an error of the statement it waits for; that
        // is no answer of the server's.
        if (!is_sync && pq_.status(conn_) != CONNECTION_OK && sqlstate_of(r.get()).empty()) return;
        expected_.pop_front();
        take(e, std::move(r));
    }
}

void connection::take(expected const& e, result r) {
    if (e.what == expected::kind::sync) return owner_->synced();
    ExecStatusType const status = pq_.resultStatus(r.get());
    bool const ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (e.what == expected::kind::prepare) {
        if (ok) return;
        prepared_[e.statement->number] = false;
    }
    if (!ok && status != PGRES_PIPELINE_ABORTED) {
        ++counters_.errors;
        // Its prepare was aborted by a neighbour after this had been sent.
        if (sqlstate_of(r.get()) == "26000" && e.statement->number < prepared_.size())
            prepared_[e.statement->number] = false;
    }
    owner_->answered(e, std::move(r));
}

bool connection::in_transaction() const {
    return conn_ != nullptr && pq_.transactionStatus(conn_) != PQTRANS_IDLE;
}

// --- cancelling

std::shared_ptr<cancel_request> connection::cancel() {
    if (phase_ != phase::ready) return nullptr;
    if (cancelling_ && !cancelling_->done()) return cancelling_;
    PGcancel* const how = pq_.getCancel(conn_);
    if (how == nullptr) return nullptr;
    ++counters_.cancels;
    cancelling_ = std::make_shared<cancel_request>(how);
    send_soon(cancelling_);
    return cancelling_;
}

// --- errors

namespace {
std::string field(PGresult const* r, int code) {
    char const* const text = pq().resultErrorField(r, code);
    return text == nullptr ? std::string() : text;
}
}  // namespace

std::string_view sqlstate_of(PGresult const* r) {
    char const* const text = pq().resultErrorField(r, PG_DIAG_SQLSTATE);
    return text == nullptr ? std::string_view() : text;
}

bool is_fatal(PGresult const* r) {
    std::string const severity = field(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC";
}

bool is_outdated_plan(PGresult const* r) {
    std::string_view const state = sqlstate_of(r);
    // 0A000 says many things; the function that raised it says which.
    return state == "0A000" && field(r, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

bool is_prepared_by_another(PGresult const* r) { return sqlstate_of(r) == "42P05"; }

std::exception_ptr error_of(known_statement const& s, PGresult const* r) {
    std::string_view const state = sqlstate_of(r);
    std::string message = field(r, PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty()) message = pq().resultErrorMessage(r);
    error e(state.empty() ? "XX000" : state, field(r, PG_DIAG_CONSTRAINT_NAME), s.name, message);
    if (is_outdated_plan(r) || state == "26000" || is_prepared_by_another(r)) e.mark_plan_outdated();
    return std::make_exception_ptr(std::move(e));
}

}  // namespace db::detail
