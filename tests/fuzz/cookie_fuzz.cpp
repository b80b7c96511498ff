// Any bytes as a Cookie field: the refresh token is found when it stands there once, and never when it stands
// there twice.
#include "fuzz.hpp"
#include "identity/cookie.hpp"

#include <string>

using test::fuzz::expect;

namespace {

void look_for(identity::account_kind of, std::string const& field) {
    std::string const cookie = std::string(identity::refresh_cookie_name(of)) + "=";
    auto const found = identity::find_refresh_cookie(of, field);
    std::size_t const at = field.find(cookie);
    if (found) {
        expect(at != field.npos, "it stands there");
        expect(field.find(cookie + *found) != field.npos, "it is what stands there");
        expect(found->find(';') == found->npos, "it is one cookie's value");
        expect(!identity::find_refresh_cookie(of, field + "; " + cookie + "x"), "twice is not at all");
    }
    if (at == field.npos) {
        expect(!found, "it does not stand there");
        expect(identity::find_refresh_cookie(of, field + ";" + cookie + "x") == "x",
               "it is found behind anything");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const field(test::fuzz::text_of(data, size));
    look_for(identity::account_kind::staff, field);
    look_for(identity::account_kind::customer, field);
    return 0;
}
