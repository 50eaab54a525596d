// What a run of `reproduce` found: plain data, for text and JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/dominators.h"
#include "analysis/suspects.h"
#include "heap/graph.h"
#include "reproduce/growth.h"
#include "reproduce/load/load_generator.h"
#include "series/series.h"
#include "verdict/verdict.h"

namespace tidemark {

// One measurement, the app at rest.
struct MeasuredPoint {
  double time = 0;             // seconds since 1970
  std::uint64_t requests = 0;  // answered until then
  double resident = 0;         // bytes of the whole app, as the sampler counts them
  double worker_resident = 0;  // of the process whose heap is taken
  double engine_pages = 0;     // Node.js: of that, pages of V8's heap; 0: not known
  std::uint32_t threads = 0;   // of that process
  // By name. Ruby names a thread after the place that started it, "worker.rb:12", cut at 15 bytes.
  std::map<std::string, std::uint32_t> thread_names;
  std::optional<double> heap;  // bytes of live objects in it
  double program = 0;          // of these: classes, compiled code, the runtime's own
  std::uint64_t objects = 0;
  std::string dump;  // file name in the folder; empty: none, or not kept
};

enum class Outcome : std::uint8_t {
  kLeak,       // live objects grow with every request
  kThreads,    // threads are started and never end
  kNative,     // the process grows, and its heap does not
  kLevelsOff,  // it rose and has come, or comes, to an end
  kBloat,      // it came at once
  kSteady,     // no growth
  kNotEnough,  // too few requests, or nothing to measure
};

// What measurements of one process say.
struct Conclusion {
  Outcome outcome = Outcome::kNotEnough;
  bool clear = false;    // more requests would hardly change it
  bool by_heap = false;  // from live objects; else from memory of the process alone
  GrowthTrend heap;      // live objects
  GrowthTrend data;      // those of the app: without classes, compiled code and the runtime's own
  GrowthTrend resident;  // of the whole app
  GrowthTrend outside;   // resident without the heap (Node.js: without V8's pages)
  GrowthTrend threads;
  double level = 0;         // bytes of the app at rest, at the end
  double peak = 0;          // the most that was seen
  std::size_t workers = 1;  // processes that shared the work
  double per_worker = 0;    // bytes
};

// A leak of whatever kind.
constexpr bool is_leak(Outcome outcome) {
  return outcome == Outcome::kLeak || outcome == Outcome::kThreads || outcome == Outcome::kNative;
}

// The name that most of the new threads have, with their number; none when there are no new ones.
std::pair<std::string, std::uint32_t> most_new_threads(const std::vector<MeasuredPoint>& points);

struct DumpSuspects {
  std::vector<std::string> dumps;       // file names
  std::vector<std::uint64_t> requests;  // at each
  HeapGraph graph;                      // the last one's
  Dominators dominators;
  SuspectReport found;
  bool lines_known = false;  // allocations were traced, or the runtime knows where code is
};

struct ReproducedRun {
  std::string program;  // "Ruby 3.1.2"; empty: neither Ruby nor Node.js
  std::string title;    // of the process
  ServerAddress server;
  MemorySeries series;                // memory of the app with requests, from its start
  std::vector<MeasuredPoint> points;  // after the warm-up
  std::uint64_t warmup_requests = 0;
  LoadTotals load;
  Conclusion conclusion;
  std::optional<Verdict> curve;  // of the series from the warm-up on, a second read as a minute
  std::unique_ptr<DumpSuspects> suspects;   // null: fewer than two dumps
  std::vector<std::string> notes;           // what did not go as planned, in sentences
  std::vector<std::string> native_modules;  // loaded by the process, beside the runtime's own
  std::optional<std::string> ended;         // the app ended by itself: how
  bool interrupted = false;
  bool traced = false;  // allocations were traced from the start: memory and pace are not its own
};

struct Reproduction {
  std::vector<std::string> command;  // empty: attached to a process
  std::string folder;
  ReproducedRun run;
  std::unique_ptr<ReproducedRun> traced;  // the second run, for the lines of code
};

}  // namespace tidemark
