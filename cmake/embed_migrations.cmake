# Script: writes OUT, a C++ file with every NNNN_name.sql of FOLDER and its grants.sql as bytes.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*.sql)
list(SORT files)
set(arrays "")
set(table "")
foreach(file ${files})
  file(READ ${FOLDER}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  if(file STREQUAL "grants.sql")
    set(symbol grants_bytes)
  elseif(file MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    set(number ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    set(symbol migration_${number})
    string(REGEX REPLACE "^0+" "" plain ${number})
    file(SHA256 ${FOLDER}/${file} checksum)
    string(APPEND table "    {${plain}, \"${name}\", {${symbol}, sizeof ${symbol}}, \"${checksum}\"},\n")
  else()
    message(FATAL_ERROR "migrations/${file} is called neither NNNN_name.sql nor grants.sql")
  endif()
  string(APPEND arrays "constexpr char ${symbol}[] = {${bytes}};\n")
endforeach()
file(WRITE ${OUT}.new
"// Made from migrations/*.sql by cmake/embed_migrations.cmake.
#include \"db/migrate.hpp\"

namespace db {
namespace {
${arrays}
constexpr migration all[] = {
${table}};
}  // namespace

std::span<migration const> embedded_migrations() { return all; }
std::string_view embedded_grants() { return {grants_bytes, sizeof grants_bytes}; }

}  // namespace db
")
file(RENAME ${OUT}.new ${OUT})
