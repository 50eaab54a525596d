#include "sources/control_group.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "sources/small_file.h"

namespace tidemark {
namespace {

constexpr double kAbsurd = 8e12;  // version 1 says "no limit" with a number of this order

std::optional<double> number_in(const std::string& path) {
  const auto text = read_small_file(path);
  if (!text) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc()) return std::nullopt;  // "max"
  return value;
}

std::optional<double> limit_in(const std::string& path) {
  const auto value = number_in(path);
  return value && *value > 0 && *value < kAbsurd ? value : std::nullopt;
}

void tighten(std::optional<double>& limit, std::optional<double> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

// The path of the group in /proc/PID/cgroup: of the line "0::" for version 2, of the one whose
// controllers hold "memory" for version 1.
std::optional<std::string> group_path(std::string_view text, bool version_2) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string_view path = line.substr(second + 1);
    if (path.find("..") != std::string_view::npos) path = "/";
    if (version_2 ? controllers.empty() : controllers.find("memory") != std::string_view::npos) {
      return path == "/" ? std::string() : std::string(path);
    }
  }
  return std::nullopt;
}

// Calls use(folder) for a group and all above it; in a container the group's own folder is often
// the mount itself, so the mount comes last in any case.
template <class Use>
void for_each_level(const std::string& mount, std::string path, const Use& use) {
  while (true) {
    use(mount + path);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return;
    path.resize(slash);
  }
}

bool read_version_2(const std::string& mount, const std::string& path, ControlGroup& group) {
  bool found = false;
  for_each_level(mount, path, [&](const std::string& folder) {
    // What throttles comes before what kills.
    tighten(group.limit, limit_in(folder + "/memory.high"));
    tighten(group.limit, limit_in(folder + "/memory.max"));
    if (found) return;
    group.current = number_in(folder + "/memory.current");
    found = group.current.has_value();
    if (!found) return;
    group.peak = number_in(folder + "/memory.peak");
    const auto stat = read_small_file(folder + "/memory.stat").value_or("");
    group.inactive_file = value_after(stat, "inactive_file");
    const auto events = read_small_file(folder + "/memory.events").value_or("");
    group.killed = static_cast<std::uint64_t>(value_after(events, "oom_kill").value_or(0));
    const auto pressure = read_small_file(folder + "/memory.pressure").value_or("");
    const std::size_t average = pressure.find("avg10=");
    if (average != std::string::npos) {
      double percent = 0;
      std::from_chars(pressure.data() + average + 6, pressure.data() + pressure.size(), percent);
      group.pressure = percent;
    }
  });
  return found || group.limit.has_value();
}

void read_version_1(const std::string& mount, const std::string& path, ControlGroup& group) {
  for_each_level(mount, path, [&](const std::string& folder) {
    tighten(group.limit, limit_in(folder + "/memory.limit_in_bytes"));
    if (group.current) return;
    group.current = number_in(folder + "/memory.usage_in_bytes");
    group.peak = number_in(folder + "/memory.max_usage_in_bytes");
    const auto stat = read_small_file(folder + "/memory.stat").value_or("");
    group.inactive_file = value_after(stat, "total_inactive_file");
    const auto control = read_small_file(folder + "/memory.oom_control").value_or("");
    group.killed = static_cast<std::uint64_t>(value_after(control, "oom_kill").value_or(0));
  });
}

}  // namespace

ControlGroup read_control_group(int pid, const std::string& root) {
  ControlGroup group;
  const std::string base = root.ends_with('/') ? root.substr(0, root.size() - 1) : root;
  const auto text = read_small_file(base + "/proc/" + std::to_string(pid) + "/cgroup");
  if (!text) return group;
  const std::string mount = base + "/sys/fs/cgroup";
  // On mixed systems version 2 is mounted beside, without a memory controller.
  const auto version_2 = group_path(*text, true);
  if (version_2 && read_version_2(mount, *version_2, group)) return group;
  read_version_1(mount + "/memory", group_path(*text, false).value_or(""), group);
  return group;
}

}  // namespace tidemark
