// A row for each runtime that tidemark knows: what it does with a live process of that runtime from
// outside, by injection. The one place that chooses between runtimes for this; a new runtime is a
// folder here and a row.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>

#include "base/monitor.h"
#include "base/result.h"
#include "copy/copy_groups.h"
#include "copy/fork_capture.h"
#include "runtimes/gc_stats.h"
#include "runtimes/runtime.h"
#include "runtimes/runtime_kind.h"
#include "transfer/byte_sink.h"

namespace tidemark {

struct HeapCopyOptions {
  PumpLimits limits;
  std::optional<CopyGroups> groups;  // where the copy is to count, if not where the app does
  bool collect_first = false;        // garbage, in the copy. V8's snapshots are without it anyway
};

// What is done to the process and what stays in it is said where the functions are: ruby_fork.h and
// node_fork.h, ruby_gc_stats.h and node_gc_stats.h.
struct RuntimeDriver {
  RuntimeKind kind = RuntimeKind::kRuby;
  // A heap out of a forked copy, into `sink`, which it neither finishes nor abandons. Errors:
  // kUnsupported, kIo, kTooLarge, kCancelled; the process is unharmed.
  Result<ForkCapture> (*capture_heap)(pid_t pid, const Runtime& runtime, ByteSink& sink,
                                      const HeapCopyOptions& options, Monitor& monitor) = nullptr;
  // Touches nothing yet. `runtime` must outlive the probe. Errors: kUnsupported.
  Result<std::unique_ptr<GcStatsProbe>> (*open_gc_stats)(pid_t pid,
                                                         const Runtime& runtime) = nullptr;
};

const RuntimeDriver& driver_of(RuntimeKind kind);

}  // namespace tidemark
