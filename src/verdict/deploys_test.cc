// A deploy may change what memory does, and mostly does not.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "support/dice.h"
#include "verdict/verdict.h"

namespace tidemark {
namespace {

constexpr double kBefore = 14;  // hours until the deploy
constexpr std::uint64_t kSeeds = 12;

// Leaks are shares of the boot level in an hour.
MemorySeries deployed(double leak_before, double leak_after, double hours, std::uint64_t seed) {
  Dice dice(seed);
  MemorySeries series;
  for (int minute = 0; minute < (kBefore + hours) * 60; ++minute) {
    const double hour = minute / 60.0;
    const bool after = hour >= kBefore;
    const double age = after ? hour - kBefore : hour;
    const double grown =
        0.3 * (1 - std::exp(-age / 0.7)) + (after ? leak_after : leak_before) * age;
    series.samples.push_back({.time = 1.75e9 + 60.0 * minute,
                              .bytes = 300e6 * (1 + grown) * (1 + 0.004 * dice.normal())});
  }
  series.events.push_back(
      {.time = 1.75e9 + kBefore * 3600, .kind = EventKind::kDeploy, .detail = {}});
  return series;
}

TEST(Deploys, LivesBeforeOneSpeakForALeakThatGoesOn) {
  int found = 0;
  int found_alone = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    MemorySeries series = deployed(0.02, 0.02, 8, seed);
    found += judge(series).kind == VerdictKind::kLeak ? 1 : 0;
    series.samples.erase(series.samples.begin(),
                         series.samples.begin() + static_cast<std::ptrdiff_t>(kBefore * 60));
    series.events.clear();
    found_alone += judge(series).kind == VerdictKind::kLeak ? 1 : 0;
  }
  EXPECT_GE(found, found_alone + 3) << found << " and " << found_alone;
}

TEST(Deploys, ALeakThatOneEndedIsOver) {
  for (const double hours : {1.0, 2.0, 4.0, 8.0}) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      EXPECT_NE(judge(deployed(0.02, 0, hours, seed)).kind, VerdictKind::kLeak)
          << hours << " h after it, seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tidemark
