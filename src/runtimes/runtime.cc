#include "runtimes/runtime.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.h"
#include "host/process.h"
#include "host/process_name.h"

namespace tidemark {
namespace {

constexpr std::string_view kRubySymbol = "rb_eval_string_protect";
constexpr std::string_view kNodeSymbol = "_ZN2v87Isolate10GetCurrentEv";

bool is_version(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string ruby_version(const Module& module) {
  const std::vector<std::uint64_t> places = module.elf.find("ruby_version");
  if (places.empty()) return {};
  std::string text = module.elf.constant_at(places.front(), 16);
  text.resize(std::min(text.find('\0'), text.size()));
  return is_version(text) ? text : std::string();
}

// Node exports no version, but every release holds the address of its own headers.
std::string node_version(const Module& module) {
  constexpr std::string_view kMark = "nodejs.org/download/release/v";
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  constexpr std::size_t kOverlap = 128;
  for (const ElfSegment& part : module.elf.segments()) {
    if (part.writable) continue;
    for (std::uint64_t at = 0; at < part.file_bytes; at += kBlock - kOverlap) {
      const std::string block =
          module.elf.bytes(part.offset + at, std::min<std::uint64_t>(kBlock, part.file_bytes - at));
      if (block.empty()) break;
      const std::size_t found = block.find(kMark);
      if (found == std::string::npos || found + kOverlap / 2 > block.size()) continue;
      const std::string_view rest = std::string_view(block).substr(found + kMark.size());
      const std::string_view version = rest.substr(0, rest.find('/'));
      if (is_version(version)) return std::string(version);
    }
  }
  return {};
}

bool is_libc(std::string_view path) {
  const std::string_view name = file_name(path);
  return name.starts_with("libc.so") || name.starts_with("libc-2.") ||
         name.starts_with("libc.musl") || name.starts_with("ld-musl");
}

Result<Module> open_libc(pid_t pid, std::span<const Mapping> maps) {
  for (const std::string& path : executable_files(maps)) {
    if (is_libc(path)) return open_module(pid, maps, path);
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("process {} has no C library of its own: a static program", pid),
              "use the runtime's own ways to take a heap from it");
}

// Files that may hold a runtime, the likeliest first.
std::vector<std::string> candidates(pid_t pid, std::span<const Mapping> maps) {
  std::vector<std::string> paths;
  const std::string executable = executable_path(this_machine(), pid);
  for (const std::string& path : executable_files(maps)) {
    const std::string_view name = file_name(path);
    if (name.starts_with("libruby") || name.starts_with("libnode.so")) {
      paths.insert(paths.begin(), path);
    } else if (path == executable || path == executable + " (deleted)") {
      paths.push_back(path);
    }
  }
  return paths;
}

}  // namespace

std::string Runtime::title() const {
  return version.empty() ? std::string(name()) : fmt::format("{} {}", name(), version);
}

int Runtime::major() const {
  return static_cast<int>(leading_number<std::uint64_t>(version).value_or(0));
}

Result<Runtime> detect_runtime(pid_t pid, std::span<const Mapping> maps) {
  std::optional<Error> trouble;
  for (const std::string& path : candidates(pid, maps)) {
    auto module = open_module(pid, maps, path);
    if (!module) {
      trouble = module.error();
      continue;
    }
    const bool ruby = module->find(kRubySymbol) != 0;
    if (!ruby && module->find(kNodeSymbol) == 0) continue;
    auto libc = open_libc(pid, maps);
    if (!libc) return std::unexpected(libc.error());
    std::string version = ruby ? ruby_version(*module) : node_version(*module);
    return Runtime{.kind = ruby ? RuntimeKind::kRuby : RuntimeKind::kNode,
                   .version = std::move(version),
                   .module = std::move(*module),
                   .libc = std::move(*libc)};
  }
  if (trouble) return std::unexpected(*trouble);
  return fail(ErrorCode::kUnsupported,
              fmt::format("process {} ({}) is neither Ruby nor Node.js", pid,
                          file_name(executable_path(this_machine(), pid))),
              "`tidemark doctor ruby` and `tidemark doctor node` list those that are");
}

}  // namespace tidemark
