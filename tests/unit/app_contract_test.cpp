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

}  // namespace
