#include "host/process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/numbers.h"
#include "host/kernel_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostStat = 4096;
constexpr std::size_t kMostArguments = 65'536;

// The words of a text with zeroes between them, without empty ones at its end: a title that the
// process gave itself leaves zeroes where the rest was.
std::vector<std::string> split_at_zeroes(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!words.empty() && words.back().empty()) words.pop_back();
  return words;
}

double seconds_of(std::uint64_t ticks) {
  static const auto kTicks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return static_cast<double>(ticks) / kTicks;
}

}  // namespace

std::string proc_path(pid_t pid, std::string_view name) {
  return fmt::format("/proc/{}/{}", pid, name);
}

std::string read_proc(const Host& host, pid_t pid, std::string_view name, std::size_t most) {
  auto text = host.read_file(proc_path(pid, name), most);
  return text ? std::move(*text) : std::string();
}

double ProcessStat::processor_seconds() const { return seconds_of(user_ticks + system_ticks); }

// "17 (comm with ) and spaces) S 1 ...": the name may hold anything, and ends at the last bracket.
std::optional<ProcessStat> parse_stat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  ProcessStat stat;
  stat.pid = leading_number<pid_t>(text).value_or(0);
  stat.command = text.substr(open + 1, close - open - 1);
  std::string_view rest = text.substr(close + 1);
  // Numbered as in proc(5).
  for (int field = 3; field <= 22 && !rest.empty(); ++field) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, std::min(rest.find(' '), rest.size()));
    const auto number = [&] { return leading_number<std::uint64_t>(word).value_or(0); };
    if (field == 3 && !word.empty()) stat.state = word.front();
    if (field == 4) stat.parent = static_cast<pid_t>(number());
    if (field == 6) stat.session = static_cast<pid_t>(number());
    if (field == 14) stat.user_ticks = number();
    if (field == 15) stat.system_ticks = number();
    if (field == 22) stat.started = number();
    rest.remove_prefix(word.size());
  }
  return stat;
}

std::optional<ProcessStat> read_stat(const Host& host, pid_t pid) {
  const auto text = host.read_file(proc_path(pid, "stat"), kMostStat);
  return text ? parse_stat(*text) : std::nullopt;
}

std::optional<std::uint64_t> start_ticks(const Host& host, pid_t pid) {
  const auto stat = read_stat(host, pid);
  return stat ? std::optional(stat->started) : std::nullopt;
}

double seconds_since(const Host& host, std::uint64_t started) {
  return std::max(0.0, host.uptime_seconds() - seconds_of(started));
}

double uptime_seconds(const Host& host, pid_t pid) {
  const auto stat = read_stat(host, pid);
  return stat ? seconds_since(host, stat->started) : 0;
}

std::optional<ProcessInfo> read_process(const Host& host, pid_t pid) {
  auto stat = read_stat(host, pid);
  if (!stat) return std::nullopt;
  const auto arguments = host.read_file(proc_path(pid, "cmdline"), kMostArguments);
  if (!arguments) return std::nullopt;
  ProcessInfo process;
  process.pid = pid;
  process.parent = stat->parent;
  process.started = stat->started;
  process.dead = stat->dead();
  process.command = std::move(stat->command);
  process.arguments = split_at_zeroes(*arguments);
  return process;
}

std::vector<ProcessInfo> list_processes(const Host& host) {
  std::vector<ProcessInfo> processes;
  for (const pid_t pid : host.processes()) {
    auto process = read_process(host, pid);
    if (process && !process->dead) processes.push_back(std::move(*process));
  }
  return processes;
}

std::vector<std::string> command_line(const Host& host, pid_t pid) {
  return split_at_zeroes(read_proc(host, pid, "cmdline", kMostArguments));
}

std::string executable_path(const Host& host, pid_t pid) {
  const auto target = host.read_link(proc_path(pid, "exe"));
  std::string path = target ? *target : std::string();
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

ProcessStatus parse_status(std::string_view text) {
  const auto number = [&](std::string_view name, int base = 10) {
    return status_number(text, name, base).value_or(0);
  };
  ProcessStatus status;
  status.pid = static_cast<pid_t>(number("Pid"));
  status.parent = static_cast<pid_t>(number("PPid"));
  status.tracer = static_cast<pid_t>(number("TracerPid"));
  status.name = status_field(text, "Name");
  const std::string_view state = status_field(text, "State");
  if (!state.empty()) status.state = state.front();
  status.threads = static_cast<std::uint32_t>(number("Threads"));
  status.resident_bytes = number("VmRSS") * 1024;
  status.signals_blocked = number("SigBlk", 16);
  status.signals_caught = number("SigCgt", 16);
  status.effective_capabilities = number("CapEff", 16);
  status.seccomp = static_cast<int>(number("Seccomp"));
  status.shadow_stack =
      status_field(text, "x86_Thread_features").find("shstk") != std::string_view::npos;
  // "Uid: real effective saved filesystem"; "NSpid: here ... innermost".
  std::string_view users = status_field(text, "Uid");
  users.remove_prefix(std::min(users.find('\t') + 1, users.size()));
  status.user = static_cast<uid_t>(leading_number<std::uint32_t>(users).value_or(0));
  const std::string_view inside = status_field(text, "NSpid");
  status.pid_inside =
      leading_number<pid_t>(inside.substr(inside.find_last_of('\t') + 1)).value_or(status.pid);
  return status;
}

Result<ProcessStatus> read_status(const Host& host, pid_t pid) {
  const std::string text = read_proc(host, pid, "status");
  if (text.empty()) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no process {}", pid),
                "`tidemark doctor ruby` and `tidemark doctor node` list what runs");
  }
  return parse_status(text);
}

std::optional<MemoryUse> read_memory(const Host& host, pid_t pid) {
  const std::string status = read_proc(host, pid, "status");
  const auto resident = status_bytes(status, "VmRSS");
  if (!resident) return std::nullopt;
  const auto bytes = [&](std::string_view name) { return status_bytes(status, name).value_or(0); };
  MemoryUse memory;
  memory.resident = *resident;
  memory.swap = bytes("VmSwap");
  memory.anonymous = bytes("RssAnon");
  memory.file = bytes("RssFile") + bytes("RssShmem");
  memory.threads = static_cast<std::uint32_t>(bytes("Threads"));
  return memory;
}

std::optional<ProportionalMemory> read_proportional_memory(const Host& host, pid_t pid) {
  const std::string rollup = read_proc(host, pid, "smaps_rollup");
  const auto proportional = status_bytes(rollup, "Pss");
  if (!proportional) return std::nullopt;
  const auto bytes = [&](std::string_view name) { return status_bytes(rollup, name).value_or(0); };
  ProportionalMemory memory;
  memory.proportional = *proportional;
  memory.unique = bytes("Private_Clean") + bytes("Private_Dirty");
  memory.swap = bytes("SwapPss");
  return memory;
}

std::size_t serving_threads(const Host& host, pid_t pid) {
  std::size_t count = 0;
  for (const pid_t thread : numbered_entries(host, proc_path(pid, "task"))) {
    const std::string name = read_proc(host, pid, fmt::format("task/{}/comm", thread));
    // "puma srv tp 001"; older ones "puma threadpool 001", cut off at 15 letters.
    if (name.starts_with("puma srv tp") || name.starts_with("puma threadpoo")) ++count;
  }
  return count;
}

std::optional<std::string> allocator_of(const Host& host, pid_t pid) {
  const auto environment = host.read_file(proc_path(pid, "environ"));
  const auto maps = host.read_file(proc_path(pid, "maps"));
  if (!environment || !maps) return std::nullopt;
  for (const char* other : {"jemalloc", "tcmalloc", "mimalloc"}) {
    if (maps->find(other) != std::string::npos) return other;
  }
  for (std::string& entry : split_at_zeroes(*environment)) {
    if (entry.starts_with("MALLOC_ARENA_MAX=")) return "glibc, " + entry;
  }
  return "glibc";
}

}  // namespace tidemark
