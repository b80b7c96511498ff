// A command's work on the database: on a loop of its own, with connections that are closed behind it.
#pragma once

#include "core/task.hpp"
#include "db/database.hpp"

#include <chrono>
#include <functional>

namespace app {

// Runs `work` to its end, at most as long as `patience`. What the database does to it becomes a setup_error,
// one sentence; other exceptions pass through.
void on_database(db::options options, std::chrono::seconds patience,
                 std::function<core::task<void>(db::scope)> work);

}  // namespace app
