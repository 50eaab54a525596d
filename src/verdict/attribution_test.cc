#include "verdict/attribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace tidemark {
namespace {

// Twenty hours with three endpoints: a constant one, one that is busy every third hour, and a rare
// one. `by_busy`: the leak is the busy one's doing, else it runs by the hour.
MemorySeries app(bool leak, bool by_busy, bool jumps) {
  std::mt19937_64 dice(7);
  MemorySeries series;
  series.endpoints = {{"GET /", {}}, {"POST /audit", {}}, {"GET /export", {}}};
  double audits = 0;
  double kept = 0;
  for (int i = 0; i < 20 * 180; ++i) {
    const double time = 1.7e9 + i * 20.0;
    const int hour = i / 180;
    const auto add = [&](std::size_t which, unsigned count) {
      series.endpoints[which].counts.emplace_back(time - 10, count);
    };
    add(0, 10);
    const unsigned busy = hour % 3 == 0 ? 12 : 1;
    add(1, busy);
    audits += busy;
    const bool exported = i == 1500 || i == 2600;
    if (exported) add(2, 1);
    if (jumps && exported) kept += 120e6;
    double bytes = 300e6 + kept + 60e6 * (1 - std::exp(-i / 150.0));
    if (leak) bytes += by_busy ? audits * 10000 : i * 46000.0;
    bytes += static_cast<double>(dice() % 2000) * 1000;
    series.samples.push_back({.time = time, .bytes = bytes});
  }
  series.endpoints[2].counts.emplace_back(series.samples.back().time, 1);
  return series;
}

TEST(Attribution, FindsTheEndpointThatLeaks) {
  const MemorySeries series = app(true, true, false);
  const Verdict verdict = judge(series);
  ASSERT_EQ(verdict.kind, VerdictKind::kLeak);
  const Attribution found = attribute_growth(series, verdict);
  ASSERT_FALSE(found.slope.empty());
  EXPECT_EQ(found.slope[0].endpoint, "POST /audit");
  EXPECT_GT(found.slope[0].probability, 0.9);
  EXPECT_NEAR(found.slope[0].bytes_per_1000, 10e6, 1e6);
  EXPECT_TRUE(found.jumps.empty());
}

TEST(Attribution, NamesNoneForALeakByTheHour) {
  const MemorySeries series = app(true, false, false);
  const Verdict verdict = judge(series);
  ASSERT_EQ(verdict.kind, VerdictKind::kLeak);
  const Attribution found = attribute_growth(series, verdict);
  for (const SlopeSuspect& suspect : found.slope) {
    EXPECT_NE(suspect.endpoint, "POST /audit");
    // Even traffic keeps the pace of the clock: they cannot be told apart.
    EXPECT_LT(suspect.probability, 0.9);
  }
}

TEST(Attribution, FindsTheRequestBehindJumps) {
  const MemorySeries series = app(false, false, true);
  const Verdict verdict = judge(series);
  ASSERT_EQ(verdict.kind, VerdictKind::kBloat);
  const Attribution found = attribute_growth(series, verdict);
  ASSERT_EQ(found.jumps.size(), 1);
  EXPECT_EQ(found.jumps[0].endpoint, "GET /export");
  EXPECT_EQ(found.jumps[0].jumps, 2);
  EXPECT_LT(found.jumps[0].chance, 0.001);
}

TEST(Attribution, NothingFromNothing) {
  EXPECT_EQ(attribute_growth({}, {}).endpoints, 0);
  MemorySeries series = app(false, false, false);
  series.endpoints.clear();
  EXPECT_EQ(attribute_growth(series, judge(series)).endpoints, 0);
}

}  // namespace
}  // namespace tidemark
