// What Ruby's collector says of itself: GC.stat, asked of a live process without running Ruby code.
#pragma once

#include <sys/types.h>

#include <memory>

#include "base/result.h"
#include "runtimes/gc_stats.h"
#include "runtimes/runtime.h"

namespace tidemark {

// Touches nothing. `runtime` must outlive the probe. Errors: kUnsupported.
Result<std::unique_ptr<GcStatsProbe>> open_ruby_gc_stats(pid_t pid, const Runtime& runtime);

}  // namespace tidemark
