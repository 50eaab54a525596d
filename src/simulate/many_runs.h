// A model run many times, on as many cores as there are: the spread of what can happen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/monitor.h"
#include "simulate/event_simulator.h"

namespace tidemark {

struct ManyRunsOptions {
  std::uint64_t seed = 1;
  std::size_t runs = 100;
  unsigned threads = 1;
  std::size_t moments = 60;  // at which the spread of the level is kept
  double seconds = 0;        // the last moment
};

struct LevelBand {
  double seconds = 0;
  double low = 0;  // one in 20 is below
  double median = 0;
  double high = 0;  // one in 20 is above
};

struct ManyRuns {
  std::vector<RunResult> runs;  // by number
  std::vector<double> peaks;    // of the runs, sorted
  std::vector<LevelBand> band;  // the highest so far
  std::size_t over_quota = 0;
  std::uint64_t events = 0;
  bool cancelled = false;

  [[nodiscard]] double peak_quantile(double p) const;
};

// The same whatever the number of threads.
ManyRuns run_many(const EventSimulator& simulator, const ManyRunsOptions& options,
                  Monitor& monitor);

// When the highest level so far had done this part of its rise; seconds.
double time_to_rise(const RunResult& run, double part);

// The highest level of a run up to a time.
double peak_at(const RunResult& run, double seconds);

}  // namespace tidemark
