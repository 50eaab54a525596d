// The control groups of processes, of both versions, and the memory that they leave: the one reader
// of them, by one rule.
//
// The limit of a group is the smaller of memory.high and memory.max: above the former the kernel
// makes its processes wait until they give memory back, above the latter it kills. A process lives
// under the limits of its own group and of all groups above that can be seen from here. What counts
// against a limit is what the group uses less the pages of files that the kernel gives up first.
// Version 1, whose limit is memory.limit_in_bytes, has no other; a Heroku dyno has that one file
// and no groups at all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"

namespace tidemark {

// The folder of the process's group and of every group above it, the innermost first. `controller`
// names one of version 1 ("memory", "pids", "cpu"); empty: version 2. Empty where there is none or
// it cannot be seen.
std::vector<std::string> control_group_folders(const Host& host, pid_t pid,
                                               std::string_view controller);

// A group that memory is counted in. The numbers are bytes.
struct MemoryGroup {
  std::string folder;
  bool version_two = false;
};

struct GroupMemory {
  std::optional<double> limit;    // none: this group has none of its own
  std::optional<double> current;  // used, page cache included; none: memory is not counted here
  double inactive_file = 0;       // cache that goes first
  bool kills_whole_group = false;

  // What counts against the limit.
  [[nodiscard]] double held() const;
};

// Those of a process, the innermost first; empty when it is gone.
std::vector<MemoryGroup> memory_groups(const Host& host, pid_t pid);
GroupMemory read_group_memory(const Host& host, const MemoryGroup& group);

// All that is said of a process's groups together. What is not there stays unknown.
struct ControlGroup {
  std::optional<double> limit;          // the tightest of its own and all groups above
  std::optional<double> current;        // of the innermost group that memory is counted in
  std::optional<double> inactive_file;  // of the same
  std::optional<double> peak;
  std::uint64_t killed = 0;        // processes killed for memory
  std::optional<double> pressure;  // % of the last 10 s in which some task waited for memory
};

ControlGroup read_control_group(const Host& host, pid_t pid);

}  // namespace tidemark
