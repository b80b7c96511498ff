#include "app/configuration.hpp"

#include "app/parsing.hpp"
#include "app/toml_file.hpp"

#include <system_error>

#include <fmt/format.h>

namespace app {

namespace {

constexpr std::string_view variable_prefix = "CARRACK_";

// Kubernetes gives every pod variables about a service named carrack (CARRACK_SERVICE_HOST,
// CARRACK_PORT_8080_TCP and so on), and the test suite has its own.
bool is_somebody_elses(std::string_view name, std::string_view value) {
    return name.starts_with("CARRACK_SERVICE_") || name.starts_with("CARRACK_TEST_") ||
           (name.starts_with("CARRACK_PORT") && (name.size() > 12 || value.starts_with("tcp://")));
}

class loader {
public:
    loader(arguments const& given, char const* const* environment)
        : given_(given), environment_(environment) {}

    loaded_configuration load() {
        out_.faults = given_.faults;
        for (auto const& s : settings())
            out_.in_force.push_back({&s, std::string(s.fallback), source::fallback, {}});
        read_environment();
        for (auto const& [what, text] : given_.settings)
            put(what, text, source::flag, std::string(what->flag));
        read_file();
        for (auto const& s : out_.in_force) understand(s);
        show_what_was_chosen();
        check_together();
        return std::move(out_);
    }

private:
    setting_in_force& in_force(setting const* what) {
        return out_.in_force[static_cast<std::size_t>(what - settings().data())];
    }

    void put(setting const* what, std::string text, source from, std::string where) {
        auto& s = in_force(what);
        if (from >= s.from) s = {what, std::move(text), from, std::move(where)};
    }

    void read_environment() {
        std::vector<std::string_view> names{"CARRACK_CONFIG"};
        for (auto const& s : settings()) names.push_back(s.variable);
        for (auto at = environment_; at != nullptr && *at != nullptr; ++at) {
            std::string_view const entry = *at;
            if (!entry.starts_with(variable_prefix)) continue;
            auto const equals = std::min(entry.find('='), entry.size());
            std::string_view const name = entry.substr(0, equals);
            std::string_view const value = entry.substr(std::min(equals + 1, entry.size()));
            if (!take_variable(name, value) && !is_somebody_elses(name, value))
                out_.faults.push_back(fmt::format(
                    "The environment variable {} is none of Carrack's.{} carrack up --help lists them.", name,
                    did_you_mean(name, names)));
        }
    }

    bool take_variable(std::string_view name, std::string_view value) {
        if (name == "CARRACK_CONFIG") {
            file_from_environment_ = value;
            return true;
        }
        for (auto const& s : settings()) {
            if (s.variable != name) continue;
            // An empty variable is what container files write for "not set".
            if (!value.empty()) put(&s, std::string(value), source::environment, std::string(name));
            return true;
        }
        return false;
    }

    void read_file() {
        namespace fs = std::filesystem;
        std::string named = given_.config_file.empty() ? file_from_environment_ : given_.config_file;
        bool const in_data_folder = named.empty();
        fs::path file = named;
        if (in_data_folder) {
            std::error_code error;
            file = fs::absolute(in_force(find_setting("data")).text, error) / "carrack.toml";
            auto const status = fs::status(file, error);
            if (status.type() == fs::file_type::not_found || status.type() == fs::file_type::none) return;
        }
        auto read = read_toml(file);
        for (auto& fault : read.faults) out_.faults.push_back(std::move(fault));
        std::vector<std::string_view> keys;
        for (auto const& s : settings()) keys.push_back(s.key);
        for (auto& [key, text] : read.values) {
            auto const what = find_setting(key);
            if (what == nullptr)
                out_.faults.push_back(
                    fmt::format("{} has an unknown key: {}.{}", file.string(), key, did_you_mean(key, keys)));
            else if (in_data_folder && key == "data")
                out_.faults.push_back(fmt::format(
                    "{} lies in the data folder and cannot name another one; use --data or --config.",
                    file.string()));
            else
                put(what, relative_to(file, key, std::move(text)), source::file,
                    fmt::format("{} in {}", key, file.string()));
        }
    }

    // A folder named in a file is meant as seen from that file.
    static std::string relative_to(std::filesystem::path const& file, std::string_view key,
                                   std::string text) {
        if (key != "data" || text.empty()) return text;
        return (std::filesystem::absolute(file).parent_path() / text).string();
    }

    void understand(setting_in_force const& s) {
        std::string const complaint = s.what->apply(s.text, out_.values);
        if (complaint.empty()) return;
        bool const hide = s.what->kind == setting_kind::secret || s.what->kind == setting_kind::secret_url;
        std::string const quoted = hide ? "its value" : fmt::format("\"{}\"", s.text);
        out_.faults.push_back(fmt::format("{}: {} {}", s.where.empty() ? std::string(s.what->key) : s.where,
                                          quoted, complaint));
    }

    // Where nobody said anything, what the machine decided is more use to a reader than nothing.
    void show_what_was_chosen() {
        auto const& c = out_.values;
        in_force(find_setting("data")).text = c.data.string();
        in_force(find_setting("threads")).text = std::to_string(c.threads);
        in_force(find_setting("log_format")).text = c.log_as == log_format::text ? "text" : "json";
    }

    void check_together() {
        auto& c = out_.values;
        if (c.database_url.empty() && !c.database_owner_url.empty())
            out_.faults.push_back(
                "CARRACK_DATABASE_OWNER_URL is set without CARRACK_DATABASE_URL; set both, or only the "
                "latter.");
        if (c.database_owner_url.empty()) c.database_owner_url = c.database_url;
        if (c.metrics_listen.given() && c.metrics_listen.port != 0 &&
            to_string(c.metrics_listen) == to_string(c.listen))
            out_.faults.push_back(
                "metrics_listen and listen name the same address; leave metrics_listen out to share it.");
    }

    arguments const& given_;
    char const* const* environment_;
    std::string file_from_environment_;
    loaded_configuration out_;
};

}  // namespace

loaded_configuration load_configuration(arguments const& given, char const* const* environment) {
    return loader(given, environment).load();
}

std::string shown(setting_in_force const& s) {
    if (s.what->kind == setting_kind::secret) return s.text.empty() ? "" : "(set, hidden)";
    if (s.what->kind == setting_kind::secret_url) return without_password(s.text);
    return s.text;
}

}  // namespace app
