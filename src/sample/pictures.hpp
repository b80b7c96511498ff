// The sample's pictures: the project's own drawings, one for each branch of the shop in four colourings.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

inline constexpr std::string_view pictures_path = "/sample/";

// "rope-sea.svg", for the product of that number in a branch of the shop ("Rope & Line").
std::string picture_name(std::string_view branch, std::size_t number);

std::vector<std::string> picture_names();  // all there are

// As SVG; nothing when no picture has that name.
std::optional<std::string> draw(std::string_view name);

}  // namespace sample
