// Each endpoint by itself in a fresh process: what a request to it costs in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "reproduce/growth.h"
#include "reproduce/run.h"

namespace tidemark {

struct EndpointCost {
  std::string name;  // "GET /search?q={a,b}"
  std::uint64_t requests = 0;
  LoadTotals load;
  double before = 0;  // bytes of the app at rest, after its first requests
  double after = 0;
  double peak = 0;
  GrowthTrend kept;  // live bytes a request; no points when no heap could be taken
  std::optional<double> allocated_bytes;    // a request; Node.js
  std::optional<double> allocated_objects;  // a request; Ruby
  std::string failure;                      // why there is nothing; empty when there is
};

struct EndpointTable {
  std::vector<EndpointCost> endpoints;  // the worst first: most kept, then most peak
  bool interrupted = false;
};

Result<EndpointTable> measure_endpoints(const ReproduceSettings& settings, Monitor& monitor);

}  // namespace tidemark
