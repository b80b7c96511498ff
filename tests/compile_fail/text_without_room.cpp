// expect: static assertion failed due to requirement '10UL <= 5UL'
// No text is at least ten and at most five characters long.
#include "core/text.hpp"

core::text<10, 5> wrong;
