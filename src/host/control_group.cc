#include "host/control_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.h"
#include "host/kernel_text.h"
#include "host/process.h"

namespace tidemark {
namespace {

constexpr double kNoLimit = 1e18;  // version 1 says "none" with a number of this order
constexpr std::string_view kUsualMount = "/sys/fs/cgroup";

struct Mount {
  std::string root;  // the part of the hierarchy that is mounted
  std::string point;
};

bool holds_word(std::string_view list, std::string_view word) {
  return fmt::format(",{},", list).find(fmt::format(",{},", word)) != std::string::npos;
}

// The mount of a control group hierarchy: version 2, or the version 1 controller of that name.
std::optional<Mount> find_mount(const Host& host, std::string_view controller) {
  const auto text = host.read_file("/proc/self/mountinfo");
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  for (std::string_view line; next_line(rest, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const std::string_view kind = line.substr(dash + 3);
    const bool two = controller.empty() && kind.starts_with("cgroup2 ");
    const bool one = !controller.empty() && kind.starts_with("cgroup ") &&
                     holds_word(kind.substr(kind.find_last_of(' ') + 1), controller);
    if (!two && !one) continue;
    // "36 25 0:32 / /sys/fs/cgroup rw,... shared:9 - cgroup2 cgroup rw"
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < dash && words.size() < 5;) {
      const std::size_t blank = std::min(line.find(' ', at), dash);
      words.push_back(line.substr(at, blank - at));
      at = blank + 1;
    }
    if (words.size() == 5)
      return Mount{.root = std::string(words[3]), .point = std::string(words[4])};
  }
  return std::nullopt;
}

// A process's path in a hierarchy, out of lines "4:memory:/path" and "0::/path".
std::optional<std::string> group_path(std::string_view text, std::string_view controller) {
  for (std::string_view line; next_line(text, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? names.empty() : holds_word(names, controller)) {
      return std::string(line.substr(second + 1));
    }
  }
  return std::nullopt;
}

// That folder and those above it, up to the mount.
std::vector<std::string> folders_up(const Mount& mount, std::string path) {
  std::vector<std::string> folders;
  // Of another namespace, above all that is mounted here.
  if (path.starts_with("/..")) return folders;
  if (mount.root != "/" && path.starts_with(mount.root)) path.erase(0, mount.root.size());
  while (path.ends_with('/')) path.pop_back();
  while (true) {
    folders.push_back(mount.point + path);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return folders;
    path.resize(slash);
  }
}

std::optional<double> number_in(const Host& host, const std::string& path) {
  const auto text = host.read_file(path);
  return text ? leading_number<double>(*text) : std::nullopt;  // "max" is none
}

void tighten(std::optional<double>& limit, std::optional<double> other) {
  if (!other || *other <= 0 || *other >= kNoLimit) return;
  if (!limit || *other < *limit) limit = other;
}

std::string text_of(const Host& host, const std::string& path) {
  return host.read_file(path).value_or(std::string());
}

// What is said of the group beside its memory.
void read_events(const Host& host, const MemoryGroup& group, ControlGroup& out) {
  const bool two = group.version_two;
  const std::string& folder = group.folder;
  out.peak = number_in(host, folder + (two ? "/memory.peak" : "/memory.max_usage_in_bytes"));
  const auto events = text_of(host, folder + (two ? "/memory.events" : "/memory.oom_control"));
  out.killed = status_number(events, "oom_kill").value_or(0);
  if (!two) return;
  // "some avg10=1.50 avg60=0.00 ..."
  const std::string pressure = text_of(host, folder + "/memory.pressure");
  constexpr std::string_view kAverage = "avg10=";
  const std::string_view some = status_field(pressure, "some");
  if (some.starts_with(kAverage)) {
    out.pressure = leading_number<double>(some.substr(kAverage.size()));
  }
}

}  // namespace

double GroupMemory::held() const { return std::max(0.0, current.value_or(0) - inactive_file); }

std::vector<std::string> control_group_folders(const Host& host, pid_t pid,
                                               std::string_view controller) {
  const auto mount = find_mount(host, controller);
  const auto path = group_path(read_proc(host, pid, "cgroup"), controller);
  return mount && path ? folders_up(*mount, *path) : std::vector<std::string>();
}

std::vector<MemoryGroup> memory_groups(const Host& host, pid_t pid) {
  std::vector<MemoryGroup> groups;
  const auto text = host.read_file(proc_path(pid, "cgroup"));
  if (!text) return groups;
  // A dyno has no mount and one file where that of version 1 usually is. On mixed systems version 2
  // is mounted beside, without a memory controller.
  const std::string usual(kUsualMount);
  const Mount two = find_mount(host, "").value_or(Mount{.root = "/", .point = usual});
  const Mount one =
      find_mount(host, "memory").value_or(Mount{.root = "/", .point = usual + "/memory"});
  if (const auto path = group_path(*text, "")) {
    for (std::string& folder : folders_up(two, *path)) {
      groups.push_back({.folder = std::move(folder), .version_two = true});
    }
  }
  for (std::string& folder : folders_up(one, group_path(*text, "memory").value_or("/"))) {
    groups.push_back({.folder = std::move(folder), .version_two = false});
  }
  return groups;
}

GroupMemory read_group_memory(const Host& host, const MemoryGroup& group) {
  const std::string& folder = group.folder;
  const bool two = group.version_two;
  GroupMemory memory;
  memory.current = number_in(host, folder + (two ? "/memory.current" : "/memory.usage_in_bytes"));
  tighten(memory.limit, number_in(host, folder + (two ? "/memory.max" : "/memory.limit_in_bytes")));
  if (two) tighten(memory.limit, number_in(host, folder + "/memory.high"));
  if (!memory.current) return memory;
  const std::string stat = text_of(host, folder + "/memory.stat");
  memory.inactive_file =
      status_bytes(stat, two ? "inactive_file" : "total_inactive_file").value_or(0);
  memory.kills_whole_group = two && number_in(host, folder + "/memory.oom.group").value_or(0) == 1;
  return memory;
}

ControlGroup read_control_group(const Host& host, pid_t pid) {
  ControlGroup out;
  for (const MemoryGroup& group : memory_groups(host, pid)) {
    const GroupMemory memory = read_group_memory(host, group);
    tighten(out.limit, memory.limit);
    if (out.current || !memory.current) continue;
    out.current = memory.current;
    out.inactive_file = memory.inactive_file;
    read_events(host, group, out);
  }
  return out;
}

}  // namespace tidemark
