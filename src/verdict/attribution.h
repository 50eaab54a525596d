// Which endpoints memory grows with, where the source counts requests by endpoint.
//
// Jumps: an endpoint is under suspicion when it ran in the interval of every jump although it
// rarely runs. The chance of that is the product of the chances that it ran in intervals as long,
// by its mean rate, times the number of endpoints that could have done so.
//
// Slope: the floor of each life is compared with clocks: hours, all requests, and the requests of
// each endpoint so far. The clock on which growth is straightest drives it; how much straighter
// than on the others says how sure that is. Where all endpoints keep the same pace, nothing can
// tell them apart, and none is named.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "series/series.h"
#include "verdict/verdict.h"

namespace tidemark {

struct JumpSuspect {
  std::string endpoint;
  std::size_t jumps = 0;  // in whose interval it ran; all of them
  double chance = 1;      // that this is chance, over all endpoints
};

struct SlopeSuspect {
  std::string endpoint;       // empty: hours, no endpoint explains it better
  double probability = 0;     // 0 to 1, among the clocks tried
  double bytes_per_1000 = 0;  // requests
};

struct Attribution {
  std::size_t endpoints = 0;        // that were looked at
  std::vector<JumpSuspect> jumps;   // least chance first, below 5 %
  std::vector<SlopeSuspect> slope;  // most probable first, above 5 %; of a leak only
};

// Nothing when the series has no endpoints. O(endpoints * (floor points + pieces)); at most 200
// endpoints, those with most requests.
Attribution attribute_growth(const MemorySeries& series, const Verdict& verdict);

}  // namespace tidemark
