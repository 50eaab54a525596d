// From measurements to an outcome. Deterministic; knows no process and no clock.
#pragma once

#include <vector>

#include "reproduce/reproduction.h"

namespace tidemark {

struct ConcludeInput {
  const std::vector<MeasuredPoint>& points;  // after the warm-up
  std::size_t workers = 1;                   // that share the requests
  double peak = 0;
  const Verdict* curve = nullptr;  // of memory over time; null: too short for one
  std::size_t wanted_points = 3;   // measurements that a clear answer takes
};

Conclusion conclude(const ConcludeInput& input);

}  // namespace tidemark
