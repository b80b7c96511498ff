// What a handler, a job or a command works with: the database within its deadline, the services of
// its thread, and who is acting.
#pragma once

#include "db/database.hpp"
#include "http/call.hpp"

#include <memory>
#include <stdexcept>

namespace work {

// One for each event loop. Services that a domain needs are put in by type when the thread starts.
class environment final : public http::environment {
public:
    explicit environment(db::database& d) : database_(&d) {}

    db::database& database() const { return *database_; }

    template <class Service>
    void lend(Service& s) {
        services_.emplace_back(&tag<Service>, &s);
    }

    template <class Service>
    Service& get() const {
        for (auto const& [what, service] : services_)
            if (what == &tag<Service>) return *static_cast<Service*>(service);
        throw std::logic_error("a service was asked for that this thread was not lent");
    }

    // The one that was lent; else one of its own, made when it is first asked for: Service(database&).
    template <class Service>
    Service& lent_or_own() {
        for (auto const& [what, service] : services_)
            if (what == &tag<Service>) return *static_cast<Service*>(service);
        auto made = std::make_shared<Service>(*database_);
        owned_.push_back(made);
        lend(*made);
        return *made;
    }

private:
    template <class Service>
    static constexpr char tag = 0;  // its address names the type

    db::database* database_;
    std::vector<std::pair<void const*, void*>> services_;
    std::vector<std::shared_ptr<void>> owned_;
};

inline environment& environment_of(http::call& c) { return static_cast<environment&>(c.env); }

// The database, by the request's deadline, counted on the request's meter.
inline db::scope database(http::call& c) { return environment_of(c).database().use(c.by, &c.meter); }

template <class Service>
Service& service(http::call& c) {
    return environment_of(c).get<Service>();
}

// Who did it and by what right: what the audit entry and the history say.
struct actor {
    http::principal_kind kind = http::principal_kind::system;
    std::optional<core::uuid> id;
    std::string action;  // "PATCH /v1/admin/products/{id}"; for a command: "carrack import"
    std::string request_id;
    std::string address;
};

actor actor_of(http::call const& c);
actor command(std::string name);  // the system, through a command of the binary

}  // namespace work
