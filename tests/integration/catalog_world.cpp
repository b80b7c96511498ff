#include "catalog_world.hpp"

#include "db/session.hpp"
#include "http/dispatch.hpp"
#include "http/json_write.hpp"

namespace integration {
namespace {

http::registry const& routes() {
    static http::registry all;
    static bool const added = (catalog::add_routes(all), true);
    EXPECT_TRUE(added);
    return all;
}

}  // namespace

catalog_visitor::catalog_visitor(db::database& d, std::string owner) : env(d), owner_url(std::move(owner)) {
    env.lend(settings);
    env.lend(sealing());
    env.lend<work::rights>(rights);
}

core::task<answer> catalog_visitor::get(std::string target) {
    return send(routes(), env, http::method::get, std::move(target), {}, {.who = clerk});
}

core::task<answer> catalog_visitor::post(std::string target, std::string body, sender from) {
    from.who = clerk;
    return send(routes(), env, http::method::post, std::move(target), std::move(body), std::move(from));
}

core::task<answer> catalog_visitor::change(http::method verb, std::string target, std::int64_t seen,
                                           std::string body) {
    return send(routes(), env, verb, std::move(target), std::move(body),
                {.who = clerk, .if_match = version(seen)});
}

core::task<answer> catalog_visitor::blind(http::method verb, std::string target, std::string body) {
    return send(routes(), env, verb, std::move(target), std::move(body), {.who = clerk});
}

core::task<answer> catalog_visitor::force(http::method verb, std::string target, std::string body) {
    return send(routes(), env, verb, std::move(target), std::move(body),
                {.who = clerk, .if_match = http::read_if_match("*", true)});
}

std::string catalog_visitor::look(std::string const& sql) const {
    auto const rows = db::session(owner_url).query(sql);
    return rows.empty() ? "nothing" : rows[0][0].value_or("null");
}

void catalog_visitor::run(std::string const& sql) const { db::session(owner_url).run(sql); }

std::string catalog_visitor::trail() const {
    return look(
        "select (select count(*) from audit.entries) || ' entries, ' ||"
        " (select count(*) from ops.outbox) || ' events'");
}

void with_catalog(std::function<core::task<void>(catalog_visitor&)> body) {
    test_database const database = fresh_database();
    with_database(options_for(database.app_url()), [&](db::database& d) -> core::task<void> {
        return [](db::database& on, std::string owner,
                  std::function<core::task<void>(catalog_visitor&)> run) -> core::task<void> {
            catalog_visitor v(on, std::move(owner));
            co_await run(v);
        }(d, database.owner_url(), body);
    });
}

std::vector<std::string> titles(answer const& list) {
    std::vector<std::string> out;
    for (auto const& row : list.at("/data").as_array()) out.emplace_back(row.at("title").as_string());
    return out;
}

std::string next_of(answer const& list) {
    auto const& next = list.at("/next");
    return next.is_null() ? "" : std::string(next.as_string());
}

std::string json_text(std::string_view text) {
    std::string out;
    http::write_string(out, text);
    return out;
}

}  // namespace integration
