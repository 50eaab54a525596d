// Of things that come at random, the chance that the next one is a record falls as 1 / (how many
// came before), so there is about one record each time the age grows by a factor of e, whatever
// their law; for heavy tails they hardly get smaller. So what the last e-fold of age brought is
// what the next one will bring. A curve fitted to a staircase does not know that: after the last
// step all is flat, and it says that memory has settled.
//
// A staircase is told from a smooth rise by how few windows hold most of it, and from noise by
// never going down again.
#include "verdict/records.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

namespace tidemark {
namespace {
constexpr double kLeastAge = 1;      // hours
constexpr std::size_t kFew = 2;      // windows ...
constexpr double kMost = 0.7;        // ... that hold this much of the rise
constexpr double kGivenBack = 0.15;  // of the rise, at most, on average
constexpr std::size_t kLeastPoints = 8;
constexpr double kSmaller = 0.7;  // of the last e-fold: the next one's are rarer and may be cut off

}  // namespace

double records_to_come(const Floor& floor, double horizon) {
  if (floor.age < kLeastAge || floor.age >= horizon) return 0;
  std::vector<double> steps;
  double top = 0;
  double below = 0;  // the top, summed over the windows
  double risen = 0;
  for (const FloorPoint& point : floor.points) {
    const double step = std::max(0.0, point.level - top);
    top = std::max(top, point.level);
    if (point.age < floor.age / std::numbers::e) continue;
    steps.push_back(step);
    risen += step;
    below += top - point.level;
  }
  if (steps.size() < kLeastPoints || !(risen > 0)) return 0;
  std::partial_sort(steps.begin(), steps.begin() + kFew, steps.end(), std::greater<>());
  double few = 0;
  for (std::size_t i = 0; i < kFew; ++i) few += steps[i];
  const double given_back = below / static_cast<double>(steps.size());
  if (few < kMost * risen || given_back > kGivenBack * risen) return 0;
  return kSmaller * risen * std::log(horizon / floor.age);
}

}  // namespace tidemark
