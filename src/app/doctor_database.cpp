#include "app/command.hpp"
#include "app/database_at_hand.hpp"
#include "app/database_news.hpp"
#include "app/doctor.hpp"
#include "app/key_check.hpp"
#include "app/migration.hpp"
#include "app/permission_check.hpp"
#include "core/time.hpp"
#include "db/error.hpp"
#include "db/session.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace app {

namespace {

constexpr char const* private_log_remedy = "postgres.log in the data folder says more.";
constexpr std::int64_t skew_warns_ms = 2'000, skew_fails_ms = 60'000;

std::string single(db::session& on, std::string const& sql) {
    auto const rows = on.query(sql);
    return rows.empty() || !rows[0][0] ? std::string{} : *rows[0][0];
}

finding examine_version(db::session& on) {
    int const version = on.server_version();
    if (auto fault = db::fault_of_version(version))
        return {"version", verdict::failed, std::move(fault->says), std::move(fault->remedy)};
    return {"version", verdict::ok, fmt::format("It is PostgreSQL {}.{}.", version / 10000, version % 10000)};
}

finding examine_encoding(db::session& on) {
    if (auto fault = db::fault_of_encoding(db::encoding_of(on)))
        return {"encoding", verdict::failed, std::move(fault->says), std::move(fault->remedy)};
    return {"encoding", verdict::ok, "Texts are stored as UTF-8."};
}

std::vector<finding> examine_durability(db::session& on) {
    std::vector<finding> out;
    for (std::string const name : {"fsync", "full_page_writes", "synchronous_commit"}) {
        std::string const value = single(on, "show " + name);
        if (value == "off")
            out.push_back({"durability", verdict::failed,
                           fmt::format("{} is off: a power cut can lose or break orders.", name),
                           fmt::format("Turn {} on in the server's configuration.", name)});
        else if (value == "local")
            out.push_back({"durability", verdict::warning,
                           "synchronous_commit is local: a failover can lose the last orders.",
                           "Set synchronous_commit to on when there is a synchronous standby."});
    }
    if (out.empty()) out.push_back({"durability", verdict::ok, "What is committed is on disk."});
    return out;
}

finding examine_schema(std::string const& app_url) {
    try {
        auto const state = db::pending(app_url);
        if (state.current())
            return {"tables", verdict::ok,
                    fmt::format("They are up to date, at migration {}.", state.applied)};
        if (state.pending.empty())
            return {"tables", verdict::failed,
                    fmt::format("The role {} has not been given the rights that go with them.", state.role),
                    "Run carrack migrate."};
        return {"tables", verdict::failed,
                fmt::format("{} of {} migrations are still to be applied.", state.pending.size(),
                            db::embedded_migrations().size()),
                "Run carrack migrate."};
    } catch (db::migration_refused const& e) {
        return {"tables", verdict::failed, fmt::format("They cannot be used: {}.", e.what()),
                "Run the binary that fits the database."};
    }
}

// Who makes the tables owns them, so this much can be seen before there are any.
finding examine_roles_to_be(db::session& on, configuration const& c) {
    bool const one_role = c.database_url == c.database_owner_url && !c.database_url.empty();
    if (one_role && single(on, "select has_database_privilege(current_database(), 'create')") == "t")
        return {"history", verdict::warning,
                fmt::format("It cannot be judged before carrack migrate, which would make {} its owner.",
                            on.user()),
                single_role_warning};
    return {"history", verdict::ok, "It cannot be judged before carrack migrate."};
}

finding examine_rights(std::string const& app_url) {
    auto const lost = db::privileges_changed(app_url).lost;
    if (lost.empty()) return {"rights", verdict::ok, "The server's role has the rights it was given."};
    return {"rights", verdict::failed, fmt::format("The server's role has lost {}.", fmt::join(lost, ", ")),
            "Run carrack migrate."};
}

finding examine_pooler(db::session& on, configuration const& c) {
    bool const pooled = db::behind_pooler(on);
    if (pooled && !c.pooled_transactions)
        return {"pooler", verdict::warning, "The server answers through another program.", pooler_remedy};
    return {"pooler", verdict::ok,
            pooled ? "The server answers through a pooler, as configured." : "Nothing stands between."};
}

// What the role may really do counts, however it came to be so: one role only, a superuser, a stray grant.
finding examine_grants(db::session& on, configuration const& c) {
    if (single(on, "select count(*) from pg_namespace where nspname = 'audit'") == "0")
        return examine_roles_to_be(on, c);
    std::string const writable =
        single(on,
               "select string_agg(n.nspname || '.' || c.relname, ', ' order by n.nspname) "
               "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
               "where (n.nspname, c.relname) in (('audit', 'entries'), ('inventory', 'movements'), "
               "('sales', 'order_status_history'), ('sales', 'payment_events')) "
               "and (has_table_privilege(c.oid, 'delete, truncate') or "
               "has_any_column_privilege(c.oid, 'update'))");
    if (writable.empty())
        return {"history", verdict::ok, "The server's role can add to the history and not rewrite it."};
    return {"history", verdict::warning, fmt::format("The role {} may rewrite {}.", on.user(), writable),
            single_role_warning};
}

finding examine_clock(db::session& on) {
    std::int64_t const before = core::now().us;
    std::int64_t const theirs =
        std::atoll(single(on, "select (extract(epoch from clock_timestamp()) * 1000000)::bigint").c_str());
    std::int64_t const middle = before + (core::now().us - before) / 2;
    std::int64_t const skew_ms = (theirs - middle) / 1000;
    std::string const says = fmt::format("The database's clock and ours are {} ms apart.", std::abs(skew_ms));
    if (std::abs(skew_ms) < skew_warns_ms) return {"clock", verdict::ok, says};
    return {"clock", std::abs(skew_ms) < skew_fails_ms ? verdict::warning : verdict::failed, says,
            "Let both machines take their time from the network (systemd-timesyncd or chrony)."};
}

finding examine_connections(db::session& on, configuration const& c) {
    int const allowed = std::atoi(single(on, "show max_connections").c_str()) -
                        std::atoi(single(on, "show superuser_reserved_connections").c_str());
    int const wanted = static_cast<int>(c.threads) * 10;  // per loop: 2 for reads, up to 8 for transactions
    std::string const says = fmt::format("{} threads may open up to {} connections; the server allows {}.",
                                         c.threads, wanted, allowed);
    if (wanted <= allowed || c.pooled_transactions) return {"connections", verdict::ok, says};
    return {"connections", verdict::warning, says,
            "Raise max_connections, lower --threads, or put PgBouncer between (--pooler transaction)."};
}

void examine_server(std::vector<finding>& out, configuration const& c, database_at_hand const& at) {
    db::session on(at.app_url());
    out.push_back({"database", verdict::ok,
                   fmt::format("{} answers to {}.", at.is_private() ? "The private database" : "The server",
                               on.user())});
    out.push_back(examine_version(on));
    out.push_back(examine_encoding(on));
    for (auto& f : examine_durability(on)) out.push_back(std::move(f));
    out.push_back(examine_clock(on));
    out.push_back(examine_connections(on, c));
    bool const usable = std::ranges::none_of(out, [](finding const& f) {
        return f.how == verdict::failed && (f.what == "version" || f.what == "encoding");
    });
    if (!usable) return;  // whatever its tables are like
    finding tables = examine_schema(at.app_url());
    bool const current = tables.how == verdict::ok;
    out.push_back(std::move(tables));
    if (current) out.push_back(examine_rights(at.app_url()));
    out.push_back(examine_grants(on, c));
    if (current) {
        for (auto& f : examine_signing_keys(c, at.app_url())) out.push_back(std::move(f));
        out.push_back(examine_permissions(c, at.app_url()));
    }
    out.push_back(examine_pooler(on, c));
}

}  // namespace

std::vector<finding> examine_database(configuration const& c) {
    if (c.database_url.empty() && !holds_cluster(c.data))
        return {{"database", verdict::ok,
                 fmt::format("There is no shop in {} yet; carrack up makes one with a private database.",
                             c.data.string())}};
    std::vector<finding> out;
    try {
        in_plain_words([&] {
            database_at_hand const at(c, database_at_hand::purpose::command, "doctor",
                                      [](std::string_view) {});
            examine_server(out, c, at);
        });
    } catch (database_trouble const& e) {
        out.push_back({"database", verdict::failed, e.says(),
                       c.database_url.empty() ? private_log_remedy : e.remedy()});
    } catch (setup_error const& e) {  // which says what to do
        out.push_back({"database", verdict::failed, e.what(),
                       c.database_url.empty() ? std::string(private_log_remedy) : std::string()});
    }
    return out;
}

}  // namespace app
