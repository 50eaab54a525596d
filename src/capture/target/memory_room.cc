#include "capture/target/memory_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "capture/target/proc_files.h"

namespace tidemark {
namespace {

struct Mount {
  std::string root;  // the part of the hierarchy that is mounted
  std::string point;
};

// The mount of a control group hierarchy: version 2, or the version 1 controller of that name.
std::optional<Mount> find_mount(std::string_view controller) {
  const std::string text = read_small_file("/proc/self/mountinfo");
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const std::string_view kind = line.substr(dash + 3);
    // "36 25 0:32 / /sys/fs/cgroup rw,... shared:9 - cgroup2 cgroup rw"
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < dash && words.size() < 5;) {
      const std::size_t blank = std::min(line.find(' ', at), dash);
      words.push_back(line.substr(at, blank - at));
      at = blank + 1;
    }
    if (words.size() < 5) continue;
    const bool two = controller.empty() && kind.starts_with("cgroup2 ");
    const std::string options = fmt::format(",{},", kind.substr(kind.find_last_of(' ') + 1));
    const bool one = !controller.empty() && kind.starts_with("cgroup ") &&
                     options.find(fmt::format(",{},", controller)) != std::string::npos;
    if (two || one) return Mount{.root = std::string(words[3]), .point = std::string(words[4])};
  }
  return std::nullopt;
}

// The process's path in a hierarchy, out of lines "4:memory:/path" and "0::/path".
std::optional<std::string> group_path(pid_t pid, std::string_view controller) {
  const std::string text = read_small_file(proc_path(pid, "cgroup"));
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool wanted = controller.empty()
                            ? names == ",,"
                            : names.find(fmt::format(",{},", controller)) != std::string::npos;
    if (wanted) return line.substr(second + 1);
  }
  return std::nullopt;
}

// The folder of the process's group and of every group above it.
std::vector<std::string> group_folders(pid_t pid, std::string_view controller) {
  std::vector<std::string> folders;
  const auto mount = find_mount(controller);
  auto path = group_path(pid, controller);
  if (!mount || !path || path->starts_with("/..")) return folders;
  if (mount->root != "/" && path->starts_with(mount->root)) path->erase(0, mount->root.size());
  while (path->ends_with('/')) path->pop_back();
  while (true) {
    folders.push_back(mount->point + *path);
    const std::size_t slash = path->rfind('/');
    if (slash == std::string::npos) return folders;
    path->resize(slash);
  }
}

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

MemoryRoomWatch::MemoryRoomWatch(pid_t pid) {
  for (std::string& folder : group_folders(pid, "memory")) {
    groups_.push_back({.folder = std::move(folder), .version_two = false});
  }
  for (std::string& folder : group_folders(pid, "")) {
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
    for (const std::string& folder : group_folders(pid, two ? "" : "pids")) {
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
