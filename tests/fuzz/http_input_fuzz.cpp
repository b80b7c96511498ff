// Any target, and any body behind its line: what reaches a handler is within the limits of its type.
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "core/values.hpp"
#include "fuzz.hpp"
#include "http/codec.hpp"
#include "http/gate.hpp"
#include "http/registry.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

using test::fuzz::expect;

namespace {

enum class order { newest, oldest };
BOOST_DESCRIBE_ENUM(order, newest, oldest)

struct input {
    core::uuid id;
    core::text<1, 20> name;
    std::optional<core::multiline_text<0, 30>> note;
    std::optional<core::integer<-5, 500>> limit;
    std::optional<bool> open;
    std::optional<order> sort;
    std::optional<core::email> email;
    std::optional<core::url> link;
    std::optional<core::handle> handle;
    std::optional<core::timestamp> since;
    std::optional<core::list<core::text<1, 3>, 4, 0>> tags;
    core::patch<std::optional<core::currency>> currency;
};
BOOST_DESCRIBE_STRUCT(input, (),
                      (id, name, note, limit, open, sort, email, link, handle, since, tags, currency))

struct routes {
    http::registry all;

    routes() {
        for (auto const verb : {http::method::get, http::method::post}) {
            http::route to;
            to.verb = verb;
            to.path = "/things/{id}/of/{name}";
            to.operation = http::name_of(verb);
            to.request_members = http::members<input>();
            all.add(std::move(to));
        }
    }
};

std::size_t length(std::string_view text) {
    auto const n = core::count_code_points(text);
    expect(n.has_value(), "text is UTF-8");
    return *n;
}

void look_at(input const& in) {
    expect(length(in.name.value) >= 1 && length(in.name.value) <= 20, "a name's length");
    expect(!core::has_control_characters(in.name.value), "a name has no control characters");
    if (in.note) expect(length(in.note->value) <= 30, "a note's length");
    if (in.limit) expect(in.limit->value >= -5 && in.limit->value <= 500, "a number's bounds");
    if (in.email) expect(core::is_email(in.email->value), "an e-mail address");
    if (in.link) expect(core::is_http_url(in.link->value), "a URL");
    if (in.handle) expect(core::is_handle(in.handle->value), "a handle");
    if (in.since)
        expect(core::parse_timestamp(core::to_string(*in.since)) == in.since,
               "a time is written as it is read");
    if (in.tags) expect(in.tags->items.size() <= 4, "a list's length");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view rest = test::fuzz::text_of(data, size);
    std::string_view const target = test::fuzz::take_until(rest, '\n');
    if (!http::is_origin_form(target)) return 0;
    http::request in;
    in.verb = rest.empty() ? http::method::get : http::method::post;
    in.target = target;
    std::string_view query = target;
    in.path = test::fuzz::take_until(query, '?');
    in.query = query;
    in.body = rest;
    static routes const known;
    auto const found = known.all.find(in.verb, in.path);
    if (found.to == nullptr) return 0;
    auto assembled = http::assemble_input(*found.to, found, in);
    if (!assembled) return 0;
    input decoded{};
    http::checker faults(std::move(assembled->faults));
    http::codec<input>::decode(decoded, assembled->value, faults);
    if (faults.clean()) {
        look_at(decoded);
        return 0;
    }
    auto const said = faults.take();
    expect(said.size() <= http::checker::faults_max, "the faults are bounded");
    for (core::violation const& fault : said) {
        expect(!fault.code.empty() && !fault.message.empty(), "a fault says what it is");
        expect(core::count_code_points(fault.pointer).has_value(), "a pointer is UTF-8");
    }
    return 0;
}
