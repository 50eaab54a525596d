// A series made comparable: cleaned of glitches, in minutes at most as fine as a floor needs, its
// sizes relative to its own middle. All that follows works on this and knows neither bytes nor
// dates, which is why a verdict does not change when memory and quota double or the clock is set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "series/series.h"

namespace tidemark {

struct TraceOptions {
  double quota = 0;    // bytes; 0: the series' own
  double speedup = 1;  // one second of the series stands for so many of production (a load test)
  bool restarts_known = false;  // every one is among the events: none has to be guessed
};

struct Trace {
  double start = 0;  // time of hour 0
  double scale = 1;  // bytes in one unit of level
  double quota = 0;  // in levels; 0: unknown
  double step = 0;   // hours between two points, the typical distance
  double speedup = 1;
  double requests_per_hour = 0;  // mean; 0: unknown

  // Columns of equal length, or empty where nothing is known.
  std::vector<double> hour;   // since `start`, times the speedup
  std::vector<double> level;  // the middle of what was seen in a minute
  std::vector<double> peak;   // the most
  std::vector<double> work;   // requests so far, in hours of mean traffic
  std::vector<double> rate;   // traffic, 1 = mean
  std::vector<std::uint32_t> workers;

  std::size_t samples = 0;   // before the cleaning
  std::size_t glitches = 0;  // dropped: zero, or half of what stands on both sides

  [[nodiscard]] std::size_t size() const { return hour.size(); }
  [[nodiscard]] double hour_of(double time) const { return (time - start) / 3600 * speedup; }
  [[nodiscard]] double time_of(double hours) const { return start + hours * 3600 / speedup; }
};

// Samples in order of time. About 60 bytes for each minute. O(n).
Trace make_trace(const MemorySeries& series, const TraceOptions& options = {});

}  // namespace tidemark
