// The control groups in which a copy counts. By default they are the app's, whose limit is what an
// app in trouble is close to: a copy of Node.js takes several times its heap. Where we may, as root
// outside of the app's container, the copy is moved to the groups that we run in ourselves.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "host/memory_room.h"

namespace tidemark {

struct CopyGroups {
  std::vector<std::string> doors;  // files to which its number is written
  MemoryRoom room;                 // what our groups leave it
};

// Nothing when a copy has to stay in the app's groups, or would have less room in ours.
std::optional<CopyGroups> groups_for_copy(pid_t app);

// Those that refuse it are passed over: what watches the memory watches both.
void move_to(const CopyGroups& groups, pid_t copy);

}  // namespace tidemark
