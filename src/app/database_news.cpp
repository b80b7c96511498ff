#include "app/database_news.hpp"

#include "observe/log.hpp"

namespace app {

void log_database_news(db::news const& n) {
    using enum db::news::kind;
    switch (n.what) {
        case away:
            return observe::error("the database cannot be reached", {{"what", n.words}, {"times", n.times}});
        case back: return observe::info("the database is back");
        case lost:
            return observe::warning("a connection to the database was lost",
                                    {{"what", n.words}, {"times", n.times}});
        case shedding:
            return observe::warning("requests are refused: the queue for the database is full",
                                    {{"what", n.words}, {"times", n.times}});
        case pooled: return observe::warning(pooler_remedy, {{"what", n.words}});
    }
}

}  // namespace app
