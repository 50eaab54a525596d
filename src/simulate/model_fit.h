// Fits the model to memory that was measured: base, size of requests, pace, and what stays behind.
//
// The highest level so far of each life, by its age, is compared with
//   level(T) = base + size * m(pace * T) + growth * T
// where m is the median of the law for the requests as given. With the pace held, the other three
// are least squares with none of them below zero; the pace is searched for. What the requests
// cannot explain is left to `growth`: a leak, or a warm-up of another kind.
//
// Times are seconds, sizes bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "series/series.h"
#include "simulate/many_runs.h"
#include "simulate/server_model.h"

namespace tidemark {

struct FitPoint {
  double age = 0;    // seconds since the life began
  double bytes = 0;  // highest so far
};

struct ModelFit {
  double base = 0;                 // bytes of the whole server before the first request
  double factor = 0;               // of the given peaks
  double rate = 0;                 // requests a second in all
  double growth = 0;               // bytes an hour beyond what the requests explain
  double median_error = 0;         // of the level: half of the points are closer
  double explained = 0;            // part of the variance, at most 1
  double inside = 0;               // part of the points inside the 5 to 95 % band
  std::vector<std::string> notes;  // what keeps the fit from saying more; sentences
  std::vector<FitPoint> points;
  std::vector<LevelBand> curve;  // of the fitted model
};

// The longest life of the series, of those that its restarts part. `model`: the requests and the
// server's processes and threads; its rate, when `rate_known`, is kept, and so is its base where it
// is above zero. Errors: kNotFound when no
// life has 20 samples and ten minutes.
Result<ModelFit> fit_model(const MemorySeries& series, ServerModel model, bool rate_known);

}  // namespace tidemark
