// What Ruby's collector says of itself: GC.stat, asked of a live process without running Ruby code.
#pragma once

#include "capture/gc_stats.h"
#include "capture/ruby/ruby_job.h"

namespace tidemark {

// Errors: kUnsupported, kIo, kCancelled. Leaves `runtime` and `version` of the answer to the
// caller.
Result<GcStats> read_ruby_gc_stats(RubyJob& job, const Runtime& runtime,
                                   const GcStatsOptions& options, Monitor& monitor);

}  // namespace tidemark
