#include "supervise/pool_state.h"

#include <algorithm>

namespace tidemark {

std::optional<double> seconds_to_quota(const PoolState& state) {
  if (!state.quota) return std::nullopt;
  if (state.used >= *state.quota) return 0.0;
  if (state.growth <= 0) return std::nullopt;
  return (*state.quota - state.used) / state.growth;
}

std::optional<double> seconds_to_limit(const Worker& worker, double max_memory) {
  if (max_memory <= 0) return std::nullopt;
  if (worker.memory >= max_memory) return 0.0;
  if (worker.growth <= 0) return std::nullopt;
  return (max_memory - worker.memory) / worker.growth;
}

const char* phase_name(WorkerPhase phase) {
  switch (phase) {
    case WorkerPhase::kStarting:
      return "starting";
    case WorkerPhase::kServing:
      return "serving";
    case WorkerPhase::kDraining:
      return "draining";
    case WorkerPhase::kStopping:
      return "stopping";
    case WorkerPhase::kKilled:
      return "killed";
  }
  return "";
}

}  // namespace tidemark
