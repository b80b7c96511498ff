#include "db/address.hpp"

#include "db/libpq.hpp"

#include <string_view>

namespace db {

address parse_address(std::string const& url) {
    char* complaint = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(pq().conninfoFree)> const options(
        pq().conninfoParse(url.c_str(), &complaint), pq().conninfoFree);
    std::unique_ptr<char, void (*)(char*)> const owned(complaint, [](char* p) {
        if (p != nullptr) pq().freemem(p);
    });
    if (!options) throw std::invalid_argument(complaint == nullptr ? "out of memory" : complaint);
    address out;
    for (auto const* o = options.get(); o->keyword != nullptr; ++o) {
        if (o->val == nullptr) continue;
        std::string_view const key = o->keyword;
        if (key == "host")
            out.host = o->val;
        else if (key == "dbname")
            out.database = o->val;
        else if (key == "user")
            out.user = o->val;
        else if (key == "password")
            out.password = o->val;
    }
    return out;
}

}  // namespace db
