#include "simulate/simulation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidemark {
namespace {

constexpr std::size_t kMostServed = 4000;  // requests that a chart shows one by one
constexpr double kSettled = 10;            // requests a thread, for the law to hold
constexpr double kEnoughEvents = 2e8;      // of runs that nobody asked for
constexpr int kLogMoments = 40;
constexpr int kEvenMoments = 24;
constexpr double kYear = 365.0 * 86400;

LevelSpread spread_of(const ServerLaw& law, double seconds) {
  const auto levels = law.quantiles({0.05, 0.5, 0.95}, seconds);
  return {levels[0], levels[1], levels[2]};
}

LevelSpread spread_of(const ManyRuns& many) {
  return {many.peak_quantile(0.05), many.peak_quantile(0.5), many.peak_quantile(0.95)};
}

ServerModel in_one_heap(const ServerModel& model) {
  ServerModel one = model;
  one.processes = 1;
  one.threads = model.slots();
  one.ratchet = Ratchet::kHeap;
  one.gives_back = 0;
  return one;
}

ServerModel each_alone(const ServerModel& model) {
  ServerModel alone = model;
  alone.ratchet = Ratchet::kArenas;
  alone.arenas = model.threads;
  alone.gives_back = 0;
  return alone;
}

std::vector<double> moments_of(double seconds, double shortest) {
  std::vector<double> moments;
  const double first = std::min(std::max(shortest, seconds * 1e-5), seconds);
  for (int i = 0; i <= kLogMoments; ++i) {
    moments.push_back(first * std::pow(seconds / first, static_cast<double>(i) / kLogMoments));
  }
  for (int i = 1; i <= kEvenMoments; ++i) moments.push_back(seconds * i / kEvenMoments);
  std::sort(moments.begin(), moments.end());
  return moments;
}

double time_of_rise(const std::vector<LevelBand>& curve, double fixed, double part) {
  const double wanted = fixed + part * (curve.back().median - fixed);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].median < wanted) continue;
    if (i == 0) return curve[0].seconds;
    const LevelBand& a = curve[i - 1];
    const LevelBand& b = curve[i];
    const double share = (wanted - a.median) / std::max(b.median - a.median, 1e-9);
    return a.seconds + share * (b.seconds - a.seconds);
  }
  return curve.back().seconds;
}

void answer_by_law(Simulation& out) {
  const ServerModel& model = out.model;
  const ServerLaw law(model);
  out.spread = spread_of(law, out.seconds);
  out.one_heap = spread_of(ServerLaw(in_one_heap(model)), out.seconds);
  out.each_alone = spread_of(ServerLaw(each_alone(model)), out.seconds);
  for (const double at : moments_of(out.seconds, model.mix.mean_seconds())) {
    const LevelSpread spread = spread_of(law, at);
    out.curve.push_back({at, spread.low, spread.median, spread.high});
  }
  out.rise_half = time_of_rise(out.curve, law.fixed(), 0.5);
  out.rise_90 = time_of_rise(out.curve, law.fixed(), 0.9);
  out.rise_99 = time_of_rise(out.curve, law.fixed(), 0.99);
}

void answer_by_runs(const ManyRuns& many, const ManyRuns& heap, const ManyRuns& alone,
                    Simulation& out) {
  out.spread = spread_of(many);
  out.one_heap = spread_of(heap);
  out.each_alone = spread_of(alone);
  out.curve = many.band;
  const double fixed = many.band.front().low;
  out.rise_half = time_of_rise(out.curve, fixed, 0.5);
  out.rise_90 = time_of_rise(out.curve, fixed, 0.9);
  out.rise_99 = time_of_rise(out.curve, fixed, 0.99);
}

// When the chance to have crossed reaches one half; by the law.
double median_crossing(const ServerLaw& law, double quota) {
  if (law.above(quota, kYear) < 0.5) return std::numeric_limits<double>::infinity();
  double low = 0;
  double high = std::log(kYear);
  for (int i = 0; i < 24; ++i) {
    const double middle = (low + high) / 2;
    (law.above(quota, std::exp(middle)) > 0.5 ? high : low) = middle;
  }
  return low <= 0 ? 0 : std::exp(high);
}

Crossing crossing_by_law(const ServerModel& model, double seconds, const SimulationOptions& options,
                         Monitor& monitor) {
  const ServerLaw law(model);
  Crossing out{.from_law = true};
  out.median_seconds = median_crossing(law, model.quota);
  const RareChance rare = rare_chance(model, model.quota, seconds, {.seed = options.seed}, monitor);
  out.chance = rare.chance;
  out.low = rare.low;
  out.high = rare.high;
  return out;
}

// Wilson's interval.
Crossing crossing_by_runs(const ManyRuns& many) {
  const auto n = static_cast<double>(many.runs.size());
  const double p = static_cast<double>(many.over_quota) / n;
  const double z = 1.96;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  Crossing out{.chance = p, .low = std::max(0.0, middle - half), .high = middle + half};
  std::vector<double> times;
  for (const RunResult& run : many.runs) times.push_back(run.first_over_quota);
  std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
  out.median_seconds = times[times.size() / 2];
  return out;
}

ManyRuns many_of(const ServerModel& model, std::size_t runs, double seconds,
                 const SimulationOptions& options, Monitor& monitor) {
  const EventSimulator simulator(model);
  return run_many(
      simulator,
      {.seed = options.seed, .runs = runs, .threads = options.threads, .seconds = seconds},
      monitor);
}

}  // namespace

Result<Simulation> simulate(const ServerModel& model, const SimulationOptions& options,
                            Monitor& monitor) {
  Simulation out;
  out.model = model;
  const EventSimulator simulator(model);
  monitor.begin_phase("simulating", 0);
  double length = model.horizon();
  if (model.requests_per_thread > 0 || model.arrivals == Arrivals::kReplay) {
    length = simulator.run(options.seed, 0, &monitor).seconds;
  }
  out.timeline.most_served = kMostServed;
  out.timeline.columns = options.columns;
  out.timeline.seconds = std::max(length, 1e-6);
  out.run = simulator.run(options.seed, 0, &monitor, &out.timeline);
  out.seconds = model.horizon();
  const ServerModel heap = in_one_heap(model);
  out.run_one_heap = EventSimulator(heap).run(options.seed, 0, &monitor).peak;
  const ServerModel alone = each_alone(model);
  out.run_each_alone = EventSimulator(alone).run(options.seed, 0, &monitor).peak;
  const double each =
      model.completions_per_second() * out.seconds / static_cast<double>(model.slots());
  out.law_holds = has_law(model) && each >= kSettled;
  std::size_t runs = options.runs;
  if (!out.law_holds && runs == 0) {
    const auto events = static_cast<double>(out.run.events + 1);
    runs = static_cast<std::size_t>(std::clamp(kEnoughEvents / events / 3, 20.0, 2000.0));
  }
  if (runs > 0) out.many = many_of(model, runs, out.seconds, options, monitor);
  if (out.law_holds) {
    answer_by_law(out);
  } else if (!monitor.cancelled()) {
    answer_by_runs(*out.many, many_of(heap, runs, out.seconds, options, monitor),
                   many_of(alone, runs, out.seconds, options, monitor), out);
  }
  if (model.quota > 0 && !monitor.cancelled()) {
    out.crossing = out.law_holds ? crossing_by_law(model, out.seconds, options, monitor)
                                 : crossing_by_runs(*out.many);
  }
  if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
  return out;
}

}  // namespace tidemark
