// What `carrack verify` asks of the database itself: what it promises about what is committed, who may
// rewrite history, and whether its constraints hold.
#include "app/durability.hpp"
#include "app/migration.hpp"
#include "app/verification.hpp"
#include "db/address.hpp"
#include "db/migrate.hpp"
#include "db/session.hpp"

namespace app {
namespace {

using enum audit::integrity_verdict;

void add(verified& to, std::string subject, std::string says, audit::integrity_verdict how = wrong) {
    if (to.verdict != wrong) to.verdict = how;
    ++to.count;
    if (to.rows.size() < 20) to.rows.push_back({std::move(subject), std::move(says), 0});
}

verified verify_durability(db::session& on) {
    verified out{
        .name = "database.durability", .title = "What is committed survives a power cut.", .rows = {}};
    for (std::string_view const name : durability_settings)
        if (on.query("select current_setting($1)", {std::string(name)})[0][0] == "off")
            add(out, std::string(name), "it is off");
    return out;
}

// Who but the owner may rewrite what is history; and which roles, unknown to `migrate`, may change anything.
// $1 are the roles that it knows, as an array.
constexpr auto wrong_rights = R"sql(
    with history (owner, name) as (values
        ('audit', 'entries'), ('audit', 'seals'), ('audit', 'integrity_runs'), ('inventory', 'movements'),
        ('inventory', 'backorder_limits'), ('sales', 'order_status_history'), ('sales', 'payment_events'),
        ('sales', 'orders'), ('sales', 'order_lines'), ('sales', 'order_adjustments'), ('sales', 'payments')
    ), tables as (
        select n.nspname || '.' || c.relname as name, c.oid, c.relacl, c.relowner, h.name is not null as of_history
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          left join history h on h.owner = n.nspname and h.name = c.relname
         where n.nspname in ('ops', 'identity', 'audit', 'catalog', 'inventory', 'sales') and c.relkind in ('r', 'p')
    ), given as (
        select t.name, t.of_history, t.relowner, a.grantee, a.privilege_type from tables t cross join aclexplode(t.relacl) a
        union all
        select t.name, t.of_history, t.relowner, a.grantee, a.privilege_type
          from tables t
          join pg_attribute c on c.attrelid = t.oid and not c.attisdropped
         cross join aclexplode(c.attacl) a
    )
    select distinct g.name, case when g.grantee = 0 then 'everybody' else pg_get_userbyid(g.grantee)::text end, g.privilege_type
      from given g
     where g.grantee <> g.relowner
       and (g.of_history and g.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
            or (g.grantee = 0 or pg_get_userbyid(g.grantee) <> all($1::text[]))
               and g.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER'))
     order by 1, 2, 3
)sql";

// Who may act as the owner of the tables or as a role that `migrate` knows ($1), and is neither of these nor
// a superuser nor in use by the set-up ($2: the owner's login). Whoever administers roles may give himself
// any of them, or since PostgreSQL 16 those that he has made, whose member he then is: that says nothing.
// From 16 on, too, a membership may be of no use but to be given on; older ones lack the columns that say so.
constexpr auto wrong_members = R"sql(
    with recursive ours (role) as (
        select c.relowner from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('ops', 'identity', 'audit', 'catalog', 'inventory', 'sales') and c.relkind in ('r', 'p')
        union
        select oid from pg_roles where rolname = any($1::text[])
    ), memberships as (
        select roleid, member, admin_option, to_jsonb(m) ? 'set_option' as limited,
               coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)
                   or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) as of_use
          from pg_auth_members m
    ), strangers as (
        select m.roleid, m.member
          from memberships m join pg_roles r on r.oid = m.member
         where m.of_use and not r.rolsuper and r.rolname not in (current_user, session_user, $2)
           and m.member not in (select role from ours)
           and not (r.rolcreaterole
                    and (not m.limited or exists (select from memberships a where a.roleid = m.roleid
                                                     and a.member = m.member and a.admin_option)))
    ), reaching (role, member) as (
        select s.roleid, s.member from strangers s where s.roleid in (select role from ours)
        union
        select r.role, s.member from reaching r join strangers s on s.roleid = r.member
    )
    select pg_get_userbyid(role), pg_get_userbyid(member) from reaching order by 1, 2
)sql";

verified verify_grants(db::session& on, std::string const& app_url, std::string const& owner_login) {
    verified out{.name = "database.grants",
                 .title = "The server's role can add to history and not rewrite it, and nobody else writes.",
                 .rows = {}};
    std::string const known = db::granted_roles(on);
    for (auto const& row : on.query(wrong_rights, {known}))
        add(out, row[0].value_or(""), row[1].value_or("") + " may " + row[2].value_or("") + " there");
    for (auto const& row : on.query(wrong_members, {known, owner_login}))
        add(out, row[0].value_or(""), row[1].value_or("") + " may act as it");
    db::changed_privileges const changed = db::privileges_changed(app_url);
    for (std::string const& lost : changed.lost) add(out, on.user(), "it has lost " + lost);
    for (std::string const& gained : changed.gained) add(out, on.user(), "it was given " + gained);
    bool const owner = on.query(
                           "select pg_has_role(current_user, relowner, 'usage') from pg_class "
                           "where relname = 'entries' and relnamespace = 'audit'::regnamespace")[0][0] == "t";
    if (owner && out.verdict == ok) add(out, on.user(), single_role_warning, warn);
    return out;
}

constexpr auto void_promises = R"sql(
    select conrelid::regclass || ' ' || conname, 'the constraint was never validated'
      from pg_constraint c join pg_namespace n on n.oid = c.connamespace
     where n.nspname in ('ops', 'identity', 'audit', 'catalog', 'inventory', 'sales') and not c.convalidated
    union all
    select indexrelid::regclass::text, 'the index is not valid'
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('ops', 'identity', 'audit', 'catalog', 'inventory', 'sales') and not (i.indisvalid and i.indisready)
    union all
    select t.tgrelid::regclass || ' ' || coalesce(k.conname, t.tgname), 'what enforces it is switched off'
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      left join pg_constraint k on k.oid = t.tgconstraint
     where n.nspname in ('ops', 'identity', 'audit', 'catalog', 'inventory', 'sales') and t.tgenabled not in ('O', 'A')
     order by 1
)sql";

// What the promises of stock and of the state machines stand on; by name, because names are what the program
// knows.
constexpr auto missing_promises = R"sql(
    select w.name from unnest(array['stock_not_oversold', 'movement_once_per_line', 'order_transition_raced',
                                    'order_transition_continues', 'order_transition_allowed', 'order_transition_shape',
                                    'head_is_in_history', 'payment_event_raced', 'payment_event_continues',
                                    'payment_event_allowed', 'cart_ordered_once', 'order_number_unique',
                                    'line_total_is_the_product', 'seals_pkey', 'seals_one_successor',
                                    'stock_shortage_is_what_is_missing', 'idempotency_keys_pkey',
                                    'order_is_in_its_cart', 'only_pending_orders_wait']) as w (name)
     where not exists (select from pg_constraint c where c.conname = w.name)
       and not exists (select from pg_class i where i.relname = w.name and i.relkind = 'i')
     order by 1
)sql";

verified verify_constraints(db::session& on) {
    verified out{.name = "database.constraints",
                 .title = "The constraints that refuse what is wrong are there and enforced.",
                 .rows = {}};
    for (auto const& row : on.query(void_promises)) add(out, row[0].value_or(""), row[1].value_or(""));
    for (auto const& row : on.query(missing_promises)) add(out, row[0].value_or(""), "it is gone");
    return out;
}

}  // namespace

std::vector<verified> verify_database(std::string const& app_url, std::string const& owner_url) {
    std::vector<verified> out;
    in_plain_words([&] {
        db::session on(app_url);
        out.push_back(verify_durability(on));
        out.push_back(verify_grants(on, app_url, db::parse_address(owner_url).user));
        out.push_back(verify_constraints(on));
    });
    return out;
}

}  // namespace app
