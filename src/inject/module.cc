#include "inject/module.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/file_descriptor.h"
#include "host/process.h"

namespace tidemark {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

FileDescriptor open_readable(const std::string& path) {
  return FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

bool is_inode(const FileDescriptor& file, std::uint64_t inode) {
  struct stat status{};
  return file.open() && fstat(file.get(), &status) == 0 && status.st_ino == inode;
}

// The file that is mapped, not one that has its name by now. Most certain first: a name with the
// right inode; the mapping itself (which needs rights of its own); in the end a name alone, since
// overlay filesystems number a file in maps otherwise than in stat.
FileDescriptor open_mapped(pid_t pid, const Mapping& mapping) {
  const bool deleted = mapping.path.ends_with(kDeleted);
  FileDescriptor by_name =
      deleted ? FileDescriptor() : open_readable(proc_path(pid, "root") + mapping.path);
  if (is_inode(by_name, mapping.inode)) return by_name;
  FileDescriptor mapped =
      open_readable(proc_path(pid, fmt::format("map_files/{:x}-{:x}", mapping.begin, mapping.end)));
  if (mapped.open()) return mapped;
  // Of a process that only changed its root, maps show paths as we see them.
  for (const std::string& path : {proc_path(pid, "exe"), mapping.path}) {
    FileDescriptor file = open_readable(path);
    if (is_inode(file, mapping.inode)) return file;
  }
  return by_name;
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

}  // namespace tidemark
