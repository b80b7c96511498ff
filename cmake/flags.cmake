# How everything is compiled: warnings are errors (with clang, which the tests run with), release is hardened,
# sanitizers by option.
add_library(carrack_flags INTERFACE)
target_compile_options(carrack_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-omit-frame-pointer)
# Designated initialisers leave optional members out on purpose: each has its default.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(carrack_flags INTERFACE -Werror -Wno-missing-designated-field-initializers)
else()
  target_compile_options(carrack_flags INTERFACE -Wno-missing-field-initializers)
endif()
target_include_directories(carrack_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(carrack_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY CARRACK_VERSION="${PROJECT_VERSION}")

if(CARRACK_SANITIZE)
  target_compile_options(carrack_flags INTERFACE -fsanitize=${CARRACK_SANITIZE} -fno-sanitize-recover=all -O1 -g)
  target_link_options(carrack_flags INTERFACE -fsanitize=${CARRACK_SANITIZE})
else()
  target_compile_options(carrack_flags INTERFACE $<$<CONFIG:Release>:-fstack-protector-strong>)
  target_compile_definitions(carrack_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS>)
  target_link_options(carrack_flags INTERFACE -pie -Wl,-z,relro,-z,now -Wl,--gc-sections)
  target_compile_options(carrack_flags INTERFACE -ffunction-sections -fdata-sections)
endif()

if(CARRACK_COVERAGE)
  target_link_options(carrack_flags INTERFACE -fprofile-instr-generate)
endif()

find_program(MOLD mold)
if(MOLD)
  target_link_options(carrack_flags INTERFACE -fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
