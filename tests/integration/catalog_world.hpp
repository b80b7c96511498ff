// A database of the catalogue's own and a way to its endpoints, as the application's role.
#pragma once

#include "catalog/routes.hpp"
#include "direct_call.hpp"
#include "lent.hpp"
#include "postgres_fixture.hpp"
#include "work/shop.hpp"

#include <gmock/gmock.h>

namespace integration {

struct catalog_visitor {
    explicit catalog_visitor(db::database& d, std::string owner);

    core::task<answer> get(std::string target);
    core::task<answer> post(std::string target, std::string body, sender from = {});
    // With If-Match for the version seen.
    core::task<answer> change(http::method verb, std::string target, std::int64_t seen,
                              std::string body = {});
    core::task<answer> blind(http::method verb, std::string target, std::string body = {});  // without it
    core::task<answer> force(http::method verb, std::string target, std::string body = {});  // for any

    // Straight SQL, as the owner.
    std::string look(std::string const& sql) const;
    void run(std::string const& sql) const;
    // How many audit entries and events there are, as "2 entries, 2 events".
    std::string trail() const;

    work::shop settings{core::currency::unchecked("USD")};
    work::environment env;
    everything_allowed rights;
    http::principal clerk = staff();
    std::string owner_url;
};

// Runs `body` on a fresh database.
void with_catalog(std::function<core::task<void>(catalog_visitor&)> body);

// The titles of a list's rows, in order.
std::vector<std::string> titles(answer const& list);
std::string next_of(answer const& list);  // "" at the end
std::string json_text(std::string_view text);

}  // namespace integration
