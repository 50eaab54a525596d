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

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "capture/target/runtime.h"

namespace tidemark {

struct GcStats {
  RuntimeKind runtime = RuntimeKind::kRuby;
  std::string version;

  // Bytes of objects that survived the last collection: the signal for a leak.
  // Ruby: slots marked then, times the mean size of a slot; contents that Ruby takes from malloc()
  // (long strings, arrays, hashes) are not in it. Node.js: known only right after `collect_first`.
  std::optional<std::uint64_t> after_gc_bytes;
  // Bytes of objects now, garbage that waits for the next collection included.
  std::uint64_t used_bytes = 0;
  // What the collector's heap takes from the system, used or not.
  std::uint64_t heap_bytes = 0;
  // Objects that have survived several collections. Ruby counts objects, Node.js bytes (the spaces
  // that are not new space).
  std::optional<std::uint64_t> old_objects;
  std::optional<std::uint64_t> old_bytes;
  // Memory outside of the heap that the runtime knows of. Ruby: taken by malloc() since the last
  // collection, and by old objects since the last major one. Node.js: array buffers and the like
  // (external), and V8's own.
  std::optional<std::uint64_t> malloc_increase_bytes;
  std::optional<std::uint64_t> oldmalloc_increase_bytes;
  std::optional<std::uint64_t> external_bytes;
  std::optional<std::uint64_t> malloced_bytes;
  // Collections since the process began (Ruby).
  std::optional<std::uint64_t> minor_collections;
  std::optional<std::uint64_t> major_collections;
  // Every number as the runtime names it: "heap_live_slots", "used_heap_size",
  // "old_space.used_size". In the runtime's order; one that a version does not have is left out.
  std::vector<std::pair<std::string, std::uint64_t>> all;

  std::chrono::nanoseconds stopped{};  // the longest stop under ptrace
  std::chrono::nanoseconds pause{};    // for which it was at work for us, the collection included
};

struct GcStatsOptions {
  bool collect_first = false;
  std::chrono::milliseconds patience{5000};  // until a good moment comes, the process running
};

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
  // As read(), for a caller that holds the turn with the process (capture.h) already.
  Result<GcStats> read_in_turn(const GcStatsOptions& options, Monitor& monitor);

 private:
  struct Parts;
  explicit GcStatsReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Once. Errors: those of GcStatsReader.
Result<GcStats> read_gc_stats(pid_t pid, const GcStatsOptions& options, Monitor& monitor);

// {"runtime": "ruby", "version": ..., "after_gc_bytes": ..., ..., "all": {...}} and a newline.
std::string gc_stats_json(const GcStats& stats);

}  // namespace tidemark
