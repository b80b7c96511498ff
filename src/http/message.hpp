// One HTTP/1.1 message on its way in. Beast's parser reads it, fed by hand; the strict gate stands
// before and behind it and refuses what RFC 9110 and 9112 say a server must refuse.
#pragma once

#include "http/body.hpp"
#include "http/call.hpp"

#include <cstdint>

namespace http {

struct limits {
    std::size_t head_bytes = 16 * 1024;  // request line and header fields
    std::size_t target_bytes = 8 * 1024;
    std::size_t fields_count = 64;
    body_limits body;
};

// How the body is delimited and what the connection does afterwards.
struct framing {
    bool keep_alive = true;
    bool old_client = false;  // HTTP/1.0: it is told when the connection is kept
    bool chunked = false;
    bool expect_continue = false;
    std::uint64_t content_length = 0;

    bool has_body() const { return chunked || content_length > 0; }
};

class message {
public:
    explicit message(limits const& l) : limits_(l) {}

    // The length of the head at the front of `bytes` (with its empty line), or 0 while it is not whole.
    static std::size_t head_length(std::string_view bytes);

    // Reads a whole head. Failure: the connection cannot go on.
    core::result<core::nothing> read_head(std::string_view head);

    // Takes body bytes; returns how many were used. `complete()` says whether it is all there.
    core::result<std::size_t> read_body(std::string_view bytes, std::size_t body_limit) {
        return body_.read(bytes, in_.body, body_limit);
    }
    bool complete() const { return body_.complete(); }

    request& in() { return in_; }
    framing const& how() const { return how_; }
    bool options() const { return options_; }

private:
    core::result<core::nothing> judge_fields(int version);
    core::result<core::nothing> judge_framing(int version);
    core::result<core::nothing> judge_target(std::string_view method, std::string_view target);
    bool once(std::string_view name) const;
    bool connection_says(std::string_view option) const;
    std::size_t count(std::string_view name) const;

    limits limits_;
    request in_;
    framing how_;
    bool options_ = false;
    body_reader body_;
};

}  // namespace http
