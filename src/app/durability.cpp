#include "app/durability.hpp"

#include "db/session.hpp"
#include "observe/log.hpp"

namespace app {

std::string missing_durability(std::span<std::string const, durability_settings.size()> values) {
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] == "off")
            out.append(out.empty() ? "" : ", ").append(durability_settings[i]).append(" is off");
    return out;
}

void warn_of_missing_durability(std::string const& database_url) {
    db::session on(database_url);
    std::array<std::string, durability_settings.size()> values;
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] =
            on.query("select current_setting($1)", {std::string(durability_settings[i])})[0][0].value_or("");
    std::string const missing = missing_durability(values);
    if (missing.empty()) return;
    observe::warning(
        "a power cut can lose or break orders: turn it on in the database server's configuration",
        {{"durability", missing}});
}

}  // namespace app
