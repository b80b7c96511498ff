// The audit trail's seals: off the path of the requests that write entries, these are bound into a chain of
// digests, so that whoever changes one afterwards, with whatever rights, shows. See
// docs/adr/0053-seals-follow-the-oldest-transaction.md.
//   leaf   SHA-256 of an entry: the text, in UTF-8, that PostgreSQL gives for jsonb_build_array(id,
//          microseconds since 1970, actor_kind, actor_id, action, resource, resource_id, request_id,
//          changes). The address is not in it: it is personal, and may be erased.
//   seal   SHA-256 of: the digest before (32 zeros before the first), number (8 bytes, big endian), the two
//          transactions of its range (8 each), how many entries (8); then of each, by id: id (16), leaf (32).
#pragma once

#include "core/uuid.hpp"
#include "work/checks.hpp"
#include "work/statements.hpp"

namespace audit {

struct sealing {
    std::int64_t entries = 0;  // that were sealed now
    bool left = false;  // some are committed and cannot be sealed yet: an older transaction is still running
    bool writing = false;  // somebody is writing something: there may be more after the next commit
};
// Seals what can be sealed, a transaction for each seal. Of several sealers, in whatever processes, one works
// and the others wait for it. What was interrupted is begun anew: there is a seal with all its entries, or
// none.
core::task<sealing> seal_entries(db::scope in);

struct seal_head {  // the newest seal; keep it elsewhere, and nobody can make up another chain
    std::int64_t seq = 0;
    core::bytes digest;
};
BOOST_DESCRIBE_STRUCT(seal_head, (), (seq, digest))
core::task<std::optional<seal_head>> last_seal(db::scope in);

// Checks of the chain, so many seals in one statement: those after $1, up to $2.
struct seal_check {
    std::string_view name;
    std::string_view title;
    db::statement<work::broken_row(std::int64_t, std::int64_t)> const* finds;
};
inline constexpr std::int64_t seals_in_a_check = 20;
std::span<seal_check const> seal_checks();
work::check_list checks();

work::statement_list seal_statements();

}  // namespace audit
