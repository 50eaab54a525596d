// What V8 says of its heap, asked of a live process without running JavaScript.
#pragma once

#include "capture/gc_stats.h"
#include "capture/inject/injector.h"

namespace tidemark {

// Of the main thread's heap. Errors: kUnsupported, kIo. Leaves `version` to the caller.
Result<GcStats> read_node_gc_stats(Injector& injector, const Runtime& runtime,
                                   const GcStatsOptions& options);

}  // namespace tidemark
