# Fuzzers: every fuzz/fuzz_<name>.cc defines LLVMFuzzerTestOneInput. Seeds are the files of
# fuzz/corpus/<name>/; a dictionary, where one helps, is fuzz/<name>.dict.
# With TIDEMARK_LIBFUZZER they are libFuzzer programs. Otherwise fuzz/standalone_main.cc drives
# them, and CTest runs each over its seeds, so that a fuzzer cannot rot unseen.

file(GLOB fuzzers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/fuzz/fuzz_*.cc")
add_custom_target(fuzzers)

if(NOT TIDEMARK_LIBFUZZER AND NOT TIDEMARK_TESTS)
  return()
endif()

foreach(source IN LISTS fuzzers)
  cmake_path(GET source STEM program)
  string(REGEX REPLACE "^fuzz_" "" name "${program}")
  add_executable(${program} "${source}")
  tidemark_link_included_rooms(${program} "${source}")
  target_link_libraries(${program} PUBLIC tidemark_flags)
  add_dependencies(fuzzers ${program})
  if(TIDEMARK_LIBFUZZER)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${program} PRIVATE fuzz/standalone_main.cc)
    target_compile_definitions(${program} PRIVATE
      TIDEMARK_FUZZ_SEEDS="${CMAKE_SOURCE_DIR}/fuzz/corpus/${name}")
    tidemark_precompile(${program})
    add_test(NAME ${program} COMMAND ${program})
    set_tests_properties(${program} PROPERTIES LABELS fuzz TIMEOUT 300
      ENVIRONMENT "${TIDEMARK_SANITIZER_ENV}")
  endif()
endforeach()
