// The words of the contract that no declaration holds: what its examples say, and what every list's
// parameters mean.
#pragma once

#include "http/openapi.hpp"

#include <span>

namespace app {

std::span<http::example_word const> example_words();
std::span<http::parameter_note const> parameter_notes();

}  // namespace app
