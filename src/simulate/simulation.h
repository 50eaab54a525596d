// The whole answer to "what will the memory of this server do": one run to look at, the law, and,
// when asked for, many runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "simulate/event_simulator.h"
#include "simulate/many_runs.h"
#include "simulate/rare_events.h"
#include "simulate/server_law.h"

namespace tidemark {

struct SimulationOptions {
  std::uint64_t seed = 1;
  std::size_t runs = 0;  // beside the one to look at; 0: as many as the answer needs
  unsigned threads = 1;
  std::size_t columns = 600;  // of the chart
};

// Levels that the highest memory stays below with these chances.
struct LevelSpread {
  double low = 0;  // 5 %
  double median = 0;
  double high = 0;  // 95 %
};

struct Crossing {
  double chance = 0;  // to pass the quota within the time
  double low = 0;     // 19 in 20 times it is between these
  double high = 0;
  bool from_law = false;      // else counted over the runs
  double median_seconds = 0;  // until the quota is passed in half of all cases; infinite: it is not
};

struct Simulation {
  ServerModel model;
  double seconds = 0;  // simulated
  RunResult run;       // number 0 of the seed
  Timeline timeline;   // of it

  bool law_holds = false;
  LevelSpread spread;            // by the law, or by the runs where it does not hold
  std::vector<LevelBand> curve;  // the highest so far, as expected
  double rise_half = 0;          // seconds until 50, 90 and 99 % of the median's rise
  double rise_90 = 0;
  double rise_99 = 0;

  // The same threads differently set up: who holds freed memory decides.
  LevelSpread one_heap;     // all in one process and heap: maximum of the sum
  LevelSpread each_alone;   // each thread keeps its own: sum of the maxima
  double run_one_heap = 0;  // of the run; bytes, base and shared memory of this set-up counted
  double run_each_alone = 0;

  std::optional<Crossing> crossing;  // when there is a quota
  std::optional<ManyRuns> many;
};

// `model` must have passed its check(). Errors: kCancelled.
Result<Simulation> simulate(const ServerModel& model, const SimulationOptions& options,
                            Monitor& monitor);

}  // namespace tidemark
