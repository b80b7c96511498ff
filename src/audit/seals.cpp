#include "audit/seals.hpp"

#include "db/sql_text.hpp"

namespace audit {
namespace {

// Of an entry in scope as `e`.
constexpr std::string_view leaf_sql =
    "sha256(convert_to(jsonb_build_array(e.id, (extract(epoch from e.at) * 1000000)::bigint, e.actor_kind, "
    "e.actor_id,"
    " e.action, e.resource, e.resource_id, e.request_id, e.changes)::text, 'UTF8'))";
// Of a seal whose parts are in scope as `s`, its entries' ids and leaves one after the other as `s.body`.
constexpr std::string_view digest_sql =
    "sha256(s.previous || int8send(s.seq) || xid8send(s.from_tx) || xid8send(s.to_tx) || int8send(s.entries) "
    "|| s.body)";

// Released at the end of the transaction, after its seal can be seen.
constexpr db::statement<bool()> lock_sealer{"audit.lock_sealer",
                                            "select true as value from pg_advisory_xact_lock(7304, 0)"};

// What transactions below the oldest running one have written is complete, whether they have committed or
// not, and can be seen. A seal takes the entries from where the one before it ended up to there, a thousand
// at a time, whole transactions only. Where another cluster counted the transactions of the seal before (the
// database was dumped and restored), it begins with the first transaction again; so that nothing is sealed
// twice then, what stands in a seal already is left out, and so that nothing waits, what comes from
// transactions that have yet to begin is taken: the last of it, since all before was sealed there. The
// planner sees single values and one entry at a time (`limit 1`): however many there are, no more of them are
// read.
constexpr std::string_view choose_sql = R"sql(
    with last as (
        select seq, digest, to_tx, cluster from audit.seals order by seq desc limit 1
    ), here as (
        select pg_snapshot_xmin(n.now) as horizon, pg_snapshot_xmax(n.now) as unborn, c.system_identifier as cluster
          from pg_current_snapshot() as n (now), pg_control_system() c
    ), goal as (
        select coalesce(l.seq, 0) + 1 as seq, coalesce(l.digest, decode(repeat('00', 32), 'hex')) as previous,
               case when l.cluster = h.cluster and l.to_tx <= h.unborn then l.to_tx else '0'::xid8 end as from_tx,
               h.horizon, h.unborn, h.cluster
          from here h left join last l on true
    ), next_few as materialized (
        select e.tx from audit.entries e
         where e.tx >= (select g.from_tx from goal g) and e.tx < (select g.horizon from goal g)
         order by e.tx limit 1000
    ), span as (
        select g.seq, g.previous, g.from_tx, g.unborn, g.cluster, n.full_up,
               case when n.full_up
                    then ((select f.tx from next_few f order by f.tx desc limit 1)::text::numeric + 1)::text::xid8
                    else g.horizon end as to_tx
          from goal g, (select count(*) = 1000 as full_up from next_few) n
    ), candidates as materialized (
        select e.id from audit.entries e
         where e.tx >= (select s.from_tx from span s) and e.tx < (select s.to_tx from span s)
        union
        (select e.id from audit.entries e where e.tx >= (select s.unborn from span s) order by e.tx desc limit 10000)
    ), sealed as (
        select unnest(s.ids) as id
          from audit.seals s
         where s.last_id >= (select c.id from candidates c order by c.id limit 1)
           and s.first_id <= (select c.id from candidates c order by c.id desc limit 1)
    ), chosen as materialized (
        select c.id, e.leaf
          from candidates c cross join lateral (select )sql";
constexpr std::string_view seal_sql = R"sql( as leaf
                                                  from audit.entries e where e.id = c.id limit 1) e
         where c.id not in (select d.id from sealed d)
    ), s as (
        select p.seq, p.previous, p.from_tx, p.to_tx, p.cluster, p.full_up, d.ids, d.leaves, d.entries, d.body
          from span p,
               (select coalesce(array_agg(id order by id), '{}') as ids, coalesce(array_agg(leaf order by id), '{}') as leaves,
                       coalesce(string_agg(uuid_send(id) || leaf, ''::bytea order by id), ''::bytea) as body,
                       count(*) as entries
                  from chosen) d
    )
    insert into audit.seals (seq, at, cluster, from_tx, to_tx, ids, leaves, first_id, last_id, previous, digest)
    select s.seq, clock_timestamp(), s.cluster, s.from_tx, s.to_tx, s.ids, s.leaves, s.ids[1], s.ids[s.entries], s.previous, )sql";
constexpr std::string_view if_any = R"sql(
      from s where s.entries > 0 or s.full_up
    returning cardinality(ids) as value)sql";

constexpr db::statement<std::int32_t()> add_seal{
    "audit.add_seal", db::joined<choose_sql, leaf_sql, seal_sql, digest_sql, if_any>};

struct to_come {
    bool left = false;
    bool writing = false;
};
BOOST_DESCRIBE_STRUCT(to_come, (), (left, writing))
constexpr db::statement<to_come()> look_ahead{"audit.look_ahead", R"sql(
    select exists (select from audit.entries e
                    where e.tx >= coalesce((select to_tx from audit.seals order by seq desc limit 1), '0'::xid8)
                      and e.tx < pg_snapshot_xmax(n.now)) as left,
           pg_snapshot_xmin(n.now) < pg_snapshot_xmax(n.now) as writing
      from pg_current_snapshot() as n (now))sql"};

constexpr db::statement<seal_head()> find_last_seal{
    "audit.find_last_seal", "select seq, digest from audit.seals order by seq desc limit 1"};

// ---- checks ----

constexpr std::string_view chain_begins = R"sql(
    with s as (
        select s.seq, s.previous, s.from_tx, s.to_tx, s.digest, cardinality(s.ids)::bigint as entries,
               (select coalesce(string_agg(uuid_send(l.id) || l.leaf, ''::bytea order by l.place), ''::bytea)
                  from unnest(s.ids, s.leaves) with ordinality as l (id, leaf, place)) as body,
               case when s.seq = 1 then decode(repeat('00', 32), 'hex')
                    else (select b.digest from audit.seals b where b.seq = s.seq - 1) end as before
          from audit.seals s where s.seq > $1 and s.seq <= $2
    ), wrong as (
        select 'seal ' || s.seq as subject,
               case when s.before is null then 'the seal before it is missing'
                    when s.before <> s.previous then 'it does not continue the seal before it'
                    else 'its digest is not that of its entries' end as says
          from s where s.before is null or s.before <> s.previous or s.digest <> )sql";
constexpr std::string_view chain_ends = ")";
constexpr db::statement<work::broken_row(std::int64_t, std::int64_t)> find_broken_seals{
    "audit.find_broken_seals", db::joined<chain_begins, digest_sql, chain_ends, work::first_wrong>};

constexpr std::string_view leaves_begin = R"sql(
    with wrong as (
        select 'audit entry ' || l.id as subject,
               case when e.id is null then 'it is gone; seal ' || s.seq || ' holds it'
                    else 'it was changed after seal ' || s.seq || ' had sealed it' end as says
          from audit.seals s cross join unnest(s.ids, s.leaves) as l (id, leaf)
          left join audit.entries e on e.id = l.id
         where s.seq > $1 and s.seq <= $2 and (e.id is null or l.leaf <> )sql";
constexpr std::string_view leaves_end = "))";
constexpr db::statement<work::broken_row(std::int64_t, std::int64_t)> find_changed_entries{
    "audit.find_changed_entries", db::joined<leaves_begin, leaf_sql, leaves_end, work::first_wrong>};

constexpr std::string_view strangers = R"sql(
    with wrong as (
        select 'audit entry ' || x.id as subject, 'it was put in after seal ' || s.seq || ' had sealed its time' as says
          from audit.seals s
         cross join lateral (select e.id from audit.entries e where e.tx >= s.from_tx and e.tx < s.to_tx
                             except select unnest(s.ids)) x
         where s.seq > $1 and s.seq <= $2
           and not exists (select from audit.seals o
                            where o.last_id >= x.id and o.first_id <= x.id and x.id = any(o.ids))
    ))sql";
constexpr db::statement<work::broken_row(std::int64_t, std::int64_t)> find_inserted_entries{
    "audit.find_inserted_entries", db::joined<strangers, work::first_wrong>};

constexpr std::string_view heads = R"sql(
    with wrong as (
        select 'seal ' || r.seal as subject,
               case when s.seq is null then 'it is gone; the verification of ' else 'it is another than the verification of ' end
               || to_char(r.started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC saw' as says
          from audit.integrity_runs r
          left join audit.seals s on s.seq = r.seal
         where r.seal > 0 and s.digest is distinct from r.seal_digest
    ))sql";
constexpr db::statement<work::broken_row()> find_replaced_seals{"audit.find_replaced_seals",
                                                                db::joined<heads, work::first_wrong>};

struct sealed_once {
    std::optional<std::int32_t> entries;  // none: there was nothing to seal
    to_come ahead;
};

core::task<core::result<sealed_once>> seal_once(db::transaction& t) {
    t.add(lock_sealer);
    auto const sealed = t.add(add_seal);
    auto const ahead = t.add(look_ahead);
    co_await t.commit();
    co_return sealed_once{sealed.first(), ahead.one()};
}

}  // namespace

core::task<sealing> seal_entries(db::scope in) {
    sealing out;
    for (;;) {
        auto const done = co_await in.transact({}, [](db::transaction& t) { return seal_once(t); });
        if (!done) co_return out;  // which no refusal leads to
        out.left = done->ahead.left;
        out.writing = done->ahead.writing;
        if (!done->entries) co_return out;
        out.entries += *done->entries;
    }
}

core::task<std::optional<seal_head>> last_seal(db::scope in) { return in.first(find_last_seal); }

std::span<seal_check const> seal_checks() {
    static constexpr seal_check all[] = {
        {"audit.chain", "Each seal of the audit trail continues the one before it.", &find_broken_seals},
        {"audit.entries", "What was sealed of the audit trail is there as it was.", &find_changed_entries},
        {"audit.insertions", "Nothing was put into what was sealed of the audit trail.",
         &find_inserted_entries}};
    return all;
}

work::check_list checks() {
    static constexpr work::check all[] = {
        {"audit.heads", "The seals that earlier verifications ended with are there.", &find_replaced_seals}};
    return all;
}

work::statement_list seal_statements() {
    static constexpr db::statement_info const* all[] = {
        &lock_sealer,           &add_seal,           &look_ahead,
        &find_last_seal,        &find_broken_seals,  &find_changed_entries,
        &find_inserted_entries, &find_replaced_seals};
    return all;
}

}  // namespace audit
