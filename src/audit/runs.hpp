// What `carrack verify` has found, kept for whoever asks over HTTP.
#pragma once

#include "audit/seals.hpp"

namespace audit {

struct integrity_record {
    core::uuid id;
    core::timestamp started_at;
    core::timestamp finished_at;
    std::string version;
    std::int64_t checks = 0;
    std::int64_t wrong = 0;
    std::int64_t repaired = 0;
    std::int64_t seal = 0;
    std::optional<core::bytes> seal_digest;
    db::json findings;
};
BOOST_DESCRIBE_STRUCT(integrity_record, (),
                      (id, started_at, finished_at, version, checks, wrong, repaired, seal, seal_digest,
                       findings))

// `id` and `finished_at` are made here.
core::task<void> keep_run(db::scope in, integrity_record run);
core::task<std::optional<integrity_record>> last_run(db::scope in);

work::statement_list run_statements();

}  // namespace audit
