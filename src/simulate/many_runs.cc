#include "simulate/many_runs.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

namespace tidemark {
namespace {

double quantile_of_sorted(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  const auto index = static_cast<std::size_t>(p * static_cast<double>(sorted.size()));
  return sorted[std::min(index, sorted.size() - 1)];
}

std::vector<LevelBand> band_of(const std::vector<RunResult>& runs, std::size_t moments,
                               double seconds) {
  std::vector<LevelBand> band;
  std::vector<double> levels(runs.size());
  for (std::size_t i = 0; i <= moments; ++i) {
    const double at = seconds * static_cast<double>(i) / static_cast<double>(moments);
    for (std::size_t run = 0; run < runs.size(); ++run) levels[run] = peak_at(runs[run], at);
    std::sort(levels.begin(), levels.end());
    band.push_back({at, quantile_of_sorted(levels, 0.05), quantile_of_sorted(levels, 0.5),
                    quantile_of_sorted(levels, 0.95)});
  }
  return band;
}

}  // namespace

double ManyRuns::peak_quantile(double p) const { return quantile_of_sorted(peaks, p); }

double peak_at(const RunResult& run, double seconds) {
  const auto after =
      std::upper_bound(run.peaks.begin(), run.peaks.end(), seconds,
                       [](double at, const LevelStep& step) { return at < step.seconds; });
  return after == run.peaks.begin() ? run.peaks.front().bytes : (after - 1)->bytes;
}

double time_to_rise(const RunResult& run, double part) {
  const double begin = run.peaks.front().bytes;
  const double wanted = begin + part * (run.peak - begin);
  for (const LevelStep& step : run.peaks) {
    if (step.bytes >= wanted) return step.seconds;
  }
  return run.seconds;
}

ManyRuns run_many(const EventSimulator& simulator, const ManyRunsOptions& options,
                  Monitor& monitor) {
  ManyRuns all;
  all.runs.resize(options.runs);
  monitor.begin_phase("simulating", options.runs);
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  const auto work = [&] {
    for (std::size_t run = next++; run < options.runs && !monitor.cancelled(); run = next++) {
      all.runs[run] = simulator.run(options.seed, run, &monitor);
      monitor.advance(++done);
    }
  };
  {
    std::vector<std::jthread> team;
    for (unsigned i = 1; i < std::min<std::size_t>(options.threads, options.runs); ++i) {
      team.emplace_back(work);
    }
    work();
  }
  all.cancelled = monitor.cancelled();
  if (all.cancelled) return all;
  double longest = 0;
  for (const RunResult& run : all.runs) {
    all.peaks.push_back(run.peak);
    all.over_quota += std::isfinite(run.first_over_quota) ? 1 : 0;
    all.events += run.events;
    longest = std::max(longest, run.seconds);
  }
  std::sort(all.peaks.begin(), all.peaks.end());
  all.band = band_of(all.runs, options.moments, options.seconds > 0 ? options.seconds : longest);
  return all;
}

}  // namespace tidemark
