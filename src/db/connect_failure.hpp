// Why a connection did not come about, as libpq tells it. Private to this layer.
#pragma once

#include "db/libpq.hpp"

#include <string>

namespace db::detail {

// Why a connection did not come about or broke.
struct broken {
    std::string message;    // one sentence
    std::string sqlstate;   // empty when the server did not say
    bool opened = false;    // it had worked
    bool hopeless = false;  // trying again won't help: a wrong password, no such database, a bad URL
};

// Of a connection whose error verbosity is PQERRORS_VERBOSE; only then a refusal carries its SQLSTATE.
broken connect_failure(PGconn const* conn);

}  // namespace db::detail
