#include "verdict/floor.h"

#include <algorithm>
#include <cmath>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kLeastWindow = 4.0 / 60;  // hours
constexpr double kMostWindow = 1.0;
constexpr double kWindows = 36;
constexpr double kFloorPart = 0.1;  // the quantile that is the floor of a window
constexpr double kWiden = 1.6;

// The levels of a life on which the trend is looked for.
struct Levels {
  std::vector<std::size_t> at;  // points of the trace
  std::vector<double> level;
  std::vector<std::size_t> jumps;  // that stayed, so far
};

// Leaves jumps that went away out and counts those that stayed. Where the number of workers
// changes, a level is that of the mean number of workers.
Levels without_jumps(const Trace& trace, const Life& life, const std::vector<Jump>& jumps) {
  Levels levels;
  levels.at.reserve(life.size());
  levels.level.reserve(life.size());
  double mean_workers = 0;
  bool workers_change = false;
  if (!trace.workers.empty()) {
    std::size_t known = 0;
    for (std::size_t i = life.begin; i < life.end; ++i) {
      mean_workers += trace.workers[i];
      known += trace.workers[i] > 0 ? 1 : 0;
      workers_change |= trace.workers[i] != trace.workers[life.begin];
    }
    mean_workers /= static_cast<double>(std::max<std::size_t>(known, 1));
    workers_change &= known == life.size();
  }
  auto jump = jumps.begin();
  std::size_t held = 0;
  for (std::size_t i = life.begin; i < life.end; ++i) {
    while (jump != jumps.end() && jump->at <= i && (jump->held || jump->end <= i)) {
      if (jump->held) ++held;
      ++jump;
    }
    if (jump != jumps.end() && jump->at <= i && i < jump->end) continue;
    levels.at.push_back(i);
    levels.jumps.push_back(held);
    double level = trace.level[i];
    if (workers_change) level *= mean_workers / trace.workers[i];
    levels.level.push_back(level);
  }
  return levels;
}

std::vector<FloorPoint> floor_points(const Trace& trace, const Life& life, const Levels& levels,
                                     double window) {
  std::vector<FloorPoint> points;
  std::vector<double> bucket;
  const double born = trace.hour[life.begin];
  const double worked = trace.work.empty() ? 0 : trace.work[life.begin];
  double hours = 0;
  double rate = 0;
  double work = 0;
  std::size_t begin = 0;
  std::size_t jumps_before = 0;
  for (std::size_t k = 0; k < levels.at.size(); ++k) {
    const std::size_t i = levels.at[k];
    bucket.push_back(levels.level[k]);
    hours += trace.hour[i];
    rate += trace.rate.empty() ? 1 : trace.rate[i];
    work += trace.work.empty() ? 0 : trace.work[i];
    const auto bin = [&](std::size_t p) {
      return std::floor((trace.hour[levels.at[p]] - born) / window);
    };
    const bool same = k + 1 < levels.at.size() && levels.jumps[k + 1] == levels.jumps[begin];
    if (same && bin(k + 1) == bin(begin)) continue;
    const auto count = static_cast<double>(bucket.size());
    // A window that is nearly empty (a gap, the last minutes) has no low-water mark of its own.
    if (count * trace.step >= window / 4 || points.empty()) {
      const bool apart = !points.empty() && levels.jumps[begin] != jumps_before;
      jumps_before = levels.jumps[begin];
      points.push_back({.age = hours / count - born,
                        .work = work / count - worked,
                        .level = quantile(bucket, kFloorPart),
                        .rate = rate / count,
                        .hour = hours / count,
                        .apart = apart});
    }
    bucket.clear();
    hours = rate = work = 0;
    begin = k + 1;
  }
  return points;
}

// How much neighbours of neighbours differ: large while windows are narrower than a garbage
// collector's sawtooth.
double roughness(const std::vector<FloorPoint>& points) {
  std::vector<double> bends;
  for (std::size_t i = 2; i < points.size(); ++i) {
    bends.push_back(std::fabs(points[i].level - 2 * points[i - 1].level + points[i - 2].level));
  }
  return bends.empty() ? 0 : median(bends);
}

double usual_height(const Trace& trace, const Levels& levels,
                    const std::vector<FloorPoint>& points) {
  std::vector<double> above;
  above.reserve(levels.at.size());
  std::size_t next = 0;
  for (std::size_t k = 0; k < levels.at.size(); ++k) {
    const double hour = trace.hour[levels.at[k]];
    while (next + 1 < points.size() && points[next + 1].hour < hour) ++next;
    above.push_back(levels.level[k] - points[next].level);
  }
  return std::max(0.0, quantile(std::move(above), 0.9));
}

}  // namespace

Floor make_floor(const Trace& trace, const Life& life, const std::vector<Jump>& jumps) {
  Floor floor;
  floor.age = trace.hour[life.end - 1] - trace.hour[life.begin];
  const Levels levels = without_jumps(trace, life, jumps);
  floor.window = std::clamp(floor.age / kWindows, kLeastWindow, kMostWindow);
  // Never more than 36 points, also for a life of many days.
  floor.window = std::max(floor.window, floor.age / kWindows);
  floor.points = floor_points(trace, life, levels, floor.window);
  while (floor.window * kWiden <= kMostWindow && floor.points.size() > 12) {
    const double wider = floor.window * kWiden;
    std::vector<FloorPoint> points = floor_points(trace, life, levels, wider);
    if (roughness(points) > 0.5 * roughness(floor.points)) break;
    floor.window = wider;
    floor.points = std::move(points);
  }
  if (!floor.points.empty()) floor.height = usual_height(trace, levels, floor.points);
  return floor;
}

}  // namespace tidemark
