// A Ruby heap from a forked copy of a live process, Ruby 3.0 to 4.0.
//
// What is done to the process: two injections of some 0.1 ms each (injector.h) ask Ruby to run a
// job of ours at its next safe point, exactly as a signal handler may, and wake it if all of its
// threads wait. The job calls the C library's fork(), at the safe point, with the VM's lock held:
// the process pauses for as long as fork() takes. No Ruby code runs in it; its fork hooks, at_exit
// handlers and sockets are not touched. Everything else happens in the copy. In the end an
// injected wait4() takes the copy's zombie away.
// What stays: what the injector leaves. Allocation tracing stays as it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "copy/copy_groups.h"
#include "copy/fork_capture.h"
#include "runtimes/runtime.h"
#include "transfer/byte_sink.h"

namespace tidemark {

struct RubyForkOptions {
  PumpLimits limits;
  std::optional<CopyGroups> groups;  // where the copy is to count, if not where the app does
  std::chrono::milliseconds safe_point_patience{10'000};
  // Called once the copy is ours, with the process running on.
  std::function<void()> forked;
  // Ruby code, run in the copy, that writes to `out`, an IO. Default: the heap dump.
  std::string code;
};

// Errors: kUnsupported (not possible here), kIo, kTooLarge, kCancelled; the process is unharmed.
Result<ForkCapture> capture_ruby(pid_t pid, const Runtime& runtime, ByteSink& sink,
                                 const RubyForkOptions& options, Monitor& monitor);

// The code for a heap dump.
std::string ruby_heap_code(bool collect_first);

}  // namespace tidemark
