// What becomes of an answered request: a line in the log, a count in the metrics, a complaint when it cost
// more statements than its endpoint declares, and, after a commit, the housekeeping's and the sealer's turn.
#pragma once

#include "app/housekeeping.hpp"
#include "app/sealer.hpp"
#include "http/dispatch.hpp"
#include "observe/metrics.hpp"

namespace app {

// Shared by all threads.
class request_counts {
public:
    explicit request_counts(http::registry const& routes);
    void count(http::call const& c, http::reply const& r, std::uint64_t us) const;
    void connections(int change) const { open_.add(change); }
    void ended(http::ending why) const;

private:
    observe::request_metrics by_route_;
    std::size_t unmatched_;
    std::vector<observe::counter> over_budget_;  // by route
    std::vector<observe::counter> statements_;
    std::vector<observe::counter> ended_;  // by reason
    observe::gauge open_;
    observe::histogram waited_;
};

class request_watch final : public http::observer {  // one for each event loop
public:
    request_watch(request_counts const& counts, housekeeping& keeper, sealer& seals, db::database& d)
        : counts_(&counts),
          keeper_(&keeper),
          seals_(std::make_shared<sealer::seat>(seals, d)),
          database_(&d) {}
    // What a process before this one has left to be sealed.
    void begin() { sealer::seat::due(seals_); }
    void finished(http::call const& c, http::reply const& r, http::timing const& t) override;
    void threw(http::call const& c, std::string_view what) override;
    void connections(int change) override;
    void ended(http::ending why) override;

private:
    request_counts const* counts_;
    housekeeping* keeper_;
    std::shared_ptr<sealer::seat> seals_;
    db::database* database_;
    bool flush_due_ = false;
};

// For the listener of the metrics, whose requests are nobody's business.
class unwatched_requests final : public http::observer {
public:
    void finished(http::call const&, http::reply const&, http::timing const&) override {}
    void threw(http::call const& c, std::string_view what) override;
    void connections(int) override {}
    void ended(http::ending) override {}
};

}  // namespace app
