// How much memory a process may still take: what its control groups and the host leave it.
// Understands control groups of both versions, limits of every group above included.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "host/control_group.h"

namespace tidemark {

struct MemoryRoom {
  std::uint64_t free_bytes = 0;    // what can be had before something is slowed down or killed
  std::uint64_t limit_bytes = 0;   // of which `free_bytes` is left
  bool host = true;                // the host is what limits; else a control group
  std::string group;               // its path, when a control group is what limits
  bool kills_whole_group = false;  // memory.oom.group: a copy that is too large would end the app

  [[nodiscard]] double free_part() const;
  // What limits, in words.
  [[nodiscard]] std::string place() const { return host ? "this host" : group; }
};

// Reads a few small files; finds them once, so that asking again is cheap. Not thread-safe.
class MemoryRoomWatch {
 public:
  MemoryRoomWatch(const Host& host, pid_t pid);
  // For tests: these groups.
  MemoryRoomWatch(const Host& host, std::vector<MemoryGroup> groups);

  // The limits of another process count as well.
  void include(pid_t pid);
  // The narrowest of all limits, in bytes left.
  [[nodiscard]] MemoryRoom now() const;

 private:
  const Host* host_;
  std::vector<MemoryGroup> groups_;
};

// A copy is killed once less than this part of the limit is left.
inline constexpr double kLeastFreeInGroup = 0.10;
inline constexpr double kLeastFreeOnHost = 0.05;

// Whether that much is left.
bool enough_left(const MemoryRoom& room);

// The kernel's reasons to refuse a fork that are known before it is tried; empty when none is.
std::string fork_obstacle(const Host& host, pid_t pid);

}  // namespace tidemark
