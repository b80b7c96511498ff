// Any bytes as a request's JSON: refused with a reason, or a document that has everything parse_json promises
// and that comes back the same when it is written and read again.
#include "core/text.hpp"
#include "fuzz.hpp"
#include "http/json_read.hpp"

#include <boost/json/serialize.hpp>

namespace json = boost::json;
using test::fuzz::expect;

// Looks at what was read and takes the fractions out: they may come back rounded, and no request holds any.
static void look_at(json::value& v, int depth) {
    expect(depth <= 32, "at most 32 levels");
    if (v.is_double()) v = nullptr;
    if (auto const* const text = v.if_string()) expect(core::count_code_points(*text).has_value(), "UTF-8");
    if (auto* const items = v.if_array())
        for (json::value& item : *items) look_at(item, depth + 1);
    if (auto* const fields = v.if_object())
        for (auto&& field : *fields) {
            expect(core::count_code_points(field.key()).has_value(), "UTF-8 in keys");
            look_at(field.value(), depth + 1);
        }
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto read = http::parse_json(test::fuzz::text_of(data, size));
    for (core::violation const& fault : read.faults) {
        expect(!fault.code.empty() && !fault.message.empty(), "a fault says what it is");
        expect(core::count_code_points(fault.message).has_value(), "a fault is UTF-8");
        expect(fault.message.size() < 400, "a fault is short");
    }
    if (!read.faults.empty()) return 0;
    look_at(read.value, 0);
    auto const again = http::parse_json(json::serialize(read.value));
    expect(again.faults.empty(), "what was written can be read");
    expect(again.value == read.value, "what was written is what was read");
    return 0;
}
