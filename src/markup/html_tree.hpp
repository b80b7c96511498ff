// Parses HTML as browsers do (the algorithm of the HTML standard, by libgumbo) within a budget of
// memory, and lends the tree to a function. Private to the sanitiser.
#pragma once

#include <string>
#include <string_view>

#include <gumbo.h>

namespace markup {

using tree_writer = std::string (*)(GumboNode const& root);

// `root` is the document's body. False when parsing needs more than the budget or the parser finds itself
// in a state that it rules out; `out` is then untouched.
bool with_html_tree(std::string_view html, tree_writer write, std::string& out);

}  // namespace markup
