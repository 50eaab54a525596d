#include "capture/target/proc_files.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "sources/process_info.h"

namespace tidemark {

std::string proc_path(pid_t pid, std::string_view name) {
  return fmt::format("/proc/{}/{}", pid, name);
}

std::string_view status_field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      const std::size_t value = line.find_first_not_of(" \t", name.size() + 1);
      return value == std::string_view::npos ? std::string_view() : line.substr(value);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> status_number(std::string_view text, std::string_view name, int base) {
  return parse_number(status_field(text, name), base);
}

std::vector<pid_t> numbered_entries(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
  if (entries == nullptr) return numbers;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
  while (const dirent* entry = readdir(entries.get())) {
    if (const auto number = parse_number(entry->d_name)) {
      numbers.push_back(static_cast<pid_t>(*number));
    }
  }
  std::ranges::sort(numbers);
  return numbers;
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
  status.user = static_cast<uid_t>(parse_number(users).value_or(0));
  const std::string_view inside = status_field(text, "NSpid");
  const auto innermost = parse_number(inside.substr(inside.find_last_of('\t') + 1));
  status.pid_inside = innermost ? static_cast<pid_t>(*innermost) : status.pid;
  return status;
}

Result<ProcessStatus> read_status(pid_t pid) {
  const std::string text = read_small_file(proc_path(pid, "status"));
  if (text.empty()) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no process {}", pid),
                "`tidemark doctor ruby` and `tidemark doctor node` list what runs");
  }
  return parse_status(text);
}

std::vector<std::string> command_line(pid_t pid) {
  const std::string text = read_small_file(proc_path(pid, "cmdline"), 65'536);
  std::vector<std::string> arguments;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    arguments.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  // A title that the process gave itself leaves zeroes, or blanks, where the rest was.
  while (!arguments.empty() && arguments.back().empty()) arguments.pop_back();
  return arguments;
}

std::optional<std::uint64_t> start_ticks(pid_t pid) {
  const std::string text = read_small_file(proc_path(pid, "stat"));
  // The name, in brackets, may hold anything; field 3 follows the last bracket, and this is 22.
  std::size_t at = text.rfind(')');
  if (at == std::string::npos) return std::nullopt;
  for (int field = 3; field <= 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  return parse_number(std::string_view(text).substr(at + 1));
}

double uptime_seconds(pid_t pid) {
  const auto started = start_ticks(pid);
  return started ? seconds_since(*started) : 0;
}

std::string executable_path(pid_t pid) {
  std::string path(4096, '\0');
  const ssize_t length = readlink(proc_path(pid, "exe").c_str(), path.data(), path.size());
  path.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace tidemark
