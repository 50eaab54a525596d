// A killer near the quota ends the largest worker, which is the oldest one, and a new one begins.
// So every worker's age is known at every time, and the sum of all is
//
//   total(t) = start + warm * sum over the workers of shape(age / tau)
//
// linear in `start` and `warm` for each tau of a grid. What nobody has ever seen, all workers old
// at once, is start + workers * warm. Slow warm-ups and those that are many times a worker's start
// are taken to be as rare as in curves.h; the answer is the weighted middle over the grid, over the
// shapes and over both clocks, hours and requests.
//
// The shapes are a stretched exponential, a hyperbola, and, taken to be rare, 1 - e^(-x). The last
// fits the young ages that are seen as well as the others do, and ends too soon: several things
// warm up at several paces, the slow ones last, and they are just what the killer hides (alone it
// is 14 % too low in the middle, with the others 5 %).
#include "verdict/killed_workers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr std::size_t kLeastKills = 3;
// Of the first ones only: later on, one that was missed spoils all ages.
constexpr std::size_t kMostKills = 8;
constexpr double kBoot = 4.0 / 60;  // hours in which a new worker only comes up
constexpr double kMostPoints = 240;
constexpr double kFastest = 0.15;  // hours, of the grid of time constants
constexpr double kSlowest = 12;
constexpr double kUsual = 2;
constexpr double kGrid = 1.3;       // from one to the next
constexpr double kPlain = 0.2;      // how often a warm-up is a plain exponential, against others
constexpr double kExplained = 0.5;  // of the variance, by the ages
constexpr double kMisfit = 0.006;

constexpr double kMostWorkers = 64;

// Of falls that all begin at the same height, which only a limit makes them do.
constexpr std::size_t kLeastFalls = 6;
constexpr double kOneHeight = 0.008;  // of the quota, the deviation of their tops

struct Opinion {
  double level = 0;
  double log_odds = 0;
  double explained = 0;  // share of the variance
};

// When each worker of the crew began, at one point of the trace.
struct Crew {
  std::vector<double> begun;  // by the clock
  void replace_oldest(double now) { *std::min_element(begun.begin(), begun.end()) = now; }
};

// Every fall near the quota, the small ones too: one that is missed makes a worker older than it
// is.
std::vector<std::size_t> falls_within(const Trace& trace, const Life& life) {
  std::vector<double> steps;
  for (std::size_t i = life.begin + 1; i < life.end; ++i) {
    steps.push_back(trace.level[i] - trace.level[i - 1]);
  }
  const double noise = robust_deviation(steps);
  std::vector<std::size_t> at;
  for (std::size_t i = life.begin + 1; i + 1 < life.end; ++i) {
    const double before =
        std::max(trace.level[i - 1], i >= life.begin + 2 ? trace.level[i - 2] : 0);
    const double fall = before - std::min(trace.level[i], trace.level[i + 1]);
    const bool again = !at.empty() && i <= at.back() + 2;
    if (before < 0.9 * trace.quota || fall < 0.02 * before || fall < 5 * noise || again) continue;
    at.push_back(trace.level[i] < before - fall / 2 ? i : i + 1);
  }
  return at;
}

// The points that are looked at: not those just after a worker began.
std::vector<std::size_t> points_of(const Trace& trace, const Life& life,
                                   const std::vector<std::size_t>& kills) {
  std::vector<std::size_t> points;
  double begun = trace.hour[life.begin];
  auto kill = kills.begin();
  for (std::size_t i = life.begin; i < life.end; ++i) {
    for (; kill != kills.end() && *kill <= i; ++kill) begun = trace.hour[i];
    if (trace.hour[i] - begun >= kBoot) points.push_back(i);
  }
  const auto stride = static_cast<std::size_t>(
      std::max(1.0, std::ceil(static_cast<double>(points.size()) / kMostPoints)));
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < points.size(); i += stride) some.push_back(points[i]);
  return some;
}

enum class Warming : std::uint8_t { kExponential, kStretched, kHyperbola };

double share_of(Warming shape, double x) {  // x in time constants
  if (shape == Warming::kHyperbola) return x / (1 + x);
  return 1 - std::exp(shape == Warming::kExponential ? -x : -std::pow(x, 0.6));
}

// The sum over the crew of the shape at these points.
std::vector<double> warmth(const Life& life, const std::vector<double>& clock, double workers,
                           const std::vector<std::size_t>& kills,
                           const std::vector<std::size_t>& points, Warming shape, double tau) {
  Crew crew{std::vector<double>(static_cast<std::size_t>(workers), clock[life.begin])};
  std::vector<double> sums;
  auto kill = kills.begin();
  for (const std::size_t i : points) {
    for (; kill != kills.end() && *kill <= i; ++kill) crew.replace_oldest(clock[*kill]);
    double sum = 0;
    for (const double begun : crew.begun) sum += share_of(shape, (clock[i] - begun) / tau);
    sums.push_back(sum);
  }
  return sums;
}

// Least squares of the levels on the warmth.
Opinion fit(const std::vector<double>& levels, const std::vector<double>& warm, double workers,
            double tau, double independent) {
  const auto n = static_cast<double>(levels.size());
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    x += warm[i];
    y += levels[i];
    xx += warm[i] * warm[i];
    xy += warm[i] * levels[i];
    yy += levels[i] * levels[i];
  }
  const double varied = xx - x * x / n;
  const double whole = yy - y * y / n;
  const double slope = varied > 0 ? (xy - x * y / n) / varied : 0;
  const double start = (y - slope * x) / n;
  if (!(slope > 0) || !(start > 0)) return {.log_odds = -1e9};
  const double left = std::max(0.0, whole - slope * slope * varied);
  const double times = workers * slope / start;
  return {.level = start + workers * slope,
          .log_odds = -independent / 2 * std::log(left / n + kMisfit * kMisfit) -
                      times * times / 2 - std::log(std::max(1.0, tau / kUsual)),
          .explained = 1 - left / whole};
}

}  // namespace

std::vector<Kill> kills_at_one_height(const Trace& trace, const Life& life) {
  std::vector<Kill> kills;
  if (trace.workers.empty() || trace.quota <= 0 || life.size() < 8) return kills;
  if (trace.workers[life.begin] < 2) return kills;
  std::vector<double> tops;
  for (const std::size_t i : falls_within(trace, life)) {
    const double top = std::max(trace.level[i - 1], trace.level[std::max(i, life.begin + 2) - 2]);
    tops.push_back(top);
    kills.push_back({i, top - std::min(trace.level[i], trace.level[i + 1])});
  }
  const bool one_height =
      tops.size() >= kLeastFalls && robust_deviation(tops) < kOneHeight * trace.quota;
  return one_height ? kills : std::vector<Kill>{};
}

std::optional<double> settled_without_kills(const Trace& trace, const Life& life) {
  if (trace.workers.empty() || trace.quota <= 0 || life.size() < 8) return std::nullopt;
  const double workers = trace.workers[life.begin];
  std::vector<std::size_t> at = falls_within(trace, life);
  if (workers < 1 || workers > kMostWorkers || at.size() < kLeastKills) return std::nullopt;
  Life start = life;
  if (at.size() > kMostKills) {
    start.end = at[kMostKills];
    at.resize(kMostKills);
  }
  const std::vector<std::size_t> points = points_of(trace, start, at);
  if (points.size() < 8) return std::nullopt;
  std::vector<double> levels;
  for (const std::size_t i : points) levels.push_back(trace.level[i]);
  // Points between two kills tell the same thing over and over.
  const double independent = 4.0 * static_cast<double>(at.size() + 1);
  std::vector<Opinion> opinions;
  for (const std::vector<double>* clock : {&trace.hour, &trace.work}) {
    if (clock->empty()) continue;
    for (int i = 0; kFastest * std::pow(kGrid, i) < kSlowest; ++i) {
      const double tau = kFastest * std::pow(kGrid, i);
      for (const Warming shape :
           {Warming::kExponential, Warming::kStretched, Warming::kHyperbola}) {
        const auto warm = warmth(start, *clock, workers, at, points, shape, tau);
        opinions.push_back(fit(levels, warm, workers, tau, independent));
        if (shape == Warming::kExponential) opinions.back().log_odds += std::log(kPlain);
      }
    }
  }
  const auto by_odds = [](const Opinion& a, const Opinion& b) { return a.log_odds < b.log_odds; };
  const Opinion best = *std::max_element(opinions.begin(), opinions.end(), by_odds);
  if (best.explained < kExplained) return std::nullopt;
  std::stable_sort(opinions.begin(), opinions.end(),
                   [](const Opinion& a, const Opinion& b) { return a.level < b.level; });
  double all = 0;
  for (const Opinion& one : opinions) all += std::exp(one.log_odds - best.log_odds);
  double below = 0;
  for (const Opinion& one : opinions) {
    below += std::exp(one.log_odds - best.log_odds);
    if (below >= all / 2) return one.level;
  }
  return best.level;
}

}  // namespace tidemark
