// The memory limits that a process lives under: control groups of version 2 and 1, and the one file
// that a Heroku dyno has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidemark {

struct ControlGroup {
  std::optional<double> limit;    // bytes; the tightest of its own and all groups above
  std::optional<double> current;  // bytes that the group uses, page cache included
  std::optional<double> peak;
  std::optional<double> inactive_file;  // cache that goes first; current less this is what counts
  std::uint64_t killed = 0;             // processes killed for memory
  std::optional<double> pressure;       // % of the last 10 s in which some task waited for memory
};

// `root`: "/" or a copy of the files for tests. What is not there stays unknown.
ControlGroup read_control_group(int pid, const std::string& root = "/");

}  // namespace tidemark
