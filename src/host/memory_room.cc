#include "host/memory_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/numbers.h"
#include "host/kernel_text.h"

namespace tidemark {
namespace {

std::optional<MemoryRoom> room_in(const Host& host, const MemoryGroup& group) {
  const GroupMemory memory = read_group_memory(host, group);
  if (!memory.limit || !memory.current) return std::nullopt;
  MemoryRoom room;
  room.limit_bytes = static_cast<std::uint64_t>(*memory.limit);
  room.free_bytes = static_cast<std::uint64_t>(std::max(0.0, *memory.limit - memory.held()));
  room.host = false;
  room.group = group.folder;
  room.kills_whole_group = memory.kills_whole_group;
  return room;
}

std::optional<std::uint64_t> number_of(const Host& host, const std::string& path) {
  const auto text = host.read_file(path);
  return text ? leading_number<std::uint64_t>(*text) : std::nullopt;
}

}  // namespace

double MemoryRoom::free_part() const {
  return limit_bytes == 0 ? 0 : static_cast<double>(free_bytes) / static_cast<double>(limit_bytes);
}

MemoryRoomWatch::MemoryRoomWatch(const Host& host, pid_t pid) : host_(&host) { include(pid); }

MemoryRoomWatch::MemoryRoomWatch(const Host& host, std::vector<MemoryGroup> groups)
    : host_(&host), groups_(std::move(groups)) {}

void MemoryRoomWatch::include(pid_t pid) {
  for (MemoryGroup& group : memory_groups(*host_, pid)) groups_.push_back(std::move(group));
}

MemoryRoom MemoryRoomWatch::now() const {
  const std::string text = host_->read_file("/proc/meminfo").value_or(std::string());
  MemoryRoom narrowest;
  narrowest.free_bytes = status_number(text, "MemAvailable").value_or(0) * 1024;
  narrowest.limit_bytes = status_number(text, "MemTotal").value_or(0) * 1024;
  bool whole_group = false;
  for (const MemoryGroup& group : groups_) {
    const auto room = room_in(*host_, group);
    if (!room) continue;
    whole_group |= room->kills_whole_group;
    if (room->free_bytes < narrowest.free_bytes) narrowest = *room;
  }
  narrowest.kills_whole_group = whole_group;
  return narrowest;
}

bool enough_left(const MemoryRoom& room) {
  return room.free_part() >= (room.host ? kLeastFreeOnHost : kLeastFreeInGroup);
}

std::string fork_obstacle(const Host& host, pid_t pid) {
  for (const char* controller : {"pids", ""}) {
    for (const std::string& folder : control_group_folders(host, pid, controller)) {
      const auto most = number_of(host, folder + "/pids.max");
      const auto now = number_of(host, folder + "/pids.current");
      if (most && now && *now >= *most) {
        return fmt::format("its control group allows {} processes and has {}", *most, *now);
      }
    }
  }
  return {};
}

}  // namespace tidemark
