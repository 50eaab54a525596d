// The order of the questions:
//
// 1. Do live objects grow with the requests, at a pace that does not slacken? A leak. That is exact
//    evidence: everything counted is reachable, so no collection will ever free it as it stands.
//    Compiled code, inline caches and the like grow for thousands of requests after a start, so
//    what the app itself made is looked at first.
//    The same for threads, which a forked copy does not have, so that no dump shows them.
// 2. They grew, and stopped? It levels off.
// 3. They do not grow; does the process? Resident memory holds garbage, and what an allocator keeps
//    in reserve, and both go up in steps for thousands of requests before they settle. So that
//    takes twice as many measurements, growth in nearly all of them, and the agreement of the
//    curve through all samples, before it is called growth outside the heap.
// 4. One step made nearly all of the difference? Bloat.
// 5. Else steady, and the interval says down to what.
#include "reproduce/conclude.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

// A quiet heap of `bytes` moves by so much between two measurements: buffers of connections, inline
// caches, lazily compiled code.
double heap_noise(double bytes) { return 16e3 + 0.001 * bytes; }
// And a process by so much.
double resident_noise(double bytes) { return 0.4e6 + 0.004 * bytes; }

constexpr double kLeastLeak = 16;        // bytes a request: less is nothing to look for
constexpr double kGoodResolution = 250;  // bytes a request that a clear "no" must have seen
constexpr double kLeastOutside = 200;    // the same for growth outside the heap
constexpr double kLeastThreads = 5;      // new ones: a pool may grow by one or two
constexpr double kKeptPace = 0.5;        // by a leak
constexpr double kKeptOutside = 0.65;    // the same for growth outside the heap, which warms up
constexpr double kEndedPace = 0.25;

// Growth that goes on: surely above zero, at most steps, and at the pace it began with.
bool goes_on(const GrowthTrend& trend, double least, double noise, double pace) {
  return trend.points >= 3 && trend.per_request.low > 0 && trend.per_request.value >= least &&
         trend.total > 4 * noise && trend.pace_kept >= pace &&
         trend.rises + trend.steps() / 4 >= trend.steps();
}

// Growth that was there.
bool rose(const GrowthTrend& trend, double noise) {
  return trend.points >= 3 && trend.total > 6 * noise && trend.per_request.value > 0;
}

// By what the app itself made, or, as code that is generated again and again, by so much that no
// compiler's warm-up accounts for it.
bool heap_leaks(const Conclusion& c, double live) {
  const double noise = heap_noise(live);
  if (goes_on(c.data, kLeastLeak, noise, kKeptPace)) return true;
  return goes_on(c.heap, kLeastLeak, noise, kKeptPace) && c.heap.total > std::max(1e6, 0.1 * live);
}

struct Columns {
  std::vector<GrowthPoint> heap;
  std::vector<GrowthPoint> data;
  std::vector<GrowthPoint> resident;
  std::vector<GrowthPoint> outside;
  std::vector<GrowthPoint> threads;
};

Columns columns_of(const std::vector<MeasuredPoint>& points, std::size_t workers) {
  Columns columns;
  const bool engine_known = std::ranges::all_of(
      points, [](const MeasuredPoint& point) { return point.engine_pages > 0; });
  for (const MeasuredPoint& point : points) {
    const auto all = static_cast<double>(point.requests);
    // Of the process whose heap it is.
    const double own = all / static_cast<double>(std::max<std::size_t>(1, workers));
    columns.resident.push_back({.requests = all, .bytes = point.resident});
    columns.threads.push_back({.requests = own, .bytes = static_cast<double>(point.threads)});
    if (point.heap) {
      columns.heap.push_back({.requests = own, .bytes = *point.heap});
      columns.data.push_back({.requests = own, .bytes = *point.heap - point.program});
    }
    const double inside = engine_known ? point.engine_pages : point.heap.value_or(0);
    columns.outside.push_back({.requests = own, .bytes = point.worker_resident - inside});
  }
  return columns;
}

Outcome judge_resident(const Conclusion& c, const ConcludeInput& input, bool& clear) {
  const double noise = resident_noise(c.level);
  // Without a heap all growth is that of the process.
  const GrowthTrend& trend = c.by_heap ? c.outside : c.resident;
  const std::size_t wanted = std::max<std::size_t>(6, input.wanted_points);
  const bool curve_agrees = input.curve == nullptr || input.curve->leak_probability > 0.3;
  const bool process_grows = goes_on(trend, kLeastOutside, noise, kKeptOutside) &&
                             goes_on(c.resident, kLeastOutside, noise, kKeptOutside) &&
                             trend.total > 0.03 * c.level;
  if (trend.total > 0.12 * c.level && trend.largest_step > 0.8 && trend.steps() >= 2) {
    clear = trend.points >= input.wanted_points;
    return Outcome::kBloat;
  }
  if (process_grows) {
    clear = trend.points >= wanted && curve_agrees;
    if (clear) return Outcome::kNative;
    return trend.points >= wanted ? Outcome::kLevelsOff : Outcome::kNotEnough;
  }
  clear = trend.points >= input.wanted_points;
  if (!c.by_heap && rose(c.resident, noise)) {
    clear = clear && c.resident.pace_kept < kEndedPace;
    return Outcome::kLevelsOff;
  }
  return Outcome::kSteady;
}

}  // namespace

std::pair<std::string, std::uint32_t> most_new_threads(const std::vector<MeasuredPoint>& points) {
  std::pair<std::string, std::uint32_t> most;
  if (points.empty()) return most;
  const auto& before = points.front().thread_names;
  for (const auto& [name, count] : points.back().thread_names) {
    const auto found = before.find(name);
    const std::uint32_t had = found == before.end() ? 0 : found->second;
    if (count > had && count - had > most.second) most = {name, count - had};
  }
  return most;
}

Conclusion conclude(const ConcludeInput& input) {
  Conclusion c;
  c.workers = std::max<std::size_t>(1, input.workers);
  c.peak = input.peak;
  if (input.points.empty()) return c;
  c.level = input.points.back().resident;
  c.per_worker =
      std::max(c.level / static_cast<double>(c.workers), input.points.back().worker_resident);
  if (c.workers == 1) c.per_worker = std::max(c.level, c.peak);
  const Columns columns = columns_of(input.points, c.workers);
  c.by_heap = columns.heap.size() >= 2 && columns.heap.size() == input.points.size();
  const double live = columns.heap.empty() ? 0 : columns.heap.back().bytes;
  c.heap = fit_growth(columns.heap, heap_noise(live));
  c.data = fit_growth(columns.data, heap_noise(live));
  c.resident = fit_growth(columns.resident, resident_noise(c.level));
  c.outside = fit_growth(columns.outside, resident_noise(c.level));
  c.threads = fit_growth(columns.threads, 0.5);
  if (input.points.size() < 3) return c;
  if (c.by_heap) {
    if (heap_leaks(c, live)) {
      c.outcome = Outcome::kLeak;
      c.clear = input.points.size() >= input.wanted_points;
      return c;
    }
  }
  if (c.threads.total >= kLeastThreads && goes_on(c.threads, 0, 0.5, kKeptPace)) {
    c.outcome = Outcome::kThreads;
    c.clear = input.points.size() >= input.wanted_points;
    return c;
  }
  if (c.by_heap) {
    const double noise = heap_noise(live);
    if (rose(c.data, noise)) {
      c.outcome = c.data.largest_step > 0.8 && c.data.total > 0.12 * live ? Outcome::kBloat
                                                                          : Outcome::kLevelsOff;
      c.clear = input.points.size() >= input.wanted_points && c.data.pace_kept < kEndedPace;
      return c;
    }
  }
  c.outcome = judge_resident(c, input, c.clear);
  if (c.by_heap && c.outcome == Outcome::kSteady) {
    c.clear = c.clear && c.data.per_request.high < kGoodResolution;
  }
  return c;
}

}  // namespace tidemark
