#include "identity/doorkeeper.hpp"

#include "http/failures.hpp"
#include "http/registry.hpp"
#include "identity/api.hpp"

namespace identity {
namespace {

core::problem challenge(http::call& c, core::failure const& why, std::string_view scheme) {
    c.reply_fields.emplace_back("www-authenticate", scheme);
    return why;
}

core::problem denied(http::route const& to) {
    return {permission_denied,
            {},
            std::string("This needs ").append(http::name_of(to.verb)).append(" ") + to.path + "."};
}

// A shopper's token is nothing where the staff works, and nobody else's is anything in a shopper's account.
bool is_nothing_to(http::access::kind level, http::principal_kind who) {
    switch (level) {
        case http::access::kind::staff:
        case http::access::kind::permitted: return who == http::principal_kind::customer;
        case http::access::kind::customer: return who != http::principal_kind::customer;
        case http::access::kind::everyone:
        case http::access::kind::identified:
        case http::access::kind::signed_in: break;
    }
    return false;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (core::ascii_lower(authorization.substr(0, scheme.size())) != scheme) return std::nullopt;
    std::string_view const token = core::trimmed(authorization.substr(scheme.size()));
    if (token.empty()) return std::nullopt;
    return token;
}

core::task<core::result<core::nothing>> doorkeeper::admit(http::call& c) {
    bool const open = c.to->allow.level == http::access::kind::everyone;
    if (!bearer_token(c.in.field("authorization"))) {
        if (open) co_return core::nothing{};
        co_return challenge(c, authentication_required, "Bearer");
    }
    auto seen = service_.recognise(*bearer_token(c.in.field("authorization")), false);
    if (seen.seen == service::sight::known && c.to->allow.looks_again) {
        service_.changed();  // what is known counts as behind, though not for a stranger's sake
        seen.seen = service::sight::look_first;
    }
    if (seen.seen == service::sight::look_first) {
        co_await service_.look(c.by);
        seen = service_.recognise(*bearer_token(c.in.field("authorization")), true);
    }
    co_return decide(c, seen);
}

core::result<core::nothing> doorkeeper::decide(http::call& c, service::recognition const& r) {
    http::access::kind const level = c.to->allow.level;
    if (r.seen != service::sight::known || is_nothing_to(level, r.who.kind)) {
        // What is open to everyone is open to who brings a stale token: refreshing, signing out, shopping.
        // Where it would matter later whose doing it was, they are told.
        if (level == http::access::kind::everyone && !c.to->allow.tells_stale) return core::nothing{};
        return challenge(c, access_token_invalid, R"(Bearer error="invalid_token")");
    }
    c.who = r.who;
    bool const machine = c.who.kind == http::principal_kind::machine;
    if (machine) service_.note_use(c.who.id);
    bool const for_people = level == http::access::kind::signed_in || level == http::access::kind::staff;
    if (for_people && machine) return http::person_required;
    if (level == http::access::kind::permitted && service_.lacks_factor(c.who.id))
        return http::second_factor_missing;
    if (level != http::access::kind::permitted) return core::nothing{};
    c.where = service_.reach_of(c.who.id, *c.to);
    if (c.where.is_nowhere()) return denied(*c.to);
    return core::nothing{};
}

}  // namespace identity
