// Takes a capture of a live process: the one way in for the commands.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/monitor.h"
#include "base/result.h"
#include "capture/plan.h"
#include "transfer/byte_sink.h"

namespace tidemark {

enum class CaptureKind : std::uint8_t {
  kHeap,
  kGcStats,             // the collector's statistics
  kAllocationProfile,   // what allocates: Node.js by sampling, Ruby as a heap with where from
  kAllocationTimeline,  // Node.js: every allocation; slows the process down
  kCpuProfile,          // Node.js
};
const char* kind_name(CaptureKind kind);
inline constexpr std::array kAllKinds = {
    CaptureKind::kHeap, CaptureKind::kGcStats, CaptureKind::kAllocationProfile,
    CaptureKind::kAllocationTimeline, CaptureKind::kCpuProfile};

struct CaptureRequest {
  CaptureKind kind = CaptureKind::kHeap;
  CaptureMethod method = CaptureMethod::kFork;
  bool collect_first = false;  // collect garbage first: in the copy (Ruby), for statistics in place
  bool force = false;          // although memory does not suffice by the estimate
  std::chrono::seconds timeout{600};
  std::chrono::seconds seconds{10};  // how long profiles last
};

struct CaptureReport {
  double stopped_ms = 0;  // the longest time that the process stood still under ptrace
  double pause_ms = 0;    // the longest time that it did nothing, all counted
  double waited_ms = 0;   // until a good moment came, the process running
  double seconds = 0;     // all of it
  std::uint64_t bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t copy_peak_bytes = 0;  // memory of the copy's own; 0 where there was none
  std::string warning;                // what is not as it was before; empty when all is
};

// Does it hold what the app's strings say? Profiles and statistics have names of code alone.
bool holds_contents(RuntimeKind runtime, CaptureKind kind);

// The ways to take it, the gentlest first; none when this runtime has no such thing.
std::vector<CaptureMethod> methods_for(RuntimeKind runtime, CaptureKind kind);
// The method to use when the user names none: the gentlest that is possible.
CaptureMethod best_method(const Diagnosis& diagnosis, CaptureKind kind);
// The ways that are gentler than `method` and not possible, in order.
std::vector<MethodOutlook> passed_over(const Diagnosis& diagnosis, CaptureKind kind,
                                       CaptureMethod method);
// The next way that is possible after one that has not come to a capture. Only for Ruby, whose ways
// cost the process the same.
std::optional<CaptureMethod> next_method(const Diagnosis& diagnosis, CaptureKind kind,
                                         CaptureMethod method);
// Errors: kUnsupported when the runtime has no such kind or the method is not possible, kTooLarge
// when memory does not suffice.
Result<void> allow_capture(const Diagnosis& diagnosis, const CaptureRequest& request);

// Finishes the sink when all went well, and abandons it otherwise. The caller holds the turn.
// Errors: see ruby_fork.h and node_fork.h.
Result<CaptureReport> take_capture(const Diagnosis& diagnosis, const CaptureRequest& request,
                                   ByteSink& sink, Monitor& monitor);

// "heap.json", "heapsnapshot", "gc.json"
std::string file_extension(RuntimeKind runtime, CaptureKind kind);

}  // namespace tidemark
