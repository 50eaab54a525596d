// Switches the tracing of allocations in a live Ruby: where each object was made, in later dumps.
//
// This runs Ruby code in the process, a few lines, in a thread of their own. While tracing is on, a
// busy app does a quarter to a third of its work (measured, docs/overhead.md), and takes memory for
// each object; switched off it is as fast as before.
// An exception that the app throws at a thread in the very microseconds in which our lines run
// there (Thread#raise, Timeout) is lost.
#pragma once

#include <chrono>
#include <optional>

#include "base/monitor.h"
#include "base/result.h"
#include "runtimes/ruby/ruby_job.h"

namespace tidemark {

// Is it on, by us or by the app? Errors: those of RubyJob::call().
Result<bool> traces_allocations(RubyJob& job, const Runtime& runtime, Monitor& monitor);

// Switches it on, and waits until it is. With a limit the process itself switches it off after that
// long, and forgets what it has recorded, whatever has become of us. Errors: as above.
Result<void> start_tracing(RubyJob& job, const Runtime& runtime,
                           std::optional<std::chrono::seconds> limit, Monitor& monitor);

// Ends what start_tracing() with a limit has begun, within a second; does nothing when it has
// ended.
Result<void> end_limited_tracing(RubyJob& job, const Runtime& runtime, Monitor& monitor);

// Switches it off, whoever has switched it on, as often as that was. Errors: as above.
Result<void> stop_tracing(RubyJob& job, const Runtime& runtime, Monitor& monitor);

// Switches it on or off for a user who asks for that. Returns whether it was on.
Result<bool> switch_tracing(pid_t pid, const Runtime& runtime, bool on, Monitor& monitor);

}  // namespace tidemark
