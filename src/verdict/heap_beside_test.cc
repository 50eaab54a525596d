#include "verdict/heap_beside.h"

#include <gtest/gtest.h>

#include <cmath>

#include "series/series.h"
#include "verdict/verdict.h"

namespace tidemark {
namespace {

// A day, one sample a minute: `level` of the hour, in MB.
template <class Level>
MemorySeries make_series(MemoryKind kind, Level level) {
  MemorySeries series;
  series.name = "app";
  series.kind = kind;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const double hour = minute / 60.0;
    const double noise = std::sin(minute * 12.9898) * 0.8;
    series.samples.push_back(
        {.time = 1.75e9 + minute * 60.0, .bytes = (level(hour, minute) + noise) * 1e6});
  }
  return series;
}

double sawtooth(double /*hour*/, int minute) { return 400 + (minute * 37 % 100); }
double flat(double /*hour*/, int /*minute*/) { return 120; }
double growing(double hour, int /*minute*/) { return 120 + 3 * hour; }

TEST(HeapBeside, ALeakOfObjectsThatResidentMemoryHidesIsALeak) {
  MemorySeries resident = make_series(MemoryKind::kResident, sawtooth);
  resident.quota = 1e9;
  Verdict verdict = judge(resident);
  ASSERT_NE(verdict.kind, VerdictKind::kLeak);
  weigh_heap(verdict, judge(make_series(MemoryKind::kHeapAfterGc, growing)));
  EXPECT_EQ(verdict.kind, VerdictKind::kLeak);
  ASSERT_TRUE(verdict.heap);
  EXPECT_TRUE(verdict.heap->decided);
  EXPECT_EQ(verdict.heap->says, HeapSays::kObjectsLeak);
  EXPECT_NEAR(verdict.growth.value, 3e6, 0.3e6);
  ASSERT_TRUE(verdict.hours_to_quota);
}

TEST(HeapBeside, GrowthThatTheHeapDoesNotShareIsOutsideOfIt) {
  Verdict verdict = judge(make_series(MemoryKind::kResident, growing));
  ASSERT_EQ(verdict.kind, VerdictKind::kLeak);
  weigh_heap(verdict, judge(make_series(MemoryKind::kHeapAfterGc, flat)));
  EXPECT_EQ(verdict.kind, VerdictKind::kLeak);
  EXPECT_EQ(verdict.heap->says, HeapSays::kGrowthIsOutside);
  EXPECT_FALSE(verdict.heap->decided);
}

TEST(HeapBeside, BothGrowing) {
  Verdict verdict = judge(make_series(MemoryKind::kResident, growing));
  const Estimate before = verdict.growth;
  weigh_heap(verdict, judge(make_series(MemoryKind::kHeapAfterGc, growing)));
  EXPECT_EQ(verdict.heap->says, HeapSays::kObjectsLeak);
  EXPECT_FALSE(verdict.heap->decided);
  EXPECT_EQ(verdict.growth.value, before.value);
}

TEST(HeapBeside, AYoungHeapSaysNothing) {
  Verdict verdict = judge(make_series(MemoryKind::kResident, flat));
  MemorySeries young = make_series(MemoryKind::kHeapAfterGc, growing);
  young.samples.resize(10);
  weigh_heap(verdict, judge(young));
  EXPECT_EQ(verdict.kind, VerdictKind::kSteady);
  EXPECT_EQ(verdict.heap->says, HeapSays::kNothingYet);
}

TEST(HeapBeside, AHeapThatIsSeenAtRareCollectionsClimbsStairsAndIsNoBloat) {
  const auto stairs = [](double hour, int /*minute*/) { return 60 + 20 * std::floor(hour / 1.5); };
  EXPECT_EQ(judge(make_series(MemoryKind::kHeapAfterGc, stairs)).kind, VerdictKind::kLeak);
}

TEST(Lives, WhereEveryRestartIsKnownNoneIsGuessed) {
  // Half of the memory is given back every three hours: by a collector, as it happens.
  const auto collected = [](double hour, int /*minute*/) {
    return std::fmod(hour, 3) < 1.5 ? 300.0 : 120.0;
  };
  const MemorySeries series = make_series(MemoryKind::kResident, collected);
  EXPECT_GT(judge(series).lives.size(), 1U);
  EXPECT_EQ(judge(series, {.restarts_known = true}).lives.size(), 1U);
}

}  // namespace
}  // namespace tidemark
