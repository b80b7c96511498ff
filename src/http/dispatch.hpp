// From a request to its reply, without sockets: route, identity, permission, keys and versions, then
// the handler. Everything that throws becomes a problem document here and nowhere else.
#pragma once

#include "http/forwarded.hpp"
#include "http/message.hpp"
#include "http/registry.hpp"

#include <functional>

namespace http {

struct timing {
    core::steady::time_point began;  // when the head was whole
    bool awaited = false;            // the body was not all there yet
    std::size_t bytes_in = 0;
    std::size_t bytes_out = 0;
    std::string_view reason =
        {};  // why a request that could not be read was refused; one of our own sentences
};

// Why a connection was ended from our side, other than by an answer.
enum class ending : std::uint8_t {
    idle,            // no request came
    head,            // a request's head took too long; told so with 408
    body,            // its body did; told so
    reading,         // the client took the answer too slowly
    handling,        // the answer did not come about in time
    full,            // too many connections already
    no_descriptors,  // the process may open no more files; the connection waits in the kernel
};
inline constexpr std::array<std::string_view, 7> ending_names{"idle",     "head", "body",          "reading",
                                                              "handling", "full", "no_descriptors"};

// Told of every answered request; also of those no route or parser took (c.to is null then).
struct observer {
    virtual ~observer() = default;
    virtual void finished(call const& c, reply const& r, timing const& t) = 0;
    virtual void threw(call const& c, std::string_view what) = 0;  // an exception that became 500
    virtual void connections(int change) = 0;                      // opened or closed
    virtual void ended(ending why) = 0;
};

struct cross_origin {
    std::vector<std::string> origins;  // exact matches; empty: no cross-origin access
};

struct services {
    registry const& routes;
    environment& env;
    doorkeeper& door;
    observer& watch;
    cross_origin cors;
    // What an exception means to the caller, when it isn't our bug: a database that is away.
    std::function<std::optional<core::problem>(std::exception_ptr)> explain;
    proxies behind;
    std::vector<std::string> pages = {};  // origins, besides our own, whose pages may use our cookies
};

class dispatcher {
public:
    explicit dispatcher(services s) : with_(std::move(s)) {}

    services const& with() const { return with_; }

    // Everything before the body. An answer ends the request; the body, if any, is not wanted then.
    core::task<std::optional<reply>> admit(call& c, message const& m, registry::match& found) const;
    // Once more, when the body was long in coming: what was taken away meanwhile lets nobody in.
    core::task<std::optional<reply>> admit_again(call& c) const;
    core::task<reply> answer(call& c, registry::match const& found) const;
    reply refuse(call& c, core::problem const& e) const;
    void share(call const& c, reply& r) const;  // with the page it was asked from (CORS)

private:
    std::optional<reply> shape(call& c, message const& m, registry::match& found) const;
    std::optional<core::problem> read_key(call& c) const;
    reply options_reply(call& c, message const& m) const;
    reply failed(call& c, std::exception_ptr why) const;
    void finish(call& c, reply& r) const;

    services with_;
};

// Our own form of an id that a client may send along: 1 to 128 of A-Z a-z 0-9 . _ -
bool is_request_id(std::string_view s);
wanted_version read_if_match(std::string_view field, bool given);
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace http
