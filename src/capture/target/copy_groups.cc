#include "capture/target/copy_groups.h"

#include <fcntl.h>
#include <unistd.h>

#include "capture/target/control_groups.h"
#include "capture/target/proc_files.h"

namespace tidemark {

std::optional<CopyGroups> groups_for_copy(pid_t app) {
  CopyGroups groups{.doors = doors_to_our_groups(app), .room = MemoryRoomWatch(getpid()).now()};
  if (groups.doors.empty()) return std::nullopt;
  if (groups.room.free_bytes <= MemoryRoomWatch(app).now().free_bytes) return std::nullopt;
  return groups;
}

void move_to(const CopyGroups& groups, pid_t copy) {
  for (const std::string& door : groups.doors) write_small_file(door, std::to_string(copy));
}

}  // namespace tidemark
