// The collector's own numbers of a live Ruby (3.0 to 4.0) or Node.js (18 to 26) process, with
// nothing in the process but an injection: no copy, no gem, no inspector, no code of the app.
//
// What a reading costs the process: it is stopped for some 0.1 ms (GcStats::stopped says how long
// it really was), the first time twice. Ruby: at its next safe point it then calls rb_gc_stat()
// some twenty times, microseconds in all; no Ruby code runs and nothing is allocated. Node.js: on
// the way into its event loop it calls V8's GetHeapStatistics(); one that computes and does not
// come to its loop within 3 s is refused. What stays is what the injector leaves (16 kB). Once a
// second is harmless; Ruby that holds its lock in native code is waited for, at most 5 s.
//
// With `collect_first` the process itself runs a full garbage collection before the numbers are
// taken: a pause of 10 ms to a second, by the size of its heap (GcStats::pause). A full collection
// runs finalizers, as any other does.
//
// One at a time does something to a process: while a capture of it runs, a reading waits half a
// second, and then fails with kUnsupported and is to be left out. A tool that is killed leaves the
// process as it is.
#pragma once

#include <sys/types.h>

#include <memory>

#include "base/monitor.h"
#include "base/result.h"
#include "runtimes/gc_stats.h"

namespace tidemark {

// Reads one process again and again; cheaper than read_gc_stats() each time. Not thread-safe.
class GcStatsReader {
 public:
  // Looks and touches nothing. Errors: kNotFound; kUnsupported when it is neither Ruby nor Node.js,
  // or may not be attached to.
  static Result<GcStatsReader> open(pid_t pid);
  GcStatsReader(GcStatsReader&&) noexcept;
  GcStatsReader& operator=(GcStatsReader&&) noexcept;
  ~GcStatsReader();

  // Errors: kUnsupported while a capture of the process runs, or not possible here; kIo when the
  // process has ended or is too busy; kCancelled.
  Result<GcStats> read(const GcStatsOptions& options, Monitor& monitor);
  // As read(), for a caller that holds the turn with the process (turn.h) already.
  Result<GcStats> read_in_turn(const GcStatsOptions& options, Monitor& monitor);

 private:
  struct Parts;
  explicit GcStatsReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Once. Errors: those of GcStatsReader.
Result<GcStats> read_gc_stats(pid_t pid, const GcStatsOptions& options, Monitor& monitor);

}  // namespace tidemark
