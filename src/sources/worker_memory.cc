#include "sources/worker_memory.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace tidemark {
namespace {

constexpr double kSameTime = 1;       // seconds between samples that belong together
constexpr std::size_t kEnough = 5;    // of them
constexpr std::size_t kLastPart = 4;  // a quarter

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Together {
  double total = 0;
  double own = 0;
  std::size_t workers = 0;
};

std::vector<Together> pair_up(const MemorySeries& total, const MemorySeries& own) {
  std::vector<Together> pairs;
  auto beside = own.samples.begin();
  for (const MemorySample& sample : total.samples) {
    while (beside != own.samples.end() && beside->time < sample.time - kSameTime / 2) ++beside;
    if (beside == own.samples.end()) break;
    if (beside->time > sample.time + kSameTime / 2 || beside->workers == 0) continue;
    pairs.push_back({sample.bytes, beside->bytes, beside->workers});
  }
  return pairs;
}

}  // namespace

std::optional<WorkerMemory> worker_memory(const ProcessSampler& sampler) {
  const auto workers = sampler.workers();
  if (workers.empty() || sampler.shares_unknown()) return std::nullopt;
  WorkerMemory memory{.workers = workers.size(), .least = workers.front()->own};
  for (const SampledProcess& process : sampler.running()) {
    memory.total += process.bytes;
    memory.resident += process.memory.resident + process.memory.swap;
  }
  for (const SampledProcess* worker : workers) {
    memory.own += worker->own / static_cast<double>(workers.size());
    memory.least = std::min(memory.least, worker->own);
    memory.most = std::max(memory.most, worker->own);
  }
  return memory;
}

std::optional<WorkerMemory> worker_memory(const MemorySeries& total, const MemorySeries& own) {
  std::vector<Together> pairs = pair_up(total, own);
  if (pairs.size() < kEnough) return std::nullopt;
  const std::size_t last = std::max(pairs.size() / kLastPart, kEnough);
  pairs.erase(pairs.begin(), pairs.end() - static_cast<std::ptrdiff_t>(last));
  std::map<std::size_t, std::size_t> counts;
  for (const Together& pair : pairs) ++counts[pair.workers];
  const auto usual =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<double> totals;
  std::vector<double> owns;
  for (const Together& pair : pairs) {
    if (pair.workers != usual->first) continue;
    totals.push_back(pair.total);
    owns.push_back(pair.own / static_cast<double>(pair.workers));
  }
  return WorkerMemory{
      .workers = usual->first, .total = median(std::move(totals)), .own = median(std::move(owns))};
}

}  // namespace tidemark
