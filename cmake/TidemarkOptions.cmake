# Compiler settings that hold for every target, and the switches that the presets turn.

option(TIDEMARK_WERROR "Treat warnings as errors" OFF)
option(TIDEMARK_PCH "Precompile the standard headers and fmt" ON)
option(TIDEMARK_LTO "Link-time optimisation" OFF)
option(TIDEMARK_TESTS "Build the tests when their libraries are installed" ON)
option(TIDEMARK_BENCH "Build the benchmarks when Google Benchmark is installed" OFF)
option(TIDEMARK_LIBFUZZER "Build the fuzzers with libFuzzer (Clang only)" OFF)
set(TIDEMARK_UNITY OFF CACHE STRING "Compile files in groups, each as one text: OFF, TESTS or ON")
set(TIDEMARK_SANITIZE "" CACHE STRING "Sanitizers to compile with, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# NDEBUG stays undefined: an assertion guards against our own mistakes only, and is cheap.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")
# A build type of our own, for the sanitizers: fast enough for tests over a million nodes.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")
# Rooms that spend no time of their own: the sanitizers see them as they are written, and they compile
# in half the time. No fuzzer goes through them.
set(TIDEMARK_QUICK_ROOMS answers cli report store supervise)
set(TIDEMARK_QUICK_FLAGS -O0)
if(TIDEMARK_LIBFUZZER)
  list(APPEND TIDEMARK_QUICK_FLAGS
    -fno-sanitize-coverage=trace-cmp,inline-8bit-counters,pc-table,indirect-calls)
endif()
# Rooms whose tests compute: brute force beside an answer, and millions of nodes. The code of all other
# tests is not optimised; what it tests is.
set(TIDEMARK_COMPUTING_TESTS analysis formats heap simulate verdict)

find_program(PYTHON3_PROGRAM python3)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for to cache a compilation that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      "${CCACHE_PROGRAM}")
endif()

# Every target of ours links this one, so a flag is stated once.
add_library(tidemark_flags INTERFACE)
target_include_directories(tidemark_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_definitions(tidemark_flags INTERFACE TIDEMARK_VERSION="${PROJECT_VERSION}")
target_compile_options(tidemark_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
# In a group of files, one may have a local name that another has as its own.
target_compile_options(tidemark_flags INTERFACE
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>)
# One code model for libraries and programs, so that they can share a precompiled header.
target_compile_options(tidemark_flags INTERFACE -fPIE)
target_link_options(tidemark_flags INTERFACE -pie)
# libstdc++ silences its own deprecated parts for GCC only; GCC still warns of those that we use.
target_compile_options(tidemark_flags INTERFACE
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(TIDEMARK_WERROR)
  target_compile_options(tidemark_flags INTERFACE -Werror)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  target_compile_options(tidemark_flags INTERFACE -march=x86-64-v2)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
  target_compile_definitions(tidemark_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(TIDEMARK_SANITIZE)
  # Null checks for references and pointers make GCC's own -Wall guess at paths that cannot occur.
  target_compile_options(tidemark_flags INTERFACE
    "-fsanitize=${TIDEMARK_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(tidemark_flags INTERFACE "-fsanitize=${TIDEMARK_SANITIZE}")
endif()
if(TIDEMARK_LIBFUZZER)
  # Coverage of every library, which is what steers the fuzzer.
  target_compile_options(tidemark_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(TIDEMARK_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# GCC collects garbage when its heap has grown by a third: here not before it has 500 MB, which is more than
# most files need. It takes a sixteenth of the time.
target_compile_options(tidemark_flags INTERFACE
  "$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-expand=200 --param ggc-min-heapsize=500000>")

if(TIDEMARK_PCH)
  # Lets ccache see which precompiled header a source file used, and that it is the same again.
  target_compile_options(tidemark_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
endif()
