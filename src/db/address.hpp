// What a connection string says, as libpq itself reads it.
#pragma once

#include <stdexcept>
#include <string>

namespace db {

struct address {
    std::string
        host;  // may be a folder of unix sockets, or several hosts with commas; empty: libpq's default
    std::string database;
    std::string user;  // empty: libpq's default
    std::string password;
};

// Throws std::invalid_argument with libpq's own words, which may quote the password.
address parse_address(std::string const& url);

}  // namespace db
