# tidemark_room(<name> [DEPS <room>...] [LIBS <target>...])
#
# Makes the library tidemark_<name> of src/<name>/**.cc, without tests and without main.cc; an
# INTERFACE library where the room is headers only; nothing where the folder does not exist.
# TIDEMARK_ROOMS collects the rooms that exist.
function(tidemark_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "DEPS;LIBS")
  set(folder "${CMAKE_SOURCE_DIR}/src/${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cc")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${folder}/*.h")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/${name}/main\\.cc$")
  if(NOT sources AND NOT headers)
    return()
  endif()

  set(links tidemark_flags ${room_LIBS})
  foreach(dep IN LISTS room_DEPS)
    if(TARGET tidemark_${dep})
      list(APPEND links tidemark_${dep})
    endif()
  endforeach()

  if(sources)
    add_library(tidemark_${name} STATIC ${sources} ${headers})
    target_link_libraries(tidemark_${name} PUBLIC ${links})
    set(quick "")
    if(TIDEMARK_SANITIZE AND name IN_LIST TIDEMARK_QUICK_ROOMS)
      set(quick QUICK)
    endif()
    tidemark_precompile(tidemark_${name} ${quick})
    tidemark_unity(tidemark_${name})
  else()
    add_library(tidemark_${name} INTERFACE)
    target_link_libraries(tidemark_${name} INTERFACE ${links})
  endif()
  set(TIDEMARK_ROOMS ${TIDEMARK_ROOMS} ${name} PARENT_SCOPE)
endfunction()

# tidemark_program(<name> <main source>): the binary, which is the cli room and its main.
function(tidemark_program name source)
  if(NOT EXISTS "${CMAKE_SOURCE_DIR}/${source}" OR NOT TARGET tidemark_cli)
    message(STATUS "The program ${name} is left out: ${source} or its room does not exist")
    return()
  endif()
  add_executable(${name} "${source}")
  target_link_libraries(${name} PRIVATE tidemark_cli)
  tidemark_precompile(${name})
endfunction()

# tidemark_link_rooms(<target> [room...]): links rooms to a target where they exist.
function(tidemark_link_rooms target)
  foreach(room IN LISTS ARGN)
    if(TARGET tidemark_${room})
      target_link_libraries(${target} PUBLIC tidemark_${room})
    endif()
  endforeach()
endfunction()

# tidemark_link_included_rooms(<target> <source>): links the rooms whose headers a source includes, so
# that a fuzzer or a benchmark of one room does not wait for all the others to compile.
function(tidemark_link_included_rooms target source)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  file(STRINGS "${source}" lines REGEX "^#include \"[a-z_]+/")
  list(TRANSFORM lines REPLACE "^#include \"([a-z_]+)/.*" "\\1" OUTPUT_VARIABLE rooms)
  list(REMOVE_DUPLICATES rooms)
  tidemark_link_rooms(${target} ${rooms})
endfunction()

# tidemark_precompile(<target> [TESTS] [QUICK]): one precompiled header for the product and one for tests.
# QUICK: for code that is compiled without optimisation, because it spends its time elsewhere.
function(tidemark_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TESTS;QUICK" "" "")
  set(shared tidemark_pch)
  if(arg_TESTS)
    set(shared tidemark_test_pch)
  endif()
  set(quick "")
  if(arg_QUICK)
    string(APPEND shared _quick)
    set(quick ${TIDEMARK_QUICK_FLAGS})
  endif()
  target_compile_options(${target} PRIVATE ${quick})
  if(NOT TIDEMARK_PCH)
    return()
  endif()
  if(NOT TARGET ${shared})
    file(WRITE "${CMAKE_BINARY_DIR}/pch/${shared}.cc" "")
    add_library(${shared} OBJECT "${CMAKE_BINARY_DIR}/pch/${shared}.cc")
    target_link_libraries(${shared} PRIVATE tidemark_flags fmt::fmt Threads::Threads)
    target_compile_options(${shared} PRIVATE ${quick})
    target_precompile_headers(${shared} PRIVATE
      <algorithm> <array> <atomic> <chrono> <cstddef> <cstdint> <cstring> <expected>
      <filesystem> <functional> <map> <memory> <mutex> <optional> <span> <string>
      <string_view> <thread> <unordered_map> <utility> <variant> <vector>
      <fmt/format.h> <fmt/ranges.h>)
    if(arg_TESTS)
      target_link_libraries(${shared} PRIVATE GTest::gmock)
      target_precompile_headers(${shared} PRIVATE <gtest/gtest.h> <gmock/gmock.h>)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
endfunction()
