// expect: ignoring return value of function declared with 'nodiscard' attribute
// or: declared with attribute 'nodiscard'
// A coroutine that nobody awaits never runs.
#include "core/task.hpp"

core::task<int> reserve();
core::task<int> wrong() {
    reserve();
    co_return 1;
}
