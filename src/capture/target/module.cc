#include "capture/target/module.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "capture/target/proc_files.h"

namespace tidemark {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

// Is the open file the one that is mapped? Overlay filesystems number a file differently in maps,
// so a difference of the inode alone says nothing there; a deleted file says it outright.
FileDescriptor open_mapped(pid_t pid, const Mapping& mapping) {
  if (!mapping.path.ends_with(kDeleted)) {
    const std::string path = proc_path(pid, "root") + mapping.path;
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.open()) return file;
  }
  const std::string link =
      proc_path(pid, fmt::format("map_files/{:x}-{:x}", mapping.begin, mapping.end));
  FileDescriptor file(open(link.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.open()) return file;
  struct stat executable{};
  const std::string exe = proc_path(pid, "exe");
  if (stat(exe.c_str(), &executable) == 0 && executable.st_ino == mapping.inode) {
    return FileDescriptor(open(exe.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  }
  return {};
}

}  // namespace

std::vector<std::uint64_t> Module::find_all(std::string_view name) const {
  std::vector<std::uint64_t> addresses = elf.find(name);
  for (std::uint64_t& address : addresses) address += bias;
  return addresses;
}

std::uint64_t Module::find(std::string_view name) const {
  const std::vector<std::uint64_t> addresses = find_all(name);
  return addresses.empty() ? 0 : addresses.front();
}

Result<Module> open_module(pid_t pid, std::span<const Mapping> maps, const std::string& path) {
  const auto start = std::ranges::find_if(
      maps, [&](const Mapping& mapping) { return mapping.path == path && mapping.offset == 0; });
  if (start == maps.end()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("process {} has not mapped the start of {}", pid, path));
  }
  FileDescriptor file = open_mapped(pid, *start);
  if (!file.open()) {
    return fail(ErrorCode::kIo, fmt::format("cannot open {} of process {}", path, pid),
                "it was replaced since the process started; run as root, or restart the process");
  }
  auto elf = ElfSymbols::read(std::move(file), path);
  if (!elf) return std::unexpected(elf.error());
  const std::uint64_t bias = start->begin - elf->lowest_address();
  return Module{.path = path, .bias = bias, .elf = std::move(*elf)};
}

std::vector<std::string> executable_files(std::span<const Mapping> maps) {
  std::vector<std::string> paths;
  for (const Mapping& mapping : maps) {
    const bool file = mapping.executable && mapping.inode != 0 && mapping.path.starts_with("/");
    if (file && std::ranges::find(paths, mapping.path) == paths.end()) {
      paths.push_back(mapping.path);
    }
  }
  return paths;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace tidemark
