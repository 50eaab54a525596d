# tidemark_unity(<target> [TESTS]): compiles the sources of a target in groups, each as one text, where
# TIDEMARK_UNITY says so; tools/groups.py says which files go together.
function(tidemark_unity target)
  set(wanted ON)
  if(TIDEMARK_UNITY STREQUAL "TESTS")
    cmake_parse_arguments(PARSE_ARGV 1 arg "TESTS" "" "")
    set(wanted ${arg_TESTS})
  endif()
  if(NOT TIDEMARK_UNITY OR NOT wanted OR NOT PYTHON3_PROGRAM)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "^${CMAKE_SOURCE_DIR}/.*\\.cc$")
  execute_process(
    COMMAND "${PYTHON3_PROGRAM}" "${CMAKE_SOURCE_DIR}/tools/groups.py" 10 ${sources}
    OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  # What goes together depends on what is in the files.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${sources} "${CMAKE_SOURCE_DIR}/tools/groups.py")
  string(REGEX MATCHALL "[^\n]+" lines "${lines}")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([0-9]+) (.*)$" line "${line}")
    set_source_files_properties("${CMAKE_MATCH_2}" PROPERTIES UNITY_GROUP ${CMAKE_MATCH_1})
  endforeach()
  # Where a type of an unnamed namespace is a member, GCC asks for the file to be the main one.
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
