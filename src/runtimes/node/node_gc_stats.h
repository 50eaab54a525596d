// What V8 says of its heap, asked of a live process without running JavaScript.
#pragma once

#include <sys/types.h>

#include <memory>

#include "base/result.h"
#include "runtimes/gc_stats.h"
#include "runtimes/runtime.h"

namespace tidemark {

// Of the main thread's heap. Touches nothing. `runtime` must outlive the probe. Errors:
// kUnsupported.
Result<std::unique_ptr<GcStatsProbe>> open_node_gc_stats(pid_t pid, const Runtime& runtime);

}  // namespace tidemark
