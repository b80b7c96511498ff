// expect: its least length is at most its greatest
// No text is at least ten and at most five characters long.
#include "core/text.hpp"

core::text<10, 5> wrong;
