// What memory is doing, and why we think so.
//
//   steady          it has settled and stays
//   warming up      it rises and will settle: to which level, when
//   leak            it rises and nothing says that it will stop: how fast, when the quota is hit
//   over-committed  it settles, above the quota: too many workers, not a leak
//   bloat           it came at once, with single requests
//   insufficient    no life is long enough to say
//
// All sizes are bytes, times are seconds since 1970, ages and durations are hours of the process'
// time (of production time when a speedup is given). Everything is computed from the samples alone:
// no clock, no chance, so the same series gives the same verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "series/series.h"
#include "verdict/lives.h"
#include "verdict/trace.h"

namespace tidemark {

enum class VerdictKind : std::uint8_t {
  kSteady,
  kWarming,
  kLeak,
  kOvercommitted,
  kBloat,
  kInsufficient,
};
std::string_view verdict_name(VerdictKind kind);  // "over-committed"

// A number with the interval that holds it in 19 of 20 cases.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct VerdictJump {
  double time = 0;
  double end = 0;    // when it was gone; the end of the life when it stayed
  double bytes = 0;  // how much came at once
  bool stayed = false;
};

struct VerdictLife {
  double begin = 0;
  double end = 0;
  LifeStart start = LifeStart::kFirstSample;
  bool pooled = false;  // the curves were fitted to it
  double settled = 0;   // bytes at its end (median of the last tenth)
};

struct CurvePoint {
  double time = 0;
  double bytes = 0;
};

// See heap_beside.h.
enum class HeapSays : std::uint8_t {
  kNothingYet,
  kAgrees,
  kObjectsLeak,
  kGrowthIsOutside,  // memory grows and the heap does not
};

struct HeapBeside {
  HeapSays says = HeapSays::kNothingYet;
  bool decided = false;  // memory alone would not have said so
  VerdictKind kind = VerdictKind::kInsufficient;
  double now = 0;   // bytes of objects
  Estimate growth;  // bytes per hour, of the heap
  double leak_probability = 0;
};

struct Verdict {
  VerdictKind kind = VerdictKind::kInsufficient;
  double confidence = 0;  // 0 to 1, that this kind is the right one

  // The evidence.
  double hours = 0;  // from the first sample to the last
  std::size_t samples = 0;
  double now = 0;    // bytes, median of the last minutes
  double quota = 0;  // 0: unknown
  std::vector<VerdictLife> lives;
  std::size_t lives_pooled = 0;
  std::vector<VerdictJump> jumps;
  std::size_t kills = 0;  // of single workers near the quota
  std::size_t out_of_memory = 0;
  double leak_evidence = 0;     // log odds for growth without end
  double leak_wanted = 0;       // how much of it is asked for, this early
  double leak_probability = 0;  // 0 to 1
  Estimate growth;              // bytes per hour beyond any warm-up
  std::optional<Estimate> growth_per_1000_requests;
  double least_leak = 0;     // bytes per hour: a smaller leak could not have shown in this data
  double traffic_bytes = 0;  // that come and go with mean traffic
  Estimate plateau;          // bytes it settles at, unless it is a leak
  double settle_hours = 0;   // from now until then; 0: it is there
  std::optional<double> hours_to_quota;
  double flat_hours = 0;  // at the end, within 3 % of the plateau

  std::optional<HeapBeside> heap;  // where heap after collections was sampled too

  // Too many workers.
  std::size_t workers = 0;      // now; 0: unknown
  std::size_t workers_fit = 0;  // in 95 % of the quota
  double per_worker = 0;        // bytes
  double shared = 0;            // bytes taken to be shared by all workers
  bool at_least = false;        // kills hid the plateau: `plateau` is a lower bound

  // To draw: the floor that the curves were fitted to, the fit over each pooled life, and the
  // forecast from now on.
  std::vector<CurvePoint> floor;
  std::vector<std::vector<CurvePoint>> fitted;
  std::vector<CurvePoint> forecast;
  std::vector<CurvePoint> forecast_low;
  std::vector<CurvePoint> forecast_high;
  bool goes_on = false;      // what was drawn is the family without an end
  std::string ending_model;  // the best curve that ends: "saturating 2.1 h + logarithm (requests)"
  std::string going_model;   // the best that goes on
};

// A series' verdict. Samples and events in order of time (MemorySeries::put_in_order()). No size or
// spacing of samples is wrong; too little of them is kInsufficient. O(samples), under 5 ms for
// two days of samples each 20 s.
Verdict judge(const MemorySeries& series, const TraceOptions& options = {});

}  // namespace tidemark
