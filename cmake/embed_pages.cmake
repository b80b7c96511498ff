# Script: writes OUT, a C++ file with the files of FOLDER as bytes, each with its media type.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)
set(arrays "")
set(table "")
set(number 0)
foreach(file ${files})
  file(READ ${FOLDER}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  if(file MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(file MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  else()
    message(FATAL_ERROR "src/app/pages/${file}: what is its media type?")
  endif()
  string(APPEND arrays "constexpr char page_${number}[] = {${bytes}};\n")
  string(APPEND table "    {\"${file}\", \"${type}\", {page_${number}, sizeof page_${number}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT}.new
"// Made from src/app/pages by cmake/embed_pages.cmake.
#include \"app/pages.hpp\"

namespace app {
namespace {
${arrays}
constexpr page all[] = {
${table}};
}  // namespace

std::span<page const> embedded_pages() { return all; }

}  // namespace app
")
file(RENAME ${OUT}.new ${OUT})
