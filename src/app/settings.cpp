#include "app/settings.hpp"

#include "app/configuration.hpp"
#include "app/parsing.hpp"
#include "core/money.hpp"
#include "core/text.hpp"
#include "identity/passwords.hpp"

#include <algorithm>
#include <thread>

#include <unistd.h>

namespace app {

namespace {

using text = std::string const&;

std::string apply_data(text t, configuration& c) {
    if (t.empty()) return "names no folder.";
    std::error_code ignored;
    c.data = std::filesystem::absolute(t, ignored).lexically_normal();
    if (!c.data.has_filename()) c.data = c.data.parent_path();
    return {};
}

std::string apply_listen(text t, configuration& c) { return parse_endpoint(t, c.listen); }

std::string apply_metrics_listen(text t, configuration& c) {
    return t.empty() ? std::string{} : parse_endpoint(t, c.metrics_listen);
}

std::string apply_database_url(text t, configuration& c) {
    c.database_url = t;
    return check_database_url(t);
}

std::string apply_database_owner_url(text t, configuration& c) {
    c.database_owner_url = t;
    return check_database_url(t);
}

std::string apply_pooler(text t, configuration& c) {
    c.pooled_transactions = t == "transaction";
    return t == "none" || t == "transaction" ? std::string{} : "is neither none nor transaction.";
}

std::string apply_owner_email(text t, configuration& c) {
    c.owner_email = t;
    return core::is_email(t) ? std::string{} : "is not an e-mail address; write name@example.com.";
}

std::string apply_owner_password(text t, configuration& c) {
    c.owner_password = t;
    if (t.empty()) return {};
    if (!core::count_code_points(t)) return "is not UTF-8.";
    auto const accepted = identity::accept_password(t, c.owner_email);
    if (accepted) return {};
    std::string why = accepted.error().violations.front().message;
    return why + "; choose another.";
}

std::string apply_secret_key(text t, configuration& c) {
    if (t.empty()) return {};
    c.secret_key = crypto::secret_key::parse(t);
    return c.secret_key
               ? std::string{}
               : "is not 32 bytes in base64 or hexadecimal; make one with: head -c 32 /dev/urandom | base64";
}

std::string apply_currency(text t, configuration& c) {
    c.currency = t;
    return core::currency::find(t)
               ? ""
               : "is no currency of ISO 4217 that we know; write its capital letters, such as USD.";
}

std::string apply_payment_terms(text t, configuration& c) {
    c.payment_terms = {};
    for (auto const& entry : split_list(t)) {
        std::size_t const equals = std::min(entry.find('='), entry.size());
        auto const provider = orders::provider_named(entry.substr(0, equals));
        if (!provider) return "has an entry that begins with no payment provider; write manual=14d.";
        std::string const period = entry.substr(std::min(equals + 1, entry.size()));
        auto const within = parse_period(period);
        if (!within && period != "never")
            return "has a time that is neither a whole number of s, m, h or d, at most ten years, nor never; "
                   "write manual=14d.";
        c.payment_terms.set(*provider, within);
    }
    return {};
}

std::string apply_threads(text t, configuration& c) {
    if (t.empty()) {
        c.threads = std::max(1U, std::thread::hardware_concurrency());
        return {};
    }
    auto const n = parse_number(t, 1, 256);
    if (!n) return "is not a whole number from 1 to 256.";
    c.threads = static_cast<std::size_t>(*n);
    return {};
}

std::string apply_log_format(text t, configuration& c) {
    if (t.empty()) {
        c.log_as = ::isatty(STDERR_FILENO) != 0 ? log_format::text : log_format::json;
        return {};
    }
    c.log_as = t == "text" ? log_format::text : log_format::json;
    return t == "text" || t == "json" ? std::string{} : "is neither text nor json.";
}

std::string apply_log_level(text t, configuration& c) {
    static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
    auto const at = std::find(std::begin(names), std::end(names), t);
    if (at == std::end(names)) return "is none of debug, info, warning, error.";
    c.log_from = static_cast<log_level>(at - std::begin(names));
    return {};
}

std::string apply_cors_origins(text t, configuration& c) {
    c.cors_origins = split_list(t);
    for (auto const& origin : c.cors_origins)
        if (!is_origin(origin))
            return "has an origin that is not scheme, host and port alone (and no *: name who may read what "
                   "a "
                   "signed-in browser sees); write https://shop.example.com.";
    return {};
}

std::string apply_metrics_token(text t, configuration& c) {
    c.metrics_token = t;
    return !t.empty() && t.size() < 16 ? "is shorter than 16 characters; choose a longer one." : "";
}

std::string apply_internal_token(text t, configuration& c) {
    c.internal_token = t;
    return !t.empty() && t.size() < 16 ? "is shorter than 16 characters; choose a longer one." : "";
}

std::string apply_public_url(text t, configuration& c) {
    c.public_url = t;
    return t.empty() || is_origin(t) ? ""
                                     : "is not scheme, host and port alone; write https://shop.example.com.";
}

std::string apply_trusted_proxies(text t, configuration& c) {
    c.trusted_proxies = split_list(t);
    for (auto const& range : c.trusted_proxies)
        if (!is_address_range(range))
            return "has an entry that is no address or CIDR range; write 10.0.0.0/8.";
    return {};
}

std::string apply_drain(text t, configuration& c) {
    auto const n = parse_number(t, 0, 3600);
    if (!n) return "is not a whole number of seconds from 0 to 3600.";
    c.drain = std::chrono::seconds{*n};
    return {};
}

std::string apply_unready(text t, configuration& c) {
    auto const n = parse_number(t, 0, 300);
    if (!n) return "is not a whole number of seconds from 0 to 300.";
    c.unready = std::chrono::seconds{*n};
    return {};
}

std::string apply_sample(text t, configuration& c) {
    c.sample = t == "true";
    return t == "true" || t == "false" ? "" : "is neither true nor false.";
}

constexpr setting table[] = {
    {"data", "--data", "CARRACK_DATA", "DIR", ".carrack", "the folder where everything is kept",
     setting_kind::text, "", apply_data},
    {"listen", "--listen", "CARRACK_LISTEN", "ADDR:PORT", "127.0.0.1:8080",
     "where HTTP is served; [::1]:8080 for IPv6, port 0 for any free one", setting_kind::text, "",
     apply_listen},
    {"database_url", "--database-url", "CARRACK_DATABASE_URL", "URL", "",
     "the PostgreSQL server to use, as the application's role; without it a private one runs in the data "
     "folder",
     setting_kind::secret_url, "", apply_database_url},
    {"database_owner_url", "", "CARRACK_DATABASE_OWNER_URL", "URL", "",
     "the same database as the role that owns the tables, for migrations; without it database_url",
     setting_kind::secret_url, "", apply_database_owner_url},
    {"pooler", "--pooler", "CARRACK_POOLER", "none|transaction", "none",
     "what stands between here and PostgreSQL: transaction for PgBouncer in that mode", setting_kind::text,
     "", apply_pooler},
    {"owner_email", "--owner-email", "CARRACK_OWNER_EMAIL", "EMAIL", "owner@example.com",
     "the owner made on the first start", setting_kind::text, "", apply_owner_email},
    {"owner_password", "", "CARRACK_OWNER_PASSWORD", "", "",
     "the owner's password on the first start; without it a random one is printed once", setting_kind::secret,
     "", apply_owner_password},
    {"secret_key", "", "CARRACK_SECRET_KEY", "", "",
     "32 bytes, in base64 or hexadecimal, that seal the keys which sign tokens; without it the file "
     "secret.key in the "
     "data folder",
     setting_kind::secret, "", apply_secret_key},
    {"currency", "--currency", "CARRACK_CURRENCY", "CODE", "USD",
     "the currency of prices that come without one", setting_kind::text, "", apply_currency},
    {"payment_terms", "--payment-terms", "CARRACK_PAYMENT_TERMS", "LIST", "manual=14d",
     "how long an unpaid order waits before it is cancelled, for each payment provider: 30m, 12h, 14d or "
     "never; "
     "one that staff have confirmed is not cancelled",
     setting_kind::list, "", apply_payment_terms},
    {"threads", "--threads", "CARRACK_THREADS", "N", "", "event loops; without it one for each core",
     setting_kind::integer, "", apply_threads},
    {"log_format", "--log-format", "CARRACK_LOG_FORMAT", "text|json", "",
     "without it text on a terminal and JSON elsewhere", setting_kind::text, "", apply_log_format},
    {"log_level", "--log-level", "CARRACK_LOG_LEVEL", "LEVEL", "info", "debug, info, warning or error",
     setting_kind::text, "", apply_log_level},
    {"cors_origins", "--cors-origins", "CARRACK_CORS_ORIGINS", "LIST", "",
     "origins whose pages may call the API from a browser, separated by commas", setting_kind::list, "",
     apply_cors_origins},
    {"metrics_token", "", "CARRACK_METRICS_TOKEN", "", "", "the bearer token that /metrics asks for",
     setting_kind::secret, "", apply_metrics_token},
    {"internal_token", "", "CARRACK_INTERNAL_TOKEN", "", "",
     "the bearer token that /v1/internal/tick asks for", setting_kind::secret, "", apply_internal_token},
    {"metrics_listen", "--metrics-listen", "CARRACK_METRICS_LISTEN", "ADDR:PORT", "",
     "an address of its own for /metrics", setting_kind::text, "", apply_metrics_listen},
    {"public_url", "--public-url", "CARRACK_PUBLIC_URL", "URL", "",
     "how the world reaches this server, when it is not the listening address", setting_kind::text, "",
     apply_public_url},
    {"trusted_proxies", "--trusted-proxies", "CARRACK_TRUSTED_PROXIES", "LIST", "",
     "addresses or ranges whose X-Forwarded-For is believed, separated by commas", setting_kind::list, "",
     apply_trusted_proxies},
    {"drain_seconds", "--drain-seconds", "CARRACK_DRAIN_SECONDS", "N", "20",
     "how long requests under way may take to finish when the server stops", setting_kind::integer, "",
     apply_drain},
    {"unready_seconds", "--unready-seconds", "CARRACK_UNREADY_SECONDS", "N", "1",
     "after SIGTERM /readyz says no for so long before connections are refused", setting_kind::integer, "",
     apply_unready},
    {"sample", "--sample", "CARRACK_SAMPLE", "", "false",
     "load the sample shop when the database is empty; unless only this machine can connect, its staff get a "
     "password that is made up and printed once",
     setting_kind::boolean, "up", apply_sample},
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

}  // namespace

std::span<setting const> settings() { return table; }

setting const* find_setting(std::string_view key) {
    for (auto const& s : table)
        if (s.key == key) return &s;
    return nullptr;
}

std::string did_you_mean(std::string_view written, std::span<std::string_view const> candidates) {
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(2, written.size() / 3) + 1;
    for (auto const candidate : candidates) {
        std::size_t const distance = edit_distance(written.substr(0, 64), candidate);
        if (!candidate.empty() && distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest.empty() ? std::string{} : " Did you mean " + std::string(nearest) + "?";
}

}  // namespace app
