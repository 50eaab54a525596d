// What /proc says of processes. Reads only, changes nothing, and does nothing to the process but
// what reading those files does: smaps_rollup walks its page tables (2 to 9 ms for 100 to 700 MB)
// with its memory map locked for reading.
//
// `proc` is the folder, "/proc", or a copy of one for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct ProcessInfo {
  int pid = 0;
  int parent = 0;
  std::uint64_t started = 0;           // clock ticks since boot: pid and this name one process
  std::string command;                 // comm, "ruby"
  std::vector<std::string> arguments;  // argv; empty for kernel threads and zombies
  bool dead = false;                   // a zombie
};

// For `started`: how long ago that is, in seconds.
double seconds_since(std::uint64_t started);

struct MemoryUse {
  double resident = 0;  // bytes
  double swap = 0;
  double anonymous = 0;  // of the resident
  double file = 0;       // of the resident, shared memory included
  std::uint32_t threads = 0;
};

struct ProportionalMemory {
  double proportional = 0;  // bytes; pages shared by n processes count 1/n
  double unique = 0;        // what the process' end would free
  double swap = 0;          // proportional
};

// All processes, by pid. Those that end meanwhile are left out.
std::vector<ProcessInfo> list_processes(const std::string& proc = "/proc");
std::optional<ProcessInfo> read_process(int pid, const std::string& proc = "/proc");

// From status; about 10 microseconds. None: it is gone.
std::optional<MemoryUse> read_memory(int pid, const std::string& proc = "/proc");
// From smaps_rollup. None: it is gone, or belongs to somebody else.
std::optional<ProportionalMemory> read_proportional_memory(int pid,
                                                           const std::string& proc = "/proc");

// Threads of it that serve requests, by the names that Puma gives them. 0: none is named so.
std::size_t serving_threads(int pid, const std::string& proc = "/proc");

// Who hands out its memory, and how it was told to: "jemalloc", "glibc, MALLOC_ARENA_MAX=2",
// "glibc". None: it belongs to somebody else.
std::optional<std::string> allocator_of(int pid, const std::string& proc = "/proc");

// Is this process what a user calls `name`? Its command, the program's file, its title up to the
// first space or colon ("puma" for "puma: cluster worker 0"), or, of an interpreter, its script.
bool goes_by(const ProcessInfo& process, std::string_view name);

// The processes that these start from, and all their descendants, in the order of `processes`.
std::vector<ProcessInfo> with_descendants(const std::vector<ProcessInfo>& processes,
                                          const std::vector<int>& roots);

// "puma", "node server.js": what to call it.
std::string process_title(const ProcessInfo& process);

}  // namespace tidemark
