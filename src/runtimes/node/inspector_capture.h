// What Node.js's inspector gives: heap snapshots taken in the process itself, and profiles.
//
// A heap snapshot stops the event loop for as long as V8 needs (docs/overhead.md), and the memory
// it takes stays with the process. Profiles by sampling cost next to nothing.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/monitor.h"
#include "base/result.h"
#include "runtimes/node/inspector.h"
#include "transfer/byte_sink.h"

namespace tidemark {

enum class InspectorKind : std::uint8_t {
  kHeap,
  kGcStats,
  kAllocationProfile,
  kAllocationTimeline,
  kCpuProfile
};

struct InspectorCapture {
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds pause{};  // from the command to its last answer, where the loop stands
};

// `seconds`: how long profiles last. Errors: those of Inspector and of the sink. Neither finishes
// nor abandons the sink. Reads as fast as the process writes: what is not read would be its memory.
Result<InspectorCapture> capture_by_inspector(Inspector& inspector, InspectorKind kind,
                                              std::chrono::seconds seconds,
                                              std::chrono::seconds timeout, ByteSink& sink,
                                              Monitor& monitor);

}  // namespace tidemark
