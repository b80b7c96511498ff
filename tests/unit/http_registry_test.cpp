// What the list of routes and the document made of it refuse to hold: two of one name. It is the program's
// mistake, and ends it at its start.
#include "http/bind.hpp"
#include "http/registry.hpp"

#include <boost/describe/class.hpp>

#include <gtest/gtest.h>

namespace {

core::task<http::reply> nothing(http::call&) { co_return http::reply{}; }

TEST(http_registry, refuses_two_routes_of_one_name) {
    http::registry all;
    all.add_raw(http::method::get, "/a", "showA", nothing);
    EXPECT_THROW(all.add_raw(http::method::get, "/b", "showA", nothing), std::logic_error);
}

TEST(http_registry, refuses_two_routes_of_one_address_and_method) {
    http::registry all;
    all.add_raw(http::method::get, "/a/{id}", "showA", nothing);
    all.add_raw(http::method::post, "/a/{id}", "addA", nothing);
    EXPECT_THROW(all.add_raw(http::method::get, "/a/{name}", "findA", nothing), std::logic_error);
    EXPECT_NO_THROW(all.add_raw(http::method::get, "/a/b", "showB", nothing));
}

TEST(http_registry, refuses_raw_routes_where_staff_work) {
    http::registry all;
    EXPECT_THROW(all.add_raw(http::method::post, "/v1/admin/a", "doA", nothing), std::logic_error);
    EXPECT_NO_THROW(all.add_raw(http::method::post, "/v1/internal/a", "doA", nothing));
}

namespace here {
struct parcel {
    std::int64_t weight = 0;
};
BOOST_DESCRIBE_STRUCT(parcel, (), (weight))
}  // namespace here
namespace there {
struct parcel {
    std::string label;
};
BOOST_DESCRIBE_STRUCT(parcel, (), (label))
}  // namespace there

TEST(http_registry, refuses_two_types_of_one_name_in_the_document) {
    http::components all;
    boost::json::value out;
    http::codec<here::parcel>::schema(out, all);
    EXPECT_NO_THROW(http::codec<here::parcel>::schema(out, all)) << "the same one again";
    EXPECT_THROW(http::codec<there::parcel>::schema(out, all), std::logic_error);
    EXPECT_EQ(all.schemas.size(), 1U);
}

}  // namespace
