#include "capture/target/control_groups.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

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

bool may_write(const std::string& path) {
  return faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

// Where a process joins our group of one hierarchy; nothing when it is there already or we may not
// move it.
std::optional<std::string> door(pid_t pid, std::string_view controller) {
  const auto ours = control_group_folders(getpid(), controller);
  const auto theirs = control_group_folders(pid, controller);
  if (ours.empty() || theirs.empty() || ours.front() == theirs.front()) return std::nullopt;
  const std::string procs = ours.front() + "/cgroup.procs";
  if (!may_write(procs)) return std::nullopt;
  // In version 2 a move also wants the right to the lowest group that both are under.
  const auto above = std::ranges::find_first_of(ours, theirs);
  const bool two = controller.empty();
  if (two && (above == ours.end() || !may_write(*above + "/cgroup.procs"))) return std::nullopt;
  return procs;
}

}  // namespace

std::vector<std::string> control_group_folders(pid_t pid, std::string_view controller) {
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

std::vector<std::string> doors_to_our_groups(pid_t pid) {
  std::vector<std::string> doors;
  for (const std::string_view controller : {"", "memory", "cpu"}) {
    if (auto found = door(pid, controller)) doors.push_back(std::move(*found));
  }
  return doors;
}

}  // namespace tidemark
