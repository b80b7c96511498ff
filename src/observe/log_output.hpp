// Where the log's lines go: a descriptor whose reader may be slow, stopped or gone, and must never stop
// the server. Used within this layer only; its caller sees to it that one thread writes at a time.
#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace observe {

class log_output {
public:
    log_output() = default;
    explicit log_output(int fd);  // `fd` stays the caller's
    ~log_output();
    log_output(log_output&& other) noexcept;
    log_output& operator=(log_output&& other) noexcept;

    // Writes whole lines and returns the number of bytes that were dropped. A reader who is behind gets
    // a moment's patience, and then none for some seconds: what does not fit at once is lost.
    std::size_t write(std::string_view lines);

private:
    // How to write without waiting, although the descriptor may be a blocking one that others share.
    enum class manner : std::uint8_t { plain, send, poll_first };

    std::size_t write_some(std::string_view text, core::deadline until);
    bool wait_writable(core::deadline until) const;

    int fd_ = 2;
    bool own_ = false;  // a description of our own, which does not block
    manner how_ = manner::poll_first;
    bool cut_ = false;  // the last line that was written ends in the middle
    core::deadline impatient_until_{};
};

}  // namespace observe
