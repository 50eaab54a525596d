#include "verdict/jumps.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kWarmup = 20.0 / 60;  // hours after a start in which memory may come at once
constexpr double kLeast = 0.12;        // of the level before
constexpr double kAboveNoise = 10;     // times the usual difference of neighbours
constexpr double kWatched = 0.75;      // hours that decide whether it stays
constexpr std::size_t kBefore = 4;
constexpr double kLeastInNoise = 0.2;  // of the level before, where it is within the noise
constexpr std::size_t kSustained = 4;  // points

double level_between(const Trace& trace, std::size_t begin, std::size_t end) {
  return median(std::span(trace.level).subspan(begin, end - begin));
}

double usual_difference(const Trace& trace, const Life& life) {
  std::vector<double> differences;
  differences.reserve(life.size());
  for (std::size_t i = life.begin + 1; i < life.end; ++i) {
    differences.push_back(trace.level[i] - trace.level[i - 1]);
  }
  return robust_deviation(differences);
}

bool same_workers(const Trace& trace, std::size_t i) {
  if (trace.workers.empty()) return true;
  return trace.workers[i] == trace.workers[i >= 2 ? i - 2 : 0];
}

// What memory rose to anyway in the hour before: a collector's sawtooth reaches its top again and
// again, and, sampled coarsely, it jumps there.
double usual_top(const Trace& trace, const Life& life, std::size_t at) {
  std::size_t begin = at;
  while (begin > life.begin && trace.hour[at] - trace.hour[begin - 1] < 1) --begin;
  return quantile({trace.level.begin() + static_cast<std::ptrdiff_t>(begin),
                   trace.level.begin() + static_cast<std::ptrdiff_t>(at)},
                  0.95);
}

// Finds where a rise ends: the first of two points that are back below a third of its height.
std::size_t find_return(const Trace& trace, const Life& life, std::size_t at, double back) {
  for (std::size_t i = at + 1; i < life.end; ++i) {
    const bool last = i + 1 == life.end;
    if (trace.level[i] < back && (last || trace.level[i + 1] < back)) return i;
  }
  return life.end;
}

// Do the points after a rise stay above all that was usual, so that it is no noise however noisy
// the rest is?
bool is_sustained(const Trace& trace, const Life& life, std::size_t at, double top) {
  if (at + kSustained > life.end) return false;
  const std::span<const double> after = std::span(trace.level).subspan(at, kSustained);
  return *std::min_element(after.begin(), after.end()) > top;
}

}  // namespace

std::vector<Jump> find_jumps(const Trace& trace, const Life& life) {
  std::vector<Jump> jumps;
  if (life.size() < 2 * kBefore) return jumps;
  const double noise = usual_difference(trace, life);
  const double gap = 3.5 * trace.step;
  for (std::size_t i = life.begin + kBefore; i < life.end; ++i) {
    if (trace.hour[i] - trace.hour[life.begin] < kWarmup) continue;
    // After a gap in the samples nobody knows how steep it was.
    if (trace.hour[i] - trace.hour[i - 1] > gap || !same_workers(trace, i)) continue;
    const double before = level_between(trace, i - kBefore, i);
    const double step = std::min(trace.level[i] - before, trace.level[i] - trace.level[i - 1]);
    // A rise of two points may be cut in the middle by the sampling.
    const double next = i + 1 < life.end ? trace.level[i + 1] - trace.level[i - 1] : step;
    const double rise = std::max(step, std::min(next, 2 * step));
    if (rise < kLeast * before || step <= 0.5 * kLeast * before) continue;
    const double top = usual_top(trace, life, i);
    const bool clear = step >= kAboveNoise * noise ||
                       (rise >= kLeastInNoise * before && is_sustained(trace, life, i, top));
    if (!clear) continue;
    if (trace.level[i - 1] + rise - top < 0.6 * kLeast * before) continue;
    Jump jump{.at = i, .end = life.end, .height = rise, .before = before};
    const std::size_t end = find_return(trace, life, i, before + rise / 3);
    jump.held =
        end == life.end || trace.hour[std::min(end, life.end - 1)] - trace.hour[i] > 8 * kWatched;
    if (jump.held && end < life.end) jump.end = life.end;
    if (!jump.held) jump.end = end;
    const std::size_t settle = std::min(life.end, i + 30);
    if (jump.held && settle > i) {
      jump.height = std::min(rise, level_between(trace, i, settle) - before);
    }
    if (jump.height < kLeast * before && jump.held) continue;
    jumps.push_back(jump);
    if (!jump.held) i = end;
    if (jump.held) i += kBefore - 1;
  }
  return jumps;
}

}  // namespace tidemark
