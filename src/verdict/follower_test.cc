#include "verdict/follower.h"

#include <gtest/gtest.h>

#include "support/memory_world.h"

namespace tidemark {
namespace {

TEST(VerdictFollower, AgreesWithAVerdictFromNothingAndFitsSeldom) {
  const MemorySeries whole = make_world(WorldKind::kDailyLeak, 3).series;
  VerdictFollower follower;
  MemorySeries seen;
  seen.quota = whole.quota;
  std::size_t event = 0;
  std::size_t compared = 0;
  for (const MemorySample& sample : whole.samples) {
    seen.samples.push_back(sample);
    while (event < whole.events.size() && whole.events[event].time <= sample.time) {
      seen.events.push_back(whole.events[event++]);
    }
    const std::size_t fits = follower.fits();
    const Verdict& verdict = follower.update(seen);
    EXPECT_EQ(verdict.samples, seen.samples.size());
    if (follower.fits() == fits || seen.samples.size() % 7 != 0) continue;
    const Verdict alone = judge(seen);
    EXPECT_EQ(verdict.kind, alone.kind);
    EXPECT_EQ(verdict.leak_evidence, alone.leak_evidence);
    ++compared;
  }
  EXPECT_GT(compared, 10);
  EXPECT_LT(follower.fits(), whole.samples.size() / 10);
  EXPECT_EQ(follower.update(seen).kind, VerdictKind::kLeak);
}

TEST(VerdictFollower, NothingIsNotEnough) {
  VerdictFollower follower;
  EXPECT_EQ(follower.update({}).kind, VerdictKind::kInsufficient);
}

}  // namespace
}  // namespace tidemark
