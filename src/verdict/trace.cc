#include "verdict/trace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kBin = 1.0 / 60;  // hours
constexpr std::size_t kSide = 3;   // neighbours on each side that judge a sample

// A single sample far below both of its neighbours: a reading that failed, not memory.
bool is_glitch(std::span<const MemorySample> samples, std::size_t i) {
  if (i == 0 || i + 1 >= samples.size()) return false;
  const double value = samples[i].bytes;
  if (value >= 0.7 * samples[i - 1].bytes || value >= 0.7 * samples[i + 1].bytes) return false;
  const std::size_t begin = i < kSide ? 0 : i - kSide;
  const std::size_t end = std::min(samples.size(), i + kSide + 1);
  std::array<double, 2 * kSide + 1> around{};
  for (std::size_t k = begin; k < end; ++k) around[k - begin] = samples[k].bytes;
  const double middle = median({around.data(), end - begin});
  return value < 0.7 * middle && samples[i - 1].bytes > 0.85 * middle &&
         samples[i + 1].bytes > 0.85 * middle;
}

std::vector<MemorySample> without_glitches(const MemorySeries& series, std::size_t& dropped) {
  std::vector<MemorySample> positive;
  positive.reserve(series.samples.size());
  double owed = 0;  // requests of dropped samples belong to the next one that stays
  for (const MemorySample& sample : series.samples) {
    if (sample.bytes > 0) {
      positive.push_back(sample);
      if (owed > 0) positive.back().requests += owed;
      owed = 0;
    } else if (!std::isnan(sample.requests)) {
      owed += sample.requests;
    }
  }
  std::vector<MemorySample> kept;
  kept.reserve(positive.size());
  for (std::size_t i = 0; i < positive.size(); ++i) {
    if (!is_glitch(positive, i)) {
      kept.push_back(positive[i]);
    } else if (!std::isnan(positive[i].requests)) {
      positive[i + 1].requests += positive[i].requests;
    }
  }
  dropped = series.samples.size() - kept.size();
  return kept;
}

// One minute of samples becomes one point.
void add_point(Trace& trace, std::span<const MemorySample> bin, double requests) {
  std::array<double, 64> few{};
  std::vector<double> many;
  std::span<double> levels(few.data(), std::min(bin.size(), few.size()));
  if (bin.size() > few.size()) {
    many.resize(bin.size());
    levels = many;
  }
  double hours = 0;
  for (std::size_t i = 0; i < bin.size(); ++i) {
    levels[i] = bin[i].bytes;
    hours += trace.hour_of(bin[i].time);
  }
  trace.hour.push_back(hours / static_cast<double>(bin.size()));
  std::sort(levels.begin(), levels.end());
  const std::size_t middle = levels.size() / 2;
  trace.level.push_back(levels.size() % 2 == 1 ? levels[middle]
                                               : (levels[middle - 1] + levels[middle]) / 2);
  trace.peak.push_back(levels.back());
  trace.work.push_back(requests);
  trace.workers.push_back(bin.back().workers);
}

void bin_samples(Trace& trace, std::span<const MemorySample> samples) {
  double requests = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!std::isnan(samples[i].requests)) requests += samples[i].requests;
    const auto bin_of = [&](std::size_t k) {
      return std::floor(trace.hour_of(samples[k].time) / kBin + 1e-6);
    };
    if (i + 1 < samples.size() && bin_of(i + 1) == bin_of(begin)) continue;
    add_point(trace, samples.subspan(begin, i + 1 - begin), requests);
    begin = i + 1;
  }
}

// Turns counted requests into a clock that runs in hours of mean traffic, and into its pace.
void set_traffic(Trace& trace) {
  const double hours = trace.hour.back() - trace.hour.front();
  const double total = trace.work.back() - trace.work.front();
  if (!(total > 0) || !(hours > 0)) {
    trace.work.clear();
    return;
  }
  trace.requests_per_hour = total / hours;
  trace.rate.assign(trace.size(), 1);
  for (double& work : trace.work) work /= trace.requests_per_hour;
  for (std::size_t i = 1; i < trace.size(); ++i) {
    const double step = trace.hour[i] - trace.hour[i - 1];
    trace.rate[i] = step > 0 ? (trace.work[i] - trace.work[i - 1]) / step : trace.rate[i - 1];
  }
  if (trace.size() > 1) trace.rate[0] = trace.rate[1];
}

}  // namespace

Trace make_trace(const MemorySeries& series, const TraceOptions& options) {
  Trace trace;
  trace.samples = series.samples.size();
  trace.speedup = options.speedup;
  const std::vector<MemorySample> samples = without_glitches(series, trace.glitches);
  if (samples.empty()) return trace;
  trace.start = samples.front().time;
  bin_samples(trace, samples);
  set_traffic(trace);
  if (std::all_of(trace.workers.begin(), trace.workers.end(), [](auto n) { return n == 0; })) {
    trace.workers.clear();
  }
  trace.scale = median(trace.level);
  for (double& level : trace.level) level /= trace.scale;
  for (double& peak : trace.peak) peak /= trace.scale;
  const double quota = options.quota > 0 ? options.quota : series.quota;
  trace.quota = quota / trace.scale;
  std::vector<double> steps;
  steps.reserve(trace.size());
  for (std::size_t i = 1; i < trace.size(); ++i) steps.push_back(trace.hour[i] - trace.hour[i - 1]);
  trace.step = steps.empty() ? 0 : median(steps);
  return trace;
}

}  // namespace tidemark
