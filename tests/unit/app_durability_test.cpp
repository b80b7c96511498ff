// What is said of a database that may lose what it has promised to keep.
#include "app/durability.hpp"

#include <gtest/gtest.h>

namespace {

TEST(durability, names_every_setting_that_is_off_and_only_those) {
    struct {
        std::array<std::string, 3> values;
        char const* says;
    } const cases[] = {
        {{"on", "on", "on"}, ""},
        {{"on", "on", "remote_apply"}, ""},
        {{"on", "on", "local"}, ""},
        {{"off", "on", "on"}, "fsync is off"},
        {{"on", "off", "off"}, "full_page_writes is off, synchronous_commit is off"},
    };
    for (auto const& c : cases) EXPECT_EQ(app::missing_durability(c.values), c.says);
}

}  // namespace
