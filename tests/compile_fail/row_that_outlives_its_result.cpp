// expect: borrows<borrowed>
// A row that lies in the result may not leave it.
#include "db/database.hpp"

#include <boost/describe/class.hpp>

struct borrowed {
    std::string_view word;
};
BOOST_DESCRIBE_STRUCT(borrowed, (), (word))

std::vector<borrowed> kept(db::ticket<borrowed> const& t) { return t.all(); }
