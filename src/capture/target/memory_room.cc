#include "capture/target/memory_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "capture/target/control_groups.h"
#include "capture/target/proc_files.h"

namespace tidemark {
namespace {

std::optional<std::uint64_t> number_in(const std::string& path) {
  return parse_number(read_small_file(path));
}

// "inactive_file 1234": pages of files that the kernel gives up first.
std::uint64_t reclaimable(const std::string& folder, std::string_view name) {
  const std::string text = read_small_file(folder + "/memory.stat");
  const std::string mark = fmt::format("{} ", name);
  std::size_t at = text.starts_with(mark) ? 0 : text.find("\n" + mark);
  if (at == std::string::npos) return 0;
  if (at != 0) ++at;
  return parse_number(std::string_view(text).substr(at + mark.size())).value_or(0);
}

std::optional<MemoryRoom> room_in(const MemoryRoomWatch::Group& group) {
  const bool two = group.version_two;
  const auto limit = number_in(group.folder + (two ? "/memory.max" : "/memory.limit_in_bytes"));
  const auto used = number_in(group.folder + (two ? "/memory.current" : "/memory.usage_in_bytes"));
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;  // version 1 writes a huge number
  if (!limit || !used || *limit >= kNoLimit) return std::nullopt;
  const std::uint64_t files =
      reclaimable(group.folder, two ? "inactive_file" : "total_inactive_file");
  const std::uint64_t held = *used - std::min(*used, files);
  MemoryRoom room;
  room.limit_bytes = *limit;
  room.free_bytes = *limit - std::min(*limit, held);
  room.host = false;
  room.group = group.folder;
  room.kills_whole_group = two && number_in(group.folder + "/memory.oom.group").value_or(0) == 1;
  return room;
}

}  // namespace

double MemoryRoom::free_part() const {
  return limit_bytes == 0 ? 0 : static_cast<double>(free_bytes) / static_cast<double>(limit_bytes);
}

MemoryRoomWatch::MemoryRoomWatch(pid_t pid) { include(pid); }

void MemoryRoomWatch::include(pid_t pid) {
  for (std::string& folder : control_group_folders(pid, "memory")) {
    groups_.push_back({.folder = std::move(folder), .version_two = false});
  }
  for (std::string& folder : control_group_folders(pid, "")) {
    groups_.push_back({.folder = std::move(folder), .version_two = true});
  }
}

MemoryRoomWatch::MemoryRoomWatch(std::vector<Group> groups, std::string meminfo)
    : groups_(std::move(groups)), meminfo_(std::move(meminfo)) {}

MemoryRoom MemoryRoomWatch::now() const {
  const std::string text = read_small_file(meminfo_);
  MemoryRoom narrowest;
  narrowest.free_bytes = status_number(text, "MemAvailable").value_or(0) * 1024;
  narrowest.limit_bytes = status_number(text, "MemTotal").value_or(0) * 1024;
  bool whole_group = false;
  for (const Group& group : groups_) {
    const auto room = room_in(group);
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

std::string fork_obstacle(pid_t pid) {
  for (const bool two : {false, true}) {
    for (const std::string& folder : control_group_folders(pid, two ? "" : "pids")) {
      const auto most = number_in(folder + "/pids.max");
      const auto now = number_in(folder + "/pids.current");
      if (most && now && *now >= *most) {
        return fmt::format("its control group allows {} processes and has {}", *most, *now);
      }
    }
  }
  return {};
}

}  // namespace tidemark
