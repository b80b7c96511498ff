#include "db/connect_failure.hpp"

#include <string_view>

namespace db::detail {

// `...failed: FATAL:  28P01: password authentication failed for user "x"`, then a LOCATION line.
broken connect_failure(PGconn const* conn) {
    broken out;
    std::string_view text = pq().errorMessage(conn);
    for (std::size_t at = text.find(":  "); at != text.npos; at = text.find(":  ", at + 1)) {
        std::string_view const rest = text.substr(at + 3);
        if (rest.size() < 7 || rest.substr(5, 2) != ": ") continue;
        out.sqlstate = rest.substr(0, 5);
        out.message = rest.substr(7, rest.find('\n') - 7);
    }
    if (out.message.empty()) {
        while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
        out.message = text;
        for (char& c : out.message)
            if (c == '\n') c = ' ';
        out.hopeless = text.find("no password supplied") != text.npos;
    }
    // 28: who we are; 3D000: no such database; 42501: the role may not connect to it.
    out.hopeless =
        out.hopeless || out.sqlstate.starts_with("28") || out.sqlstate == "3D000" || out.sqlstate == "42501";
    return out;
}

}  // namespace db::detail
