// What a capture of a process would take and cost, before anything is touched; and what `doctor`
// says of a process.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "copy/copy_groups.h"
#include "host/memory_room.h"
#include "host/process.h"
#include "runtimes/runtime.h"

namespace tidemark {

enum class CaptureMethod : std::uint8_t {
  kFork,       // from a forked copy, by ptrace
  kInjection,  // a question to the process itself, by ptrace
  kInspector,  // Node.js: in the process itself, through its debugger
  kRbtrace,    // Ruby: through the gem rbtrace that the process has loaded
  kPreload,    // by a file of ours that the process has loaded
};
const char* method_name(CaptureMethod method);
inline constexpr std::array kAllMethods = {CaptureMethod::kFork, CaptureMethod::kInjection,
                                           CaptureMethod::kInspector, CaptureMethod::kRbtrace,
                                           CaptureMethod::kPreload};

// What a method will cost, from measurements (docs/overhead.md) and the size of the process.
struct CostEstimate {
  double pause_low_ms = 0;  // the process does nothing for so long
  double pause_high_ms = 0;
  std::uint64_t memory_bytes = 0;  // needed on top of what is used now
  bool memory_stays = false;       // in the process, after the capture
};

struct MethodOutlook {
  CaptureMethod method = CaptureMethod::kFork;
  bool possible = false;
  CostEstimate cost;
  bool fits = true;      // in the memory that is free
  std::string obstacle;  // why it is not possible, or why not without --force
  std::string remedy;
};

enum class CheckResult : std::uint8_t { kFine, kWarning, kObstacle };
struct Check {
  std::string name;  // a word
  CheckResult result = CheckResult::kFine;
  std::string text;
};

struct Diagnosis {
  ProcessStatus status;
  std::string title;  // its command line, secrets hidden
  std::string app;    // a short name: the folder it runs in, or its own
  double uptime_seconds = 0;
  std::optional<Runtime> runtime;
  std::uint64_t heap_bytes = 0;  // Node.js: pages of V8's heap; else 0
  MemoryRoom room;
  std::optional<CopyGroups> copy_groups;  // where a forked copy counts, when it is not the app's
  bool rbtrace = false;           // Ruby: the gem of that name is loaded, another way to a dump
  bool other_namespaces = false;  // it runs in a container, seen from here
  std::vector<Check> checks;
  std::vector<MethodOutlook> methods;  // for a heap, the gentlest first
  MethodOutlook injection;             // for statistics
};

// Nothing where the method is not for this runtime.
const MethodOutlook* outlook_of(const Diagnosis& diagnosis, CaptureMethod method);

// Errors: kNotFound; kUnsupported when it is neither Ruby nor Node.js, or protects itself. Attaches
// for a moment without stopping it; asks tidemark's file in it, where nobody may look at it.
Result<Diagnosis> diagnose(const Host& host, pid_t pid);

// The costs by themselves, for tests.
CostEstimate fork_cost(RuntimeKind kind, std::uint64_t resident, std::uint64_t heap);
CostEstimate inspector_cost(int major, std::uint64_t heap);

// Bytes of pages that are V8's own: those it takes out of forks (Node.js 18 and later).
std::uint64_t v8_heap_bytes(const std::vector<Mapping>& smaps);

}  // namespace tidemark
