// What a runtime's collector says of itself, for every runtime in the same words, and how one live
// process is asked for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "runtimes/runtime_kind.h"

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

// Asks one process again and again; ruby_gc_stats.h and node_gc_stats.h say what each question does
// to it. Not thread-safe.
class GcStatsProbe {
 public:
  GcStatsProbe() = default;
  GcStatsProbe(const GcStatsProbe&) = delete;
  GcStatsProbe& operator=(const GcStatsProbe&) = delete;
  virtual ~GcStatsProbe() = default;

  // The caller holds the turn with the process. Errors: kUnsupported, kIo, kCancelled.
  virtual Result<GcStats> read(const GcStatsOptions& options, Monitor& monitor) = 0;
};

// {"runtime": "ruby", "version": ..., "after_gc_bytes": ..., ..., "all": {...}} and a newline.
std::string gc_stats_json(const GcStats& stats);

}  // namespace tidemark
