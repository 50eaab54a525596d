#include "simulate/server_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

constexpr std::size_t kMostProcesses = 1000;
constexpr std::size_t kMostThreads = 1000;
constexpr std::size_t kMostSlots = 16000;
constexpr double kMostBytes = 1e15;
constexpr double kLongest = 366.0 * 86400;
constexpr double kMostEvents = 2e11;

Result<void> check_size(std::string_view what, double bytes) {
  if (bytes >= 0 && bytes <= kMostBytes) return {};
  return fail(ErrorCode::kUsage, fmt::format("{} is negative, too large or no number", what),
              "up to 1 PB");
}

Result<void> check_counts(const ServerModel& model) {
  if (model.processes < 1 || model.processes > kMostProcesses) {
    return fail(ErrorCode::kUsage, fmt::format("{} processes cannot be simulated", model.processes),
                fmt::format("1 to {}", kMostProcesses));
  }
  if (model.threads < 1 || model.threads > kMostThreads) {
    return fail(ErrorCode::kUsage, fmt::format("{} threads cannot be simulated", model.threads),
                fmt::format("1 to {} in each process", kMostThreads));
  }
  if (model.slots() > kMostSlots) {
    return fail(ErrorCode::kUsage, fmt::format("{} threads in all are too many", model.slots()),
                fmt::format("up to {}", kMostSlots));
  }
  if (model.ratchet == Ratchet::kArenas && (model.arenas < 1 || model.arenas > kMostThreads)) {
    return fail(ErrorCode::kUsage, "arenas are 1 to 1,000 in each process");
  }
  return {};
}

Result<void> check_memory(const ServerModel& model) {
  for (const auto& [what, bytes] : {std::pair{"the base of a process", model.base},
                                    {"shared memory", model.shared},
                                    {"what a request leaves behind", model.leak},
                                    {"a cache entry", model.cache.bytes},
                                    {"the quota", model.quota}}) {
    if (auto checked = check_size(what, bytes); !checked) return checked;
  }
  const CacheModel& cache = model.cache;
  if (cache.bytes > 0 &&
      !(cache.entries >= 1 && cache.entries <= 1e12 && cache.keys >= 1 && cache.keys <= 1e15)) {
    return fail(ErrorCode::kUsage, "a cache needs at least one entry and one key");
  }
  if (!(model.gives_back >= 0 && model.gives_back <= 1)) {
    return fail(ErrorCode::kUsage, "the part of freed memory that goes back is 0 to 100 %");
  }
  return {};
}

Result<void> check_time(const ServerModel& model) {
  if (!(model.seconds >= 0 && model.seconds <= kLongest)) {
    return fail(ErrorCode::kUsage, "the time is negative, no number, or above a year");
  }
  if (!(model.recycle_seconds >= 0 && model.recycle_seconds <= kLongest)) {
    return fail(ErrorCode::kUsage, "the age of a process is negative, no number, or above a year");
  }
  for (const Distribution& pause : model.pauses) {
    if (auto checked = pause.check("the pause between requests", kMostSeconds); !checked) {
      return checked;
    }
  }
  if (model.arrivals == Arrivals::kPoisson && !(model.rate > 0 && model.rate <= 1e7)) {
    return fail(ErrorCode::kUsage, "the rate is not above zero, or above ten million a second");
  }
  for (const Burst& burst : model.bursts) {
    if (!(burst.every >= 1e-3) || burst.count < 1 || burst.count > 1000000) {
      return fail(ErrorCode::kUsage,
                  "a burst is 1 to 1,000,000 requests, each millisecond at most");
    }
  }
  if (model.seconds <= 0 && model.arrivals != Arrivals::kReplay &&
      (model.arrivals == Arrivals::kPoisson || model.requests_per_thread == 0)) {
    return fail(ErrorCode::kUsage, "neither a number of requests nor a time is given");
  }
  const double horizon = model.horizon();
  if (horizon > 100 * kLongest || horizon * model.completions_per_second() > kMostEvents) {
    return fail(ErrorCode::kUsage, "that is more than 200 billion requests",
                "simulate less time, or ask `tidemark size`, which needs no simulation");
  }
  return {};
}

}  // namespace

std::size_t ServerModel::groups_per_process() const {
  return ratchet == Ratchet::kArenas ? std::clamp<std::size_t>(arenas, 1, threads) : 1;
}

std::size_t ServerModel::group_threads(std::size_t group) const {
  const std::size_t groups = groups_per_process();
  return threads / groups + (group < threads % groups ? 1 : 0);
}

double ServerModel::mean_pause() const {
  double sum = 0;
  for (const Distribution& pause : pauses) sum += pause.mean();
  return sum;
}

double ServerModel::completions_per_second() const {
  const auto all = static_cast<double>(slots());
  const double busiest = all / mix.mean_seconds();
  switch (arrivals) {
    case Arrivals::kBackToBack:
      return all / (mix.mean_seconds() + mean_pause());
    case Arrivals::kPoisson: {
      double total = rate;
      for (const Burst& burst : bursts) total += static_cast<double>(burst.count) / burst.every;
      return std::min(total, busiest);
    }
    case Arrivals::kReplay:
      if (log.size() < 2) return 0;
      return std::min(static_cast<double>(log.size()) / std::max(log.back().at, 1e-6), busiest);
  }
  return 0;
}

double ServerModel::busy_part() const {
  return std::min(1.0,
                  completions_per_second() * mix.mean_seconds() / static_cast<double>(slots()));
}

double ServerModel::horizon() const {
  if (arrivals == Arrivals::kReplay && seconds <= 0) return log.empty() ? 0 : log.back().at;
  if (arrivals == Arrivals::kBackToBack && requests_per_thread > 0) {
    const double needed =
        static_cast<double>(requests_per_thread) * (mix.mean_seconds() + mean_pause());
    return seconds > 0 ? std::min(seconds, needed) : needed;
  }
  return seconds;
}

Result<void> ServerModel::check() const {
  if (auto checked = mix.check(); !checked) return checked;
  if (auto checked = check_counts(*this); !checked) return checked;
  if (auto checked = check_memory(*this); !checked) return checked;
  return check_time(*this);
}

ServerModel article_model(std::size_t threads, std::uint64_t requests_per_thread) {
  ServerModel model;
  model.mix = article_mix();
  model.threads = threads;
  model.requests_per_thread = requests_per_thread;
  std::vector<double> ticks;
  for (int tick = 1; tick <= 100; ++tick) ticks.push_back(tick * kArticleTick);
  model.pauses = {Distribution::measured(ticks), Distribution::measured(ticks)};
  return model;
}

}  // namespace tidemark
