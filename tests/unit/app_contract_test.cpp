// What must hold for every endpoint that the shop serves.
#include "app/routes.hpp"
#include "work/idempotency.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

TEST(contract, every_post_honours_an_idempotency_key_or_says_that_it_does_not) {
    http::registry routes;
    app::add_domain_routes(routes);
    std::size_t posts = 0;
    for (auto const& r : routes.routes()) {
        if (r->declared == nullptr || r->verb != http::method::post) continue;
        ++posts;
        http::spec const& s = *r->declared;
        bool const honours = s.retry != http::replay::none;
        for (core::failure const* f : {&work::key_reused, &work::key_in_use})
            EXPECT_EQ(std::ranges::count(s.fails_with, f) > 0, honours) << s.id << ": " << f->code;
        if (!honours)
            EXPECT_NE(s.description.find("Idempotency-Key"), std::string_view::npos)
                << s.id << " must say why";
    }
    EXPECT_GT(posts, 10u);
}

TEST(contract, what_changes_rights_or_records_money_looks_up_rights_anew) {
    http::registry routes;
    app::add_domain_routes(routes);
    std::size_t anew = 0;
    for (auto const& r : routes.routes()) {
        if (r->allow.level != http::access::kind::permitted) continue;
        bool const of_rights =
            r->allow.resource == "users" || r->allow.resource == "roles" || r->allow.resource == "api-keys";
        bool const asks_only = r->verb == http::method::get || r->declared->retry == http::replay::none;
        auto const speaks_of = [&](std::string_view word) { return r->path.find(word) != std::string::npos; };
        bool const refunds = r->operation == "transitionOrder";  // by cancelling
        bool const of_money = speaks_of("payment") || speaks_of("refund") || refunds;
        bool const of_people = speaks_of("export") || speaks_of("eras");  // what leaves, or is gone for good
        EXPECT_EQ(r->allow.looks_again, ((of_rights || of_money) && !asks_only) || of_people) << r->operation;
        anew += r->allow.looks_again ? 1 : 0;
    }
    EXPECT_GE(anew, 8u);
}

}  // namespace
