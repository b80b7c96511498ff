#include "http/json_read.hpp"

#include "core/utf8.hpp"
#include "http/codec.hpp"

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <unordered_set>

namespace http {
namespace {

namespace json = boost::json;
constexpr std::size_t depth_max = 32;

// Watches the document go by for what a DOM would silently swallow: a key that comes twice.
class duplicate_watch {
public:
    static constexpr std::size_t max_object_size = 10'000;
    static constexpr std::size_t max_array_size = 100'000;
    static constexpr std::size_t max_key_size = 1'000;
    static constexpr std::size_t max_string_size = 16 * 1024 * 1024;

    std::vector<core::violation> repeated;

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return open(false); }
    bool on_object_end(std::size_t, json::error_code&) {
        open_.pop_back();
        return true;
    }
    bool on_array_begin(json::error_code&) { return open(true); }
    bool on_array_end(std::size_t, json::error_code&) {
        open_.pop_back();
        return true;
    }
    bool on_key_part(json::string_view s, std::size_t, json::error_code&) {
        key_.append(s.data(), s.size());
        return true;
    }
    bool on_key(json::string_view s, std::size_t, json::error_code&) {
        key_.append(s.data(), s.size());
        level& top = open_.back();
        top.key = std::exchange(key_, {});
        if (!top.keys.insert(top.key).second && repeated.size() < checker::faults_max)
            repeated.push_back({where(), "duplicate_key", "is given twice in one object"});
        return true;
    }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return value(); }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return value(); }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return value(); }
    bool on_double(double, json::string_view, json::error_code&) { return value(); }
    bool on_bool(bool, json::error_code&) { return value(); }
    bool on_null(json::error_code&) { return value(); }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    struct level {  // an object or array that is being read
        bool array;
        std::size_t count = 0;  // of an array's elements so far
        std::string key;        // of an object's member
        std::unordered_set<std::string> keys;
    };

    bool value() {
        if (!open_.empty()) ++open_.back().count;
        return true;
    }
    bool open(bool array) {
        value();
        open_.push_back({.array = array, .key = {}, .keys = {}});
        return true;
    }
    std::string where() const {
        std::string out;
        for (level const& l : open_)
            append_pointer(out, l.array ? std::to_string(l.count - 1)
                                        : std::string(core::cut_at_code_point(l.key, named_bytes_max)));
        return out;
    }

    std::vector<level> open_;
    std::string key_;
};

json::parse_options options() {
    json::parse_options o;
    o.max_depth = depth_max;
    return o;
}

std::string say(json::error_code ec, std::size_t at) {
    if (ec == json::error::too_deep) return fmt::format("is nested more than {} levels deep", depth_max);
    if (ec == json::error::incomplete) return "ends too early";
    return fmt::format("is not valid JSON at byte {}: {}", at, ec.message());
}

}  // namespace

parsed_json parse_json(std::string_view text) {
    parsed_json out;
    json::basic_parser<duplicate_watch> watch(options());
    json::error_code ec;
    std::size_t const used = watch.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = json::error::extra_data;
    if (ec) {
        out.faults.push_back({"", "not_json", say(ec, used)});
        return out;
    }
    out.faults = std::move(watch.handler().repeated);
    if (!out.faults.empty()) return out;
    out.value = json::parse(json::string_view(text.data(), text.size()), ec, {}, options());
    if (ec) out.faults.push_back({"", "not_json", say(ec, 0)});
    return out;
}

}  // namespace http
