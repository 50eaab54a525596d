# Benchmarks: every bench/<name>_bench.cc is a Google Benchmark program of that name.

add_custom_target(benchmarks)
if(NOT TIDEMARK_BENCH)
  return()
endif()

file(GLOB benches CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/bench/*_bench.cc")
foreach(source IN LISTS benches)
  cmake_path(GET source STEM program)
  add_executable(${program} "${source}")
  tidemark_link_included_rooms(${program} "${source}")
  target_link_libraries(${program} PUBLIC tidemark_flags benchmark::benchmark_main)
  tidemark_precompile(${program})
  add_dependencies(benchmarks ${program})
endforeach()

# Evaluations: every bench/<name>_eval.cc is a program that measures how right an answer is.
file(GLOB evaluations CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/bench/*_eval.cc")
foreach(source IN LISTS evaluations)
  cmake_path(GET source STEM program)
  add_executable(${program} "${source}")
  tidemark_link_included_rooms(${program} "${source}")
  target_link_libraries(${program} PUBLIC tidemark_flags)
  tidemark_precompile(${program})
  add_dependencies(benchmarks ${program})
endforeach()

# The series that the verdict is measured on, beside those of a folder.
foreach(program verdict_eval detection_bound_eval)
  target_sources(${program} PRIVATE "${CMAKE_SOURCE_DIR}/tests/support/instance_world.cc")
  target_include_directories(${program} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
endforeach()
