# The libraries that tidemark stands on, all from the system's packages; see tools/install-deps.

find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(zstd REQUIRED)
find_package(tsl-robin-map REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(simdjson REQUIRED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)

# zstd inside the binary, so that one file can be copied to another host; shared where a
# distribution ships no archive. The same name either way.
if(NOT TARGET zstd::libzstd_static)
  add_library(zstd::libzstd_static ALIAS zstd::libzstd_shared)
endif()

# Its header only: the library is loaded when a server is named.
find_path(CURL_INCLUDE_DIR curl/curl.h REQUIRED)

# SQLite inside the binary as well, where there is an archive of it.
find_package(SQLite3 REQUIRED)
find_library(SQLITE_ARCHIVE NAMES libsqlite3.a)
add_library(tidemark_sqlite INTERFACE)
target_include_directories(tidemark_sqlite SYSTEM INTERFACE "${SQLite3_INCLUDE_DIRS}")
if(SQLITE_ARCHIVE)
  target_link_libraries(tidemark_sqlite INTERFACE "${SQLITE_ARCHIVE}" Threads::Threads ZLIB::ZLIB
    ${CMAKE_DL_LIBS} m)
else()
  target_link_libraries(tidemark_sqlite INTERFACE SQLite::SQLite3)
endif()

# Tests only. Tests are left out, with a word about it, where one of these is missing.
if(TIDEMARK_TESTS)
  find_package(GTest QUIET)
  find_package(nlohmann_json QUIET)
  foreach(package GTest nlohmann_json)
    if(NOT ${package}_FOUND)
      message(STATUS "Tests are left out: ${package} is not installed")
      set(TIDEMARK_TESTS OFF)
    endif()
  endforeach()
endif()

if(TIDEMARK_BENCH)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    message(STATUS "Benchmarks are left out: Google Benchmark is not installed")
    set(TIDEMARK_BENCH OFF)
  endif()
endif()
