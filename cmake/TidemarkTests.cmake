# Tests.
#   src/<room>/**/*_test.cc   one binary a room, tidemark_<room>_tests        label "unit"
#   tests/**/*_test.cc        one binary, tidemark_program_tests, in shards   label "program"
#   tests/capture/*_test.cc   another, all in one process after the other     label "live"
#   tests/**/*_test.sh        one CTest test each        label "script", or "live" where it
#                             goes by the clock with servers and other processes, and "slow"
#                             where a line "# slow: WHY" says that ./check leaves it to --full
#   tests/support/            helpers, linked into every test binary
# What computes says PROCESSORS 2, what waits for other processes 1: ./check runs twice as many at a time
# as there are processors.
# Each binary is one CTest test (the program tests are a few shards) and leaves its counts as XML
# in <build>/test-results/, which tools/tally.py adds up.

enable_testing()
set(TIDEMARK_TEST_RESULTS "${CMAKE_BINARY_DIR}/test-results")
set(TIDEMARK_SANITIZER_ENV
    "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
    "TSAN_OPTIONS=halt_on_error=1")
find_program(SYMBOLIZER_PROGRAM NAMES llvm-symbolizer-19 addr2line)
if(SYMBOLIZER_PROGRAM)
  list(APPEND TIDEMARK_SANITIZER_ENV
       "ASAN_SYMBOLIZER_PATH=${SYMBOLIZER_PROGRAM}" "UBSAN_SYMBOLIZER_PATH=${SYMBOLIZER_PROGRAM}")
endif()

if(PYTHON3_PROGRAM)
  add_test(NAME layers
           COMMAND "${PYTHON3_PROGRAM}" "${CMAKE_SOURCE_DIR}/tools/check_layers.py")
  set_tests_properties(layers PROPERTIES LABELS lint)
endif()

if(NOT TIDEMARK_TESTS)
  return()
endif()

# One file knows where things are: see tests/support/places.h.
set_source_files_properties("${CMAKE_SOURCE_DIR}/tests/support/places.cc" PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON COMPILE_DEFINITIONS
  "TIDEMARK_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\";TIDEMARK_BINARY=\"${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tidemark\"")
file(GLOB_RECURSE support_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/support/*.cc")
list(FILTER support_sources EXCLUDE REGEX "_test\\.cc$")
if(support_sources)
  add_library(tidemark_test_support STATIC ${support_sources})
  target_link_libraries(tidemark_test_support PUBLIC tidemark_test_flags)
  tidemark_precompile(tidemark_test_support TESTS)
  tidemark_unity(tidemark_test_support TESTS)
else()
  add_library(tidemark_test_support INTERFACE)
  target_link_libraries(tidemark_test_support INTERFACE tidemark_test_flags)
endif()
add_library(tidemark_test_flags INTERFACE)
target_include_directories(tidemark_test_flags INTERFACE "${CMAKE_SOURCE_DIR}/tests")
# GCC 12 sees writes past the end in the joining of strings that end up in an initializer list
# (GCC bug 105329). In tests the sanitizers look after that.
target_compile_options(tidemark_test_flags INTERFACE
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow>")
target_link_libraries(tidemark_test_flags INTERFACE
  tidemark_flags GTest::gmock_main GTest::gtest nlohmann_json::nlohmann_json simdjson::simdjson)
foreach(room base heap series host)
  if(TARGET tidemark_${room})
    target_link_libraries(tidemark_test_flags INTERFACE tidemark_${room})
  endif()
endforeach()

# tidemark_test_binary(<name> LABEL <label> SHARDS <n> ROOMS <room>... SOURCES <file>...)
function(tidemark_test_binary name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;SHARDS" "ROOMS;SOURCES")
  add_executable(${name} ${arg_SOURCES})
  tidemark_link_rooms(${name} ${arg_ROOMS})
  target_link_libraries(${name} PUBLIC tidemark_test_support)
  set(quick QUICK)
  if(arg_ROOMS IN_LIST TIDEMARK_COMPUTING_TESTS)
    set(quick "")
  endif()
  tidemark_precompile(${name} TESTS ${quick})
  if(arg_LABEL STREQUAL program)
    tidemark_unity(${name} TESTS)
  else()
    tidemark_unity(${name})
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(test "${name}")
    if(last GREATER 0)
      set(test "${name}.${shard}")
    endif()
    add_test(NAME ${test} COMMAND ${name} --gtest_brief=1
             "--gtest_output=xml:${TIDEMARK_TEST_RESULTS}/${test}.xml")
    set_tests_properties(${test} PROPERTIES LABELS "${arg_LABEL};google" TIMEOUT 600 PROCESSORS 2
      ENVIRONMENT
      "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard};${TIDEMARK_SANITIZER_ENV}")
  endforeach()
endfunction()

# The thread sanitizer has nothing to say of a test file that starts no threads: by the rule of
# docs/hacking.md, one in which no test's name says so.
function(tidemark_keep_thread_tests list)
  foreach(source IN LISTS ${list})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
    file(STRINGS "${source}" tests REGEX "^TEST.*(Thread|Parallel|Cancel)")
    if(tests)
      list(APPEND kept "${source}")
    endif()
  endforeach()
  set(${list} ${kept} PARENT_SCOPE)
endfunction()

add_custom_target(unit_tests)
add_custom_target(program_tests)
foreach(room IN LISTS TIDEMARK_ROOMS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${room}/*_test.cc")
  if(TIDEMARK_SANITIZE STREQUAL thread)
    tidemark_keep_thread_tests(sources)
  endif()
  if(sources)
    set(shards 1)
    if(room STREQUAL formats)
      set(shards 2) # with the sanitizers, longer than those of all other rooms together
    endif()
    tidemark_test_binary(tidemark_${room}_tests
      LABEL unit SHARDS ${shards} ROOMS ${room} SOURCES ${sources})
    add_dependencies(unit_tests tidemark_${room}_tests)
  endif()
endforeach()

if(NOT TARGET tidemark)
  return()
endif()

# tidemark_program_test_binary(<name> SHARDS <n> SOURCES <file>...)
function(tidemark_program_test_binary name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SHARDS" "SOURCES")
  if(NOT arg_SOURCES)
    return()
  endif()
  tidemark_test_binary(${name}
    LABEL program SHARDS ${arg_SHARDS} ROOMS ${TIDEMARK_ROOMS} SOURCES ${arg_SOURCES})
  add_dependencies(${name} tidemark)
  add_dependencies(program_tests ${name})
endfunction()

# Captures go one at a time on a host, so their tests do too.
file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/*_test.cc")
set(capture_sources ${sources})
list(FILTER capture_sources INCLUDE REGEX "/tests/capture/")
list(FILTER sources EXCLUDE REGEX "/tests/capture/")
tidemark_program_test_binary(tidemark_program_tests SHARDS 4 SOURCES ${sources})
tidemark_program_test_binary(tidemark_capture_program_tests SHARDS 1 SOURCES ${capture_sources})
if(TARGET tidemark_capture_program_tests)
  set_tests_properties(tidemark_capture_program_tests PROPERTIES LABELS "live;google" COST 100 PROCESSORS 1)
endif()

file(GLOB_RECURSE scripts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/*_test.sh")
foreach(script IN LISTS scripts)
  cmake_path(RELATIVE_PATH script BASE_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE test)
  add_test(NAME ${test} COMMAND bash "${script}")
  set(label script)
  set(cost 1)
  if(test MATCHES "^tests/(capture|reproduce|supervise|watch)/")
    set(label live)
    set(cost 50) # the long ones first, so that none runs on alone at the end
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${script}")
  file(STRINGS "${script}" slow REGEX "^# slow: ")
  if(slow)
    list(APPEND label slow)
  endif()
  set_tests_properties(${test} PROPERTIES LABELS "${label}" COST ${cost} TIMEOUT 600 SKIP_RETURN_CODE 77
    ENVIRONMENT
    "TIDEMARK=$<TARGET_FILE:tidemark>;TIDEMARK_SOURCE_DIR=${CMAKE_SOURCE_DIR};${TIDEMARK_SANITIZER_ENV}")
endforeach()
