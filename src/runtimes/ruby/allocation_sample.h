// Where a live Ruby's objects are made: allocations are traced for a while, and then the heap is
// taken from a forked copy, with the place of each object in it.
//
// What is done to the process: allocation_tracing.h, then ruby_fork.h. It goes on untraced as soon
// as the copy exists; one that the app itself traces stays traced. If we are killed, the process
// ends the tracing by itself, some seconds after the time that was asked for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "copy/fork_capture.h"
#include "runtimes/ruby/ruby_fork.h"
#include "runtimes/runtime.h"
#include "transfer/byte_sink.h"

namespace tidemark {

struct AllocationSample {
  ForkCapture heap;
  std::string still_traced;  // why the tracing ends only in some seconds; empty when it has ended
};

// Traces for `time`; a cancelled monitor ends that sooner. `options.forked` is not called. Errors:
// those of start_tracing() and capture_ruby().
Result<AllocationSample> sample_allocations(pid_t pid, const Runtime& runtime,
                                            std::chrono::seconds time,
                                            const RubyForkOptions& options, ByteSink& sink,
                                            Monitor& monitor);

}  // namespace tidemark
