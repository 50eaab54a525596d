# Puts the files of src/preload/ that apps load into the preload room: all of ruby/ and node/, and the
# shared library of native/. Run as a script (cmake -P) it writes the table; see src/preload/embedded.h.

if(CMAKE_SCRIPT_MODE_FILE)
  # -DOUTPUT=<.cc> -DFILES=<name=path;...>
  set(text "#include \"preload/embedded.h\"\n\n#include <array>\n\nnamespace tidemark {\nnamespace {\n\n")
  set(table "")
  set(number 0)
  foreach(file IN LISTS FILES)
    string(REGEX REPLACE "=.*" "" name "${file}")
    string(REGEX REPLACE "^[^=]*=" "" path "${file}")
    file(READ "${path}" hex HEX)
    string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${hex}")
    string(LENGTH "${hex}" length)
    math(EXPR length "${length} / 2")
    # A quote per 64 bytes keeps lines short.
    string(REGEX REPLACE "((\\\\x..)(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?)" "\\1\"\n    \"" bytes "${bytes}")
    string(APPEND text "constexpr char kFile${number}[] =\n    \"${bytes}\";\n\n")
    string(APPEND table "    EmbeddedFile{.name = \"${name}\", .content = {kFile${number}, ${length}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND text "constexpr std::array kFiles = {\n${table}};\n\n}  // namespace\n\n")
  string(APPEND text "std::span<const EmbeddedFile> embedded_files() { return kFiles; }\n\n}  // namespace tidemark\n")
  file(WRITE "${OUTPUT}" "${text}")
  return()
endif()

if(NOT TARGET tidemark_preload)
  return()
endif()

# The library is loaded into processes of any kind: no C++ runtime, no C library of ours (the
# process has one, glibc or musl), no sanitizer.
set(preload_library "${CMAKE_BINARY_DIR}/preload/take_socket.so")
add_library(tidemark_take_socket MODULE "${CMAKE_SOURCE_DIR}/src/preload/native/take_socket.cpp")
set_target_properties(tidemark_take_socket PROPERTIES
  PREFIX "" OUTPUT_NAME take_socket LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/preload")
target_compile_options(tidemark_take_socket PRIVATE -O2 -g0 -Wall -Wextra -fno-exceptions -fno-rtti
  -fno-stack-protector -fno-asynchronous-unwind-tables -fvisibility=hidden
  -U_FORTIFY_SOURCE -fno-lto)
target_link_options(tidemark_take_socket PRIVATE -nostdlib -Wl,--build-id=none -Wl,-s -Wl,-z,noexecstack)

file(GLOB preload_files CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/src/preload"
  "${CMAKE_SOURCE_DIR}/src/preload/ruby/*.rb" "${CMAKE_SOURCE_DIR}/src/preload/node/*.js")
set(preload_table "native/take_socket.so=${preload_library}")
foreach(file IN LISTS preload_files)
  list(APPEND preload_table "${file}=${CMAKE_SOURCE_DIR}/src/preload/${file}")
endforeach()
list(TRANSFORM preload_files PREPEND "${CMAKE_SOURCE_DIR}/src/preload/")
set(preload_source "${CMAKE_BINARY_DIR}/preload/embedded.cc")
add_custom_command(OUTPUT "${preload_source}"
  COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${preload_source}" "-DFILES=${preload_table}"
          -P "${CMAKE_SOURCE_DIR}/cmake/TidemarkPreload.cmake"
  DEPENDS tidemark_take_socket ${preload_files} "${CMAKE_SOURCE_DIR}/cmake/TidemarkPreload.cmake"
  COMMENT "Embedding the files that apps load" VERBATIM)
target_sources(tidemark_preload PRIVATE "${preload_source}")
