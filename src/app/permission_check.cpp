#include "app/permission_check.hpp"

#include "app/on_database.hpp"
#include "identity/identity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace app {
namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::size_t named_max = 5;  // GET /v1/admin/permissions?retired=true has them all

}  // namespace

finding examine_permissions(configuration const& c, std::string const& database_url) {
    std::vector<std::string> held;
    std::size_t retired = 0;
    db::options const options{.url = database_url, .unnamed_statements = c.pooled_transactions};
    on_database(options, patience, [&](db::scope db) -> core::task<void> {
        for (auto const& gone : co_await ::identity::retired_permissions(db)) {
            ++retired;
            auto holders = gone.roles;
            for (std::string const& key : gone.api_keys) holders.push_back("API key " + key);
            if (!holders.empty())
                held.push_back(fmt::format("{} ({})", gone.permission, fmt::join(holders, ", ")));
        }
    });
    if (held.empty())
        return {
            "permissions", verdict::ok,
            retired == 0 ? "Each has a route." : fmt::format("{} are retired; nobody holds them.", retired)};
    std::size_t const others = held.size() - std::min(held.size(), named_max);
    held.resize(held.size() - others);
    return {"permissions", verdict::warning,
            fmt::format("Some are held that let nobody in, because their routes are gone: {}{}.",
                        fmt::join(held, ", "), others > 0 ? fmt::format(" and {} more", others) : ""),
            "Take them from the roles and keys, or leave them for the day when the routes come back."};
}

}  // namespace app
