// How far a long piece of work has come, on standard error: a bar where somebody watches, lines where a log
// does.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace app {

class progress {
public:
    // `unit` is what is counted: "products".
    progress(std::string what, std::size_t total, std::string unit);
    ~progress();  // takes the bar away
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    void show(std::size_t done);

private:
    void draw_bar(std::size_t done);

    std::string what_;
    std::string unit_;
    std::size_t total_;
    bool terminal_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point last_line_;
};

}  // namespace app
