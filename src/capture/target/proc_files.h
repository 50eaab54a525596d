// What the kernel says of a process in /proc. Reading changes nothing in the process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "base/small_file.h"

namespace tidemark {

// "/proc/PID/NAME"
std::string proc_path(pid_t pid, std::string_view name);

// The value of a line "Name:\tvalue" in /proc/PID/status and the like; empty when there is none.
std::string_view status_field(std::string_view text, std::string_view name);
// Its first number, in the given base.
std::optional<std::uint64_t> status_number(std::string_view text, std::string_view name,
                                           int base = 10);
std::optional<std::uint64_t> parse_number(std::string_view text, int base = 10);

// The names in a folder of numbers: all processes of /proc, all threads of /proc/PID/task.
std::vector<pid_t> numbered_entries(const std::string& folder);

// One process as it is now.
struct ProcessStatus {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t pid_inside = 0;  // its number in its own pid namespace
  uid_t user = 0;        // effective
  std::string name;      // comm: at most 15 bytes, and the process may change it
  char state = '?';
  std::uint32_t threads = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t signals_blocked = 0;  // of the main thread; bit n-1 is signal n
  std::uint64_t signals_caught = 0;
  std::uint64_t effective_capabilities = 0;
  int seccomp = 0;  // 0 none, 1 strict, 2 filter
  pid_t tracer = 0;
  bool shadow_stack = false;  // Intel CET is on
};

// Errors: kNotFound when there is no such process.
Result<ProcessStatus> read_status(pid_t pid);
// The same out of the text of /proc/PID/status.
ProcessStatus parse_status(std::string_view text);

std::vector<std::string> command_line(pid_t pid);
// The clock ticks since boot at which it started: with the pid, the name of a process for ever.
std::optional<std::uint64_t> start_ticks(pid_t pid);
double uptime_seconds(pid_t pid);
// What /proc/PID/exe points at, with " (deleted)" taken off; empty when we may not know.
std::string executable_path(pid_t pid);
// The last part of a path.
std::string_view file_name(std::string_view path);

}  // namespace tidemark
