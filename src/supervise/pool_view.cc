#include "supervise/pool_view.h"

#include <algorithm>

#include "supervise/tuning.h"

namespace tidemark {

bool starts_or_serves(const Worker& worker) {
  return worker.phase == WorkerPhase::kStarting || worker.phase == WorkerPhase::kServing;
}

bool is_idle(const Worker& worker) {
  return worker.busy == 0 && worker.waiting == 0 && worker.connections.value_or(0) == 0;
}

const Worker* replacement_of(const PoolView& view, int number) {
  for (const Worker& worker : view.workers) {
    if (worker.stands_for == number && starts_or_serves(worker)) return &worker;
  }
  return nullptr;
}

int places_taken(const PoolView& view) {
  return static_cast<int>(
      std::count_if(view.workers.begin(), view.workers.end(), [&view](const Worker& worker) {
        return starts_or_serves(worker) &&
               (worker.retiring.empty() || replacement_of(view, worker.number) == nullptr);
      }));
}

bool room_for_one(const PoolView& view) {
  if (!view.quota) return true;
  double spoken_for = 0;
  for (const Worker& worker : view.workers) {
    if (worker.phase == WorkerPhase::kStarting) {
      spoken_for += std::max(0.0, view.footprint - worker.memory);
    }
  }
  return view.used + spoken_for + view.footprint < kTuning.room_share * *view.quota;
}

bool one_is_moving(const PoolView& view) {
  return view.replacing ||
         std::any_of(view.workers.begin(), view.workers.end(), [](const Worker& worker) {
           return worker.phase != WorkerPhase::kServing || !worker.retiring.empty();
         });
}

double gain_of(const Recycle& recycle) { return recycle.released - recycle.taken; }

std::optional<double> seconds_to_quota(const PoolView& view) {
  if (!view.quota) return std::nullopt;
  if (view.used >= *view.quota) return 0.0;
  if (view.growth <= 0) return std::nullopt;
  return (*view.quota - view.used) / view.growth;
}

std::optional<double> seconds_to_limit(const Worker& worker, double max_memory) {
  if (max_memory <= 0) return std::nullopt;
  if (worker.memory >= max_memory) return 0.0;
  if (worker.growth <= 0) return std::nullopt;
  return (max_memory - worker.memory) / worker.growth;
}

}  // namespace tidemark
