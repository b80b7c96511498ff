// expect: ignoring return value of function declared with 'nodiscard' attribute
// or: declared with attribute 'nodiscard'
// Whether it succeeded has to be asked.
#include "core/result.hpp"

core::result<int> reserve();
void wrong() { reserve(); }
