// What PostgreSQL, or the way to it, can do to us. Thrown; caught once, where the reply is made.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace db {

class error : public std::runtime_error {
public:
    error(std::string_view sqlstate, std::string constraint, std::string_view statement,
          std::string const& message);

    std::string_view sqlstate() const { return {sqlstate_.data(), 5}; }
    std::string const& constraint() const { return constraint_; }  // empty when there is none
    std::string const& statement() const { return statement_; }
    bool retryable() const;  // 40001, 40P01, 25006, 57P01..57P03, 08xxx: the whole transaction, again

    // Somebody else held a lock for longer than a transaction waits for one.
    bool lock_timeout() const { return sqlstate() == "55P03"; }

    // A prepared statement that no longer fits its tables (a migration has passed): again, on a
    // connection that has prepared nothing yet.
    bool plan_outdated() const { return plan_outdated_; }
    error& mark_plan_outdated() {
        plan_outdated_ = true;
        return *this;
    }

private:
    bool plan_outdated_ = false;
    std::array<char, 5> sqlstate_{};
    std::string constraint_;
    std::string statement_;
};

// Each becomes 503 with Retry-After.
class unavailable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};  // no connection
class refused : public unavailable {  // by the server, and trying again won't help
public:
    refused(std::string const& what, std::string sqlstate)
        : unavailable(what), sqlstate_(std::move(sqlstate)) {}
    std::string const& sqlstate() const { return sqlstate_; }  // empty: it wants a password and got none

private:
    std::string sqlstate_;
};
class overloaded : public std::runtime_error {
    using std::runtime_error::runtime_error;
};  // the queue is full
class deadline_passed : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
class commit_unknown : public std::runtime_error {
    using std::runtime_error::runtime_error;
};  // lost at COMMIT

}  // namespace db
