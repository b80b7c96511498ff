// Plans against what the database says it has, then applies one migration per transaction.
#include "db/migrate.hpp"

#include "db/error.hpp"
#include "db/session.hpp"

#include <sodium.h>

#include <array>
#include <cstdio>

namespace db {
namespace {

constexpr auto lock_key = "7305813422016651634";  // "carrack" told apart from other users of advisory locks

struct applied_row {
    int number;
    std::string name;
    std::string checksum;  // hex
};

std::string title(int number, std::string_view name) {
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%04d_", number);
    return digits.data() + std::string(name);
}
std::string title(migration const& m) { return title(m.number, m.name); }

std::string first_cell(std::vector<session::row> const& rows) {
    return rows.empty() ? std::string() : rows[0][0].value_or("");
}

void check_server(session& on) {
    for (auto const& fault : {fault_of_version(on.server_version()), fault_of_encoding(encoding_of(on))})
        if (fault) throw migration_refused(fault->says + " " + fault->remedy);
}

// By what the role may do, however it came to be so. Empty: the role that asks.
bool acts_as_owner(session& on, std::string const& role) {
    return first_cell(on.query(
               "select pg_has_role(coalesce(nullif($1, '')::name, current_user), c.relowner, 'usage')"
               " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
               " where n.nspname = 'ops' and c.relname = 'migrations'",
               {role})) == "t";
}

void check_ours(std::span<migration const> ours) {
    for (std::size_t i = 0; i < ours.size(); ++i)
        if (ours[i].number != static_cast<int>(i) + 1)
            throw migration_refused("this binary has migration " + title(ours[i]) + " where number " +
                                    std::to_string(i + 1) + " should be; build it from complete sources");
}

bool has_table(session& on) {
    return !on.query(
                  "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                  "where n.nspname = 'ops' and c.relname = 'migrations'")
                .empty();
}

std::vector<applied_row> load_applied(session& on) {
    std::vector<applied_row> out;
    for (auto& r :
         on.query("select number, name, encode(checksum, 'hex') from ops.migrations order by number"))
        out.push_back({std::stoi(*r[0]), *r[1], *r[2]});
    return out;
}

// What the database has must be a beginning of what we have.
void check_applied(std::span<applied_row const> theirs, std::span<migration const> ours) {
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        applied_row const& row = theirs[i];
        if (row.number > static_cast<int>(ours.size()))
            throw migration_refused("the database was migrated by a newer Carrack (it has " +
                                    title(row.number, row.name) + ", this binary ends at " +
                                    std::to_string(ours.size()) + "); use that version or a newer one");
        if (row.number != static_cast<int>(i) + 1)
            throw migration_refused("ops.migrations has no row for number " + std::to_string(i + 1) +
                                    " but one for " + title(row.number, row.name) +
                                    "; restore the database from a backup");
        if (row.checksum != ours[i].checksum())
            throw migration_refused("migration " + title(ours[i]) +
                                    " was changed after the database had applied it "
                                    "(as " +
                                    title(row.number, row.name) +
                                    "); applied migrations are never edited: "
                                    "use the binary that this database belongs to");
    }
}

// Begins, and holds the lock that only one migrate can hold in this database.
void begin_locked(session& on, int lock_timeout_ms) {
    on.run("begin; set local statement_timeout = 0; set local lock_timeout = " +
           std::to_string(lock_timeout_ms) + ";");
    on.query(std::string("select pg_advisory_xact_lock(") + lock_key + ")", {}, "migrate.lock");
}

void make_table(session& on) {
    if (has_table(on)) return;
    on.run(
        "create schema if not exists ops;"
        "create table ops.migrations ("
        "  number     int primary key,"
        "  name       text not null,"
        "  checksum   bytea not null,"
        "  applied_at timestamptz not null default now()"
        ")",
        "migrate.table");
}

void apply(session& on, migration const& m) {
    std::string const called = title(m);
    on.run(std::string(m.sql), called);
    if (!on.in_transaction())
        throw migration_refused("migration " + called +
                                " ends its own transaction; it must leave that to the migrator");
    on.query("insert into ops.migrations (number, name, checksum) values ($1, $2, decode($3, 'hex'))",
             {std::to_string(m.number), std::string(m.name), m.checksum()}, called);
}

// Runs `work` in a locked transaction; after an error the transaction is gone.
template <class Work>
void in_transaction(session& on, int lock_timeout_ms, Work work) {
    try {
        begin_locked(on, lock_timeout_ms);
        work();
        on.run("commit", "migrate.commit");
    } catch (error const& e) {
        if (on.in_transaction()) on.run("rollback");
        if (e.sqlstate() == "55P03")
            throw migration_refused("a lock was not to be had in " + std::to_string(lock_timeout_ms) +
                                    " ms (" + e.statement() +
                                    "): another migrate is at work, or a table is in use; try again");
        throw;
    } catch (...) {
        if (on.in_transaction()) on.run("rollback");
        throw;
    }
}

bool make_role(session& on, std::string const& role, std::string const& password) {
    if (!on.query("select 1 from pg_roles where rolname = $1", {role}).empty()) return false;
    std::string const sql = "create role " + on.identifier(role) + " login";
    try {
        on.run(password.empty() ? sql : sql + " password " + on.literal(password), "migrate.role");
    } catch (error const& e) {
        if (e.sqlstate() == "42710" || e.sqlstate() == "23505") return false;  // another migrate was faster
        if (e.sqlstate() != "42501") throw;
        throw migration_refused(
            "the role " + on.identifier(role) + " does not exist and " + on.identifier(on.user()) +
            " may not create it; have an administrator run: " + sql + "; then migrate again");
    }
    return true;
}

// Everything that the role $1 may do outside PostgreSQL's own schemas and what extensions bring.
constexpr auto privileges_of = R"sql(
    with c as (
        select c.oid, c.relkind, n.nspname || '.' || c.relname as name
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname !~ '^(pg_|information_schema$)'
           and not exists (select from pg_depend e
                            where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
    )
    select p || ' on ' || c.name as privilege
      from c cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) p
     where c.relkind in ('r', 'p', 'v', 'm') and has_table_privilege($1::name, c.oid, p)
    union all
    select 'UPDATE of ' || a.attname || ' on ' || c.name
      from c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p')
       and has_column_privilege($1::name, c.oid, a.attnum, 'UPDATE') and not has_table_privilege($1::name, c.oid, 'UPDATE')
    union all
    select 'USAGE on ' || c.name
      from c
     where case when c.relkind = 'S' then has_sequence_privilege($1::name, c.oid, 'USAGE') else false end
    union all
    select 'USAGE on ' || nspname from pg_namespace
     where nspname !~ '^(pg_|information_schema$)' and has_schema_privilege($1::name, oid, 'USAGE')
)sql";

// Who was given what, and after which migration: a migrate that ended before it, or a binary whose grants are
// others, is noticed by that.
void record_grants(session& on, migrate_options const& o) {
    on.run(
        "create table if not exists ops.grants ("
        "  role       text primary key,"
        "  checksum   bytea not null,"
        "  migration  int not null,"
        "  privileges text[] not null,"
        "  given_at   timestamptz not null default now()"
        ");"
        "grant select on ops.grants to " +
            on.identifier(o.app_role),
        "grants");
    on.query(std::string("insert into ops.grants (role, checksum, migration, privileges) "
                         "select $1::text, decode($2, 'hex'), (select max(number) from ops.migrations), "
                         "array(") +
                 privileges_of +
                 ") on conflict (role) do update set checksum = excluded.checksum, "
                 "migration = excluded.migration, privileges = excluded.privileges, given_at = now()",
             {o.app_role, sha256_hex(o.grants)}, "grants");
}

void apply_grants(session& on, migrate_options const& o) {
    std::string const role = on.identifier(o.app_role);
    std::string sql(o.grants);
    constexpr std::string_view placeholder = ":app_role";
    for (std::size_t at = sql.find(placeholder); at != sql.npos; at = sql.find(placeholder, at + role.size()))
        sql.replace(at, placeholder.size(), role);
    in_transaction(on, o.lock_timeout_ms, [&] {
        on.run(sql, "grants");
        record_grants(on, o);
    });
}

// The owner of the tables, and whoever may act as the owner, needs no grants.
bool acts_as_owner(session& on) {
    return on.query(
                 "select pg_has_role(current_user, relowner, 'usage') from pg_class "
                 "where oid = 'ops.migrations'::regclass")
               .at(0)[0] == "t";
}

bool has_grants(session& on) {
    return on.query("select to_regclass('ops.grants') is not null").at(0)[0] == "t";
}

bool is_granted(session& on, int newest, std::string_view grants) {
    if (acts_as_owner(on)) return true;
    return has_grants(on) && !on.query(
                                    "select 1 from ops.grants where role = current_user "
                                    "and migration = $1::int and checksum = decode($2, 'hex')",
                                    {std::to_string(newest), sha256_hex(grants)})
                                  .empty();
}

}  // namespace

std::string migration::checksum() const {
    return known_checksum.empty() ? sha256_hex(sql) : std::string(known_checksum);
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
    std::string out(digest.size() * 2 + 1, '\0');
    sodium_bin2hex(out.data(), out.size(), digest.data(), digest.size());
    out.pop_back();
    return out;
}

std::optional<server_fault> fault_of_version(int version) {
    if (version >= oldest_server * 10'000) return std::nullopt;
    return server_fault{"The server is PostgreSQL " + std::to_string(version / 10'000) + "." +
                            std::to_string(version % 10'000) + ", which is too old.",
                        "Use a server of version " + std::to_string(oldest_server) + " or newer."};
}

std::optional<server_fault> fault_of_encoding(std::string_view encoding) {
    if (encoding == "UTF8") return std::nullopt;
    return server_fault{
        "The database stores texts as " + std::string(encoding) + ", which lacks most scripts.",
        "Make a database with ENCODING 'UTF8' and use that."};
}

std::string encoding_of(session& on) { return first_cell(on.query("show server_encoding")); }

migrated migrate(migrate_options const& o) {
    check_ours(o.migrations);
    session on(o.owner_url);
    check_server(on);
    migrated out;
    for (bool first = true, more = true; more; first = false) {
        migration const* next = nullptr;
        in_transaction(on, o.lock_timeout_ms, [&] {
            make_table(on);
            auto const applied = load_applied(on);  // anew under each lock: others migrate too
            check_applied(applied, o.migrations);
            if (first) out.from = static_cast<int>(applied.size());
            out.to = static_cast<int>(applied.size());
            if (applied.size() == o.migrations.size()) return;
            next = &o.migrations[applied.size()];
            apply(on, *next);
        });
        more = next != nullptr;
        if (!more) break;
        out.to = next->number;
        if (o.applied) o.applied(*next);
    }
    if (o.app_role.empty() || o.app_role == on.user()) {
        // Who has come with the server's role alone is not the owner where the roles are set up already.
        out.single_role = acts_as_owner(on, {});
        return out;
    }
    out.role_created = make_role(on, o.app_role, o.app_role_password);
    apply_grants(on, o);
    out.single_role = acts_as_owner(on, o.app_role);
    return out;
}

schema_state pending(std::string const& url, std::span<migration const> migrations, std::string_view grants) {
    check_ours(migrations);
    session on(url);
    check_server(on);
    schema_state out;
    out.role = on.user();
    try {
        if (has_table(on)) {
            auto const applied = load_applied(on);
            check_applied(applied, migrations);
            out.applied = static_cast<int>(applied.size());
            if (applied.size() == migrations.size()) out.granted = is_granted(on, out.applied, grants);
        }
    } catch (error const& e) {
        if (e.sqlstate() != "42501") throw;
        throw migration_refused("the role " + on.identifier(on.user()) +
                                " may not read ops.migrations; run `carrack migrate`, which grants it");
    }
    auto const rest = migrations.subspan(static_cast<std::size_t>(out.applied));
    out.pending.assign(rest.begin(), rest.end());
    return out;
}

void require_current_schema(std::string const& url, std::span<migration const> migrations,
                            std::string_view grants) {
    schema_state const s = pending(url, migrations, grants);
    if (s.current()) return;
    if (s.pending.empty())
        throw migration_refused("the role \"" + s.role +
                                "\" has not been given the rights that go with migration " +
                                std::to_string(s.applied) + "; run `carrack migrate` first");
    throw migration_refused("the database is at migration " + std::to_string(s.applied) + " of " +
                            std::to_string(migrations.size()) + " (next: " + title(s.pending.front()) +
                            "); run `carrack migrate` first");
}

changed_privileges privileges_changed(std::string const& url) {
    session on(url);
    changed_privileges out;
    if (!has_grants(on) || acts_as_owner(on)) return out;
    std::string const given =
        "select given.privilege from ops.grants g cross join unnest(g.privileges) given(privilege) "
        "where g.role = $1::text";
    if (on.query(given + " limit 1", {on.user()}).empty()) return out;
    std::string const has = std::string("(") + privileges_of + ")";
    for (auto& row : on.query("(" + given + ") except " + has + " order by 1", {on.user()}))
        out.lost.push_back(*row[0]);
    for (auto& row : on.query(has + " except (" + given + ") order by 1", {on.user()}))
        out.gained.push_back(*row[0]);
    return out;
}

std::string granted_roles(session& on) {
    if (!has_grants(on)) return "{}";
    return on.query("select array(select role from ops.grants)::text")[0][0].value();
}

}  // namespace db
