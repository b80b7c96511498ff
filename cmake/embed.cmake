# Puts migrations/*.sql into the binary: at build time they become src/db/embedded.hpp's arrays.
function(carrack_embed_migrations target)
  set(folder ${CMAKE_SOURCE_DIR}/migrations)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_migrations.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    COMMENT "Embedding the migrations"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# The same for src/app/pages.
function(carrack_embed_pages target)
  set(folder ${CMAKE_SOURCE_DIR}/src/app/pages)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_pages.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/embed_pages.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_pages.cmake
    COMMENT "Embedding the pages"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
