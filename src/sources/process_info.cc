#include "sources/process_info.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <memory>
#include <set>

#include "sources/small_file.h"

namespace tidemark {
namespace {

int pid_of(std::string_view name) {
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() ? pid : 0;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "puma" of "puma: cluster worker 0: 17 [app]" and of "puma 5.6.5 (tcp://0.0.0.0:3000) [app]"
std::string_view first_word(std::string_view title) {
  return title.substr(0, std::min(title.find_first_of(" :"), title.size()));
}

bool is_interpreter(std::string_view program) {
  static constexpr std::array<std::string_view, 6> kNames = {"ruby",   "node",   "nodejs",
                                                             "bundle", "python", "python3"};
  return std::find(kNames.begin(), kNames.end(), program) != kNames.end() ||
         program.starts_with("ruby");
}

// The script that an interpreter runs: its first argument that is no option.
std::string_view script_of(const ProcessInfo& process) {
  if (process.arguments.size() < 2 || !is_interpreter(base_name(process.arguments[0]))) return {};
  for (std::size_t i = 1; i < process.arguments.size(); ++i) {
    const std::string_view argument = process.arguments[i];
    if (!argument.empty() && argument.front() != '-') return base_name(argument);
  }
  return {};
}

}  // namespace

double seconds_since(std::uint64_t started) {
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
  const double seconds = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return std::max(0.0, seconds - static_cast<double>(started) / ticks);
}

std::optional<ProcessInfo> read_process(int pid, const std::string& proc) {
  const std::string folder = proc + "/" + std::to_string(pid);
  const auto stat = read_small_file(folder + "/stat");
  if (!stat) return std::nullopt;
  // "17 (comm with ) and spaces) S 1 ...": the name ends at the last parenthesis.
  const std::size_t open = stat->find('(');
  const std::size_t close = stat->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  ProcessInfo process;
  process.pid = pid;
  process.command = stat->substr(open + 1, close - open - 1);
  std::string_view rest = std::string_view(*stat).substr(close + 1);
  for (int field = 3; field <= 22 && !rest.empty(); ++field) {
    const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, std::min(rest.find(' '), rest.size()));
    if (field == 3) process.dead = word == "Z" || word == "X";
    if (field == 4) process.parent = pid_of(word);
    if (field == 22) {
      std::from_chars(word.data(), word.data() + word.size(), process.started);
    }
    rest.remove_prefix(word.size());
  }
  const auto arguments = read_small_file(folder + "/cmdline");
  if (!arguments) return std::nullopt;
  std::string_view text = *arguments;
  while (!text.empty() && process.arguments.size() < 64) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    process.arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return process;
}

std::vector<ProcessInfo> list_processes(const std::string& proc) {
  std::vector<ProcessInfo> processes;
  const auto closer = [](DIR* folder) { closedir(folder); };
  const std::unique_ptr<DIR, decltype(closer)> folder(opendir(proc.c_str()), closer);
  if (folder == nullptr) return processes;
  while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): own DIR
    const int pid = pid_of(entry->d_name);
    if (pid <= 0) continue;
    auto process = read_process(pid, proc);
    if (process && !process->dead) processes.push_back(std::move(*process));
  }
  std::sort(processes.begin(), processes.end(),
            [](const ProcessInfo& a, const ProcessInfo& b) { return a.pid < b.pid; });
  return processes;
}

std::optional<MemoryUse> read_memory(int pid, const std::string& proc) {
  const auto status = read_small_file(proc + "/" + std::to_string(pid) + "/status");
  if (!status) return std::nullopt;
  const auto resident = value_after(*status, "VmRSS");
  if (!resident) return std::nullopt;  // a kernel thread or a zombie
  MemoryUse memory;
  memory.resident = *resident;
  memory.swap = value_after(*status, "VmSwap").value_or(0);
  memory.anonymous = value_after(*status, "RssAnon").value_or(0);
  memory.file =
      value_after(*status, "RssFile").value_or(0) + value_after(*status, "RssShmem").value_or(0);
  memory.threads = static_cast<std::uint32_t>(value_after(*status, "Threads").value_or(0));
  return memory;
}

std::optional<ProportionalMemory> read_proportional_memory(int pid, const std::string& proc) {
  const auto rollup = read_small_file(proc + "/" + std::to_string(pid) + "/smaps_rollup");
  if (!rollup) return std::nullopt;
  const auto proportional = value_after(*rollup, "Pss");
  if (!proportional) return std::nullopt;
  ProportionalMemory memory;
  memory.proportional = *proportional;
  memory.unique = value_after(*rollup, "Private_Clean").value_or(0) +
                  value_after(*rollup, "Private_Dirty").value_or(0);
  memory.swap = value_after(*rollup, "SwapPss").value_or(0);
  return memory;
}

std::size_t serving_threads(int pid, const std::string& proc) {
  const std::string folder = proc + "/" + std::to_string(pid) + "/task";
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const auto name = read_small_file(entry.path().string() + "/comm");
    // "puma srv tp 001"; older ones "puma threadpool 001", cut off at 15 letters.
    if (name && (name->starts_with("puma srv tp") || name->starts_with("puma threadpoo"))) ++count;
  }
  return count;
}

std::optional<std::string> allocator_of(int pid, const std::string& proc) {
  const std::string folder = proc + "/" + std::to_string(pid);
  const auto environment = read_small_file(folder + "/environ");
  const auto maps = read_small_file(folder + "/maps");
  if (!environment || !maps) return std::nullopt;
  for (const char* other : {"jemalloc", "tcmalloc", "mimalloc"}) {
    if (maps->find(other) != std::string::npos) return other;
  }
  constexpr std::string_view kArenas = "MALLOC_ARENA_MAX=";
  for (std::string_view rest = *environment; !rest.empty();) {
    const std::string_view entry = rest.substr(0, std::min(rest.find('\0'), rest.size()));
    if (entry.starts_with(kArenas)) return "glibc, " + std::string(entry);
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
  }
  return "glibc";
}

bool goes_by(const ProcessInfo& process, std::string_view name) {
  if (name.empty() || process.arguments.empty()) return false;
  const std::string_view program = process.arguments[0];
  return process.command == name || base_name(program) == name || first_word(program) == name ||
         script_of(process) == name;
}

std::vector<ProcessInfo> with_descendants(const std::vector<ProcessInfo>& processes,
                                          const std::vector<int>& roots) {
  std::set<int> wanted(roots.begin(), roots.end());
  // A child may have a lower pid than its parent, so until nothing is added.
  for (bool more = true; more;) {
    more = false;
    for (const ProcessInfo& process : processes) {
      if (wanted.contains(process.parent)) more |= wanted.insert(process.pid).second;
    }
  }
  std::vector<ProcessInfo> found;
  for (const ProcessInfo& process : processes) {
    if (wanted.contains(process.pid)) found.push_back(process);
  }
  return found;
}

std::string process_title(const ProcessInfo& process) {
  if (process.arguments.empty()) return process.command;
  const std::string_view script = script_of(process);
  const std::string program(base_name(first_word(process.arguments[0])));
  return script.empty() ? program : program + " " + std::string(script);
}

}  // namespace tidemark
