# Puts the files of `folder` that match `pattern` into the binary: at build time `script` makes `out` of them. Their names
# stand in the command, so that a file that was renamed or taken away is noticed, however old it is.
function(carrack_embed target folder pattern script out)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/${pattern})
  string(SHA256 names "${files}")
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUT=${out} -DNAMES=${names} -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Embedding ${folder}"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# migrations/*.sql, as src/db/embedded.hpp's arrays.
function(carrack_embed_migrations target)
  carrack_embed(${target} ${CMAKE_SOURCE_DIR}/migrations *.sql ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/embedded_migrations.cpp)
endfunction()

function(carrack_embed_pages target)
  carrack_embed(${target} ${CMAKE_SOURCE_DIR}/src/app/pages * ${CMAKE_SOURCE_DIR}/cmake/embed_pages.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/embedded_pages.cpp)
endfunction()

function(carrack_embed_common_passwords target)
  carrack_embed(${target} ${CMAKE_SOURCE_DIR}/src/identity common_passwords.list
    ${CMAKE_SOURCE_DIR}/cmake/embed_common_passwords.cmake ${CMAKE_CURRENT_BINARY_DIR}/embedded_common_passwords.cpp)
endfunction()
