#include "analysis/trend.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

Trend trend_of(const std::vector<std::uint64_t>& counts, std::uint64_t died_last) {
  if (counts.size() < 2) return Trend::kSteady;
  const auto last = static_cast<std::int64_t>(counts.back());
  const auto first = static_cast<std::int64_t>(counts.front());
  // Where members come and go, numbers wander: by about the root of how many did, each time.
  const double steps = static_cast<double>(counts.size() - 1);
  const double wander = 3 * std::sqrt(static_cast<double>(died_last) * steps);
  const bool above_wander = static_cast<double>(last - first) > wander;
  if (counts.size() == 2) {
    if (last == first) return died_last > 0 ? Trend::kBounded : Trend::kSteady;
    if (last < first) return Trend::kShrinks;
    return above_wander ? Trend::kNew : Trend::kFluctuates;
  }
  std::int64_t largest_step = 0;
  bool always_up = true;
  bool never_up = true;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    const auto step =
        static_cast<std::int64_t>(counts[i]) - static_cast<std::int64_t>(counts[i - 1]);
    largest_step = std::max(largest_step, step);
    always_up = always_up && step > 0;
    never_up = never_up && step <= 0;
  }
  const std::int64_t last_step = last - static_cast<std::int64_t>(counts[counts.size() - 2]);
  // Flat: within 1 % of its size, or a twentieth of the step with which it once grew.
  const std::int64_t slack = std::max<std::int64_t>(last / 100, largest_step / 20);
  const bool flat = last_step <= slack && -last_step <= slack;
  // A large group that gains as much as ever is not full, however little that is beside its size.
  const bool keeps_pace = last_step * 2 >= largest_step;
  if (always_up && above_wander && (keeps_pace || !flat)) return Trend::kGrows;
  if (flat && last > 0 && (largest_step > slack || died_last > 0)) return Trend::kBounded;
  if (flat && last == first) return Trend::kSteady;
  return never_up ? Trend::kShrinks : Trend::kFluctuates;
}

}  // namespace tidemark
