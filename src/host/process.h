// What the kernel says of processes in /proc: the one model of a process. Reading changes nothing
// in it; smaps_rollup walks its page tables (2 to 9 ms for 100 to 700 MB) with its memory map
// locked for reading, all else takes some 10 microseconds. A process may be gone at any time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"

namespace tidemark {

// "/proc/PID/NAME"
std::string proc_path(pid_t pid, std::string_view name);
// The whole of that file, at most `most` bytes; empty when it cannot be read, or is.
std::string read_proc(const Host& host, pid_t pid, std::string_view name,
                      std::size_t most = Host::kMostFile);

// Out of /proc/PID/stat.
struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  std::string command;             // comm: at most 15 bytes of anything
  char state = '?';                // "Z" and "X": it has ended
  std::uint64_t user_ticks = 0;    // clock ticks on a processor, all threads together
  std::uint64_t system_ticks = 0;  // the same in the kernel
  std::uint64_t started = 0;       // clock ticks since boot: with the pid, its name for ever

  [[nodiscard]] bool dead() const { return state == 'Z' || state == 'X'; }
  [[nodiscard]] double processor_seconds() const;
};

// Nothing: it is no such text.
std::optional<ProcessStat> parse_stat(std::string_view text);
// Nothing: there is no such process.
std::optional<ProcessStat> read_stat(const Host& host, pid_t pid);

// Its `started`.
std::optional<std::uint64_t> start_ticks(const Host& host, pid_t pid);

// How long ago a process was started, in seconds; 0 when it is not known.
double seconds_since(const Host& host, std::uint64_t started);
double uptime_seconds(const Host& host, pid_t pid);

// A process and its words.
struct ProcessInfo {
  int pid = 0;
  int parent = 0;
  std::uint64_t started = 0;           // as in ProcessStat
  std::string command;                 // comm, "ruby"
  std::vector<std::string> arguments;  // argv; empty for kernel threads and zombies
  bool dead = false;                   // a zombie
};

std::optional<ProcessInfo> read_process(const Host& host, pid_t pid);
// All that live, by pid. Those that end meanwhile are left out.
std::vector<ProcessInfo> list_processes(const Host& host);
// argv, at most 64 kB of it, without the empty words at the end that a process leaves which gave
// itself a title.
std::vector<std::string> command_line(const Host& host, pid_t pid);
// What /proc/PID/exe points at, with " (deleted)" taken off; empty when we may not know.
std::string executable_path(const Host& host, pid_t pid);

// Out of /proc/PID/status.
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

ProcessStatus parse_status(std::string_view text);
// Errors: kNotFound when there is no such process.
Result<ProcessStatus> read_status(const Host& host, pid_t pid);

// Memory, out of the same text; in bytes.
struct MemoryUse {
  double resident = 0;
  double swap = 0;
  double anonymous = 0;  // of the resident
  double file = 0;       // of the resident, shared memory included
  std::uint32_t threads = 0;
};

// Nothing: it is gone, a zombie or a kernel thread.
std::optional<MemoryUse> read_memory(const Host& host, pid_t pid);

// Out of smaps_rollup; in bytes.
struct ProportionalMemory {
  double proportional = 0;  // pages shared by n processes count 1/n
  double unique = 0;        // what the process' end would free
  double swap = 0;          // proportional
};

// Nothing: it is gone, or belongs to somebody else.
std::optional<ProportionalMemory> read_proportional_memory(const Host& host, pid_t pid);

// Threads of it that serve requests, by the names that Puma gives them. 0: none is named so.
std::size_t serving_threads(const Host& host, pid_t pid);

// Who hands out its memory, and how it was told to: "jemalloc", "glibc, MALLOC_ARENA_MAX=2",
// "glibc". Nothing: it belongs to somebody else.
std::optional<std::string> allocator_of(const Host& host, pid_t pid);

}  // namespace tidemark
