# Script: writes OUT, a C++ file with the lines of FOLDER/common_passwords.list that are no comments, as bytes.
file(READ ${FOLDER}/common_passwords.list hex HEX)
# The two lines of comment begin with '#' (23) and end with a line feed (0a).
string(REGEX MATCH "^(23([1-9a-f][0-9a-f]|0[0-9b-f])*0a)+" comments "${hex}")
string(LENGTH "${comments}" begin)
string(SUBSTRING "${hex}" ${begin} -1 hex)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE ${OUT}.new
"// Made from common_passwords.list by cmake/embed_common_passwords.cmake.
#include \"identity/passwords.hpp\"

namespace identity {
namespace {
constexpr char bytes[] = {${bytes}};
}  // namespace

std::string_view common_passwords() { return {bytes, sizeof bytes}; }

}  // namespace identity
")
file(RENAME ${OUT}.new ${OUT})
