// A request's body on its way in: so many bytes, or chunks (RFC 9112, 7.1). Read byte for byte, so that the
// verdict does not depend on how the network cut the message into pieces. Internal to http.
#pragma once

#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace http {

struct body_limits {
    // Of one message, and a 64th of the body's limit on top: all that is not the body itself.
    std::size_t framing_bytes = 32 * 1024;
};

class body_reader {
public:
    body_reader() = default;  // no body
    static body_reader of_length(std::uint64_t n);
    static body_reader of_chunks(body_limits limits);

    bool complete() const { return at_ == place::end; }

    // Appends to `into` what belongs to it and returns how many bytes were used: all, until complete().
    core::result<std::size_t> read(std::string_view bytes, std::string& into, std::size_t body_limit);

    static constexpr std::size_t chunk_line_max = 128;  // size and extensions of one chunk

private:
    // Where in the message the next byte stands.
    enum class place : std::uint8_t {
        line,
        line_end,
        data,
        data_cr,
        data_lf,
        last_cr,
        last_lf,
        counted,
        end
    };

    core::result<core::nothing> frame(char c, std::size_t already, std::size_t body_limit);
    core::result<core::nothing> line_byte(char c);

    place at_ = place::end;
    body_limits limits_;
    std::uint64_t left_ = 0;  // of the chunk, or of the body
    std::size_t framing_bytes_ = 0;
    std::size_t line_bytes_ = 0;
    std::array<char, chunk_line_max> line_;
};

}  // namespace http
