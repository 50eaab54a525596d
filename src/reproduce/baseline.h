// An earlier run's report.json, to hold a later one against: before and after a fix.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "reproduce/reproduction.h"

namespace tidemark {

struct Baseline {
  std::string path;
  std::string outcome;  // as in the file: "native_growth"
  bool by_heap = false;
  Estimate growth_per_1000;  // bytes
  double level = 0;          // bytes at rest
  double peak = 0;
  double requests_per_second = 0;
  double p99_seconds = 0;
};

// Of either version: tidemark.reproduce/2, or /1 of a release before. Errors: kIo; kNotADump when
// it is no report of ours.
Result<Baseline> read_baseline(const std::string& path);

struct ComparisonResult {
  double limit = 0;       // bytes that may be kept for each 1,000 requests
  bool exceeded = false;  // the interval of the growth lies above the limit
};
// `max_growth`: bytes for each 1,000 requests. Without it a run that keeps more than before,
// intervals apart, exceeds.
ComparisonResult compare_growth(const Baseline* before, const Conclusion& now,
                                std::optional<double> max_growth);

// What counts as the growth of a run: of live objects where they were counted (of a heap that does
// not leak those of the app, since its code is still being compiled), else of the process.
const GrowthTrend& growth_of(const Conclusion& conclusion);

}  // namespace tidemark
