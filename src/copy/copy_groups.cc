#include "copy/copy_groups.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/small_file.h"
#include "host/control_group.h"

namespace tidemark {
namespace {

bool may_write(const std::string& path) {
  return faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

// Where a process joins our group of one hierarchy; nothing when it is there already or we may not
// move it.
std::optional<std::string> door(pid_t pid, std::string_view controller) {
  const auto ours = control_group_folders(this_machine(), getpid(), controller);
  const auto theirs = control_group_folders(this_machine(), pid, controller);
  if (ours.empty() || theirs.empty() || ours.front() == theirs.front()) return std::nullopt;
  const std::string procs = ours.front() + "/cgroup.procs";
  if (!may_write(procs)) return std::nullopt;
  // In version 2 a move also wants the right to the lowest group that both are under.
  const auto above = std::ranges::find_first_of(ours, theirs);
  const bool two = controller.empty();
  if (two && (above == ours.end() || !may_write(*above + "/cgroup.procs"))) return std::nullopt;
  return procs;
}

// The files to which a number of a process of `pid`'s groups is written to have its memory and its
// processor time count in our groups instead: one for each hierarchy in which they differ and we
// may. What it shares with others of its old groups stays theirs.
std::vector<std::string> doors_to_our_groups(pid_t pid) {
  std::vector<std::string> doors;
  for (const std::string_view controller : {"", "memory", "cpu"}) {
    if (auto found = door(pid, controller)) doors.push_back(std::move(*found));
  }
  return doors;
}

}  // namespace

std::optional<CopyGroups> groups_for_copy(pid_t app) {
  const Host& here = this_machine();
  CopyGroups groups{.doors = doors_to_our_groups(app),
                    .room = MemoryRoomWatch(here, getpid()).now()};
  if (groups.doors.empty()) return std::nullopt;
  if (groups.room.free_bytes <= MemoryRoomWatch(here, app).now().free_bytes) return std::nullopt;
  return groups;
}

void move_to(const CopyGroups& groups, pid_t copy) {
  for (const std::string& door : groups.doors) write_small_file(door, std::to_string(copy));
}

}  // namespace tidemark
