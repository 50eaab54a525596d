// A V8 heap snapshot from a forked copy of a live Node.js process, Node.js 18 to 26.
//
// What is done to the process: its main thread is stopped in its event loop's wait, where no
// JavaScript runs and V8 is at rest, at a moment when its other threads wait too. In that one
// injection (injector.h) it makes V8's pages forkable (V8 takes them out of forks), calls fork(),
// and takes them out again: it pauses for as long as that takes. The snapshot is taken in the
// copy, by V8 itself, through the functions that every Node.js exports. In the end an injected
// wait4() takes the copy's zombie away.
// One that computes and does not come to its event loop is interrupted by V8 itself
// (Isolate::RequestInterrupt, asked for on a thread that sleeps): at the next safe point of its
// JavaScript it calls code of ours, which waits there for the same injection, a second at most.
// What is not in it: heaps of worker threads, which are isolates of their own.
#pragma once

#include <optional>

#include "base/monitor.h"
#include "base/result.h"
#include "copy/copy_groups.h"
#include "copy/fork_capture.h"
#include "host/memory_map.h"
#include "runtimes/runtime.h"
#include "transfer/byte_sink.h"

namespace tidemark {

struct NodeForkOptions {
  PumpLimits limits;
  std::optional<CopyGroups> groups;  // where the copy is to count, if not where the app does
  std::chrono::milliseconds patience{10'000};  // for a good moment
  int attempts = 3;                            // a copy that fails costs nothing but itself
};

// Errors: kUnsupported (not possible here), kIo, kTooLarge, kCancelled; the process is unharmed.
Result<ForkCapture> capture_node(pid_t pid, const Runtime& runtime, ByteSink& sink,
                                 const NodeForkOptions& options, Monitor& monitor);

// Stretches of addresses that hold pages V8 keeps out of forks and no page that is forked anyway,
// so that madvise() over them touches those alone. `known`: from smaps, before the stop;
// `now`: from maps, at the stop. Pages new since then, where V8 puts its own, are taken for V8's.
struct AddressRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};
std::vector<AddressRange> unforked_ranges(const std::vector<Mapping>& known,
                                          const std::vector<Mapping>& now);

}  // namespace tidemark
