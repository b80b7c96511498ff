// The program's entry. Everything it does is in the commands.
#include "app/command.hpp"

#include <unistd.h>

int main(int count, char** words) {
    std::span<char const* const> const all(words, static_cast<std::size_t>(count));
    return app::run_program(all.subspan(all.empty() ? 0 : 1), ::environ);
}
