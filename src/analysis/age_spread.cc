#include "analysis/age_spread.h"

#include <algorithm>

#include "heap/graph.h"

namespace tidemark {

AgePattern AgeSpread::pattern() const {
  constexpr std::uint64_t kEnough = 40;  // two for each bin
  if (traced < kEnough || traced < untraced) return AgePattern::kUnknown;
  const auto filled = [](std::uint32_t count) { return count > 0; };
  const auto oldest = static_cast<std::size_t>(std::ranges::find_if(bins, filled) - bins.begin());
  std::size_t newest = kAgeBins - 1;
  while (bins[newest] == 0) --newest;
  constexpr std::size_t kHalf = kAgeBins / 2;
  if (newest < kHalf) return AgePattern::kOldOnly;
  if (oldest >= kHalf) return AgePattern::kYoungOnly;
  // Of the time since the first one: how much of it has survivors, and are they still added?
  const std::size_t span = kAgeBins - oldest;
  const auto with_any = static_cast<std::size_t>(
      std::count_if(bins.begin() + static_cast<std::ptrdiff_t>(oldest), bins.end(), filled));
  std::uint64_t recent = 0;
  for (std::size_t i = kAgeBins - span / 4 - 1; i < kAgeBins; ++i) recent += bins[i];
  const bool without_gap = with_any * 10 >= span * 8;
  const bool goes_on = recent * 10 >= traced;
  // Half of them in one bin: made in one go, with stragglers.
  const bool even = std::uint64_t{*std::ranges::max_element(bins)} * 2 < traced;
  return without_gap && goes_on && even ? AgePattern::kEveryAge : AgePattern::kMixed;
}

void GenerationRange::add(AgeSpread& spread, std::uint32_t generation) const {
  if (!known || generation == kNoGeneration) {
    ++spread.untraced;
    return;
  }
  ++spread.traced;
  const std::uint64_t width = std::uint64_t{last} - first + 1;
  const std::uint64_t at = std::clamp(generation, first, last) - first;
  ++spread.bins[at * kAgeBins / width];
}

}  // namespace tidemark
