// The verdict on a set of generated instances: all 27 kinds, of a seed that nothing was tuned on.
// The whole measurement is bench/verdict_eval.cc; this keeps a change from spoiling it unseen.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/instance_world.h"
#include "verdict/verdict.h"

namespace tidemark {
namespace {

std::string label_of(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kWarming:
      return "warming";
    case VerdictKind::kOvercommitted:
      return "overcommit";
    case VerdictKind::kInsufficient:
      return "insufficient";
    default:
      return std::string(verdict_name(kind));
  }
}

TEST(GeneratedInstances, AreJudgedAsTheirTruthSays) {
  int all = 0;
  int right = 0;
  int leaks = 0;
  int found = 0;
  int false_leaks = 0;
  for (const ArchetypeShare& kind : archetypes()) {
    for (int i = 0; i < std::max(1, kind.count / 2); ++i) {
      const InstanceSeries made = make_instance(kind.name, 77'000 + static_cast<unsigned>(i));
      const TruthChange& truth = made.truth.back();
      const std::string said = label_of(judge(made.series).kind);
      ++all;
      right += ("|" + truth.accept + "|").contains("|" + said + "|") ? 1 : 0;
      leaks += truth.label == "leak" ? 1 : 0;
      found += truth.label == "leak" && said == "leak" ? 1 : 0;
      false_leaks += truth.label != "leak" && said == "leak" ? 1 : 0;
    }
  }
  EXPECT_GE(right, 0.85 * all) << right << " of " << all;
  EXPECT_GE(found, 0.75 * leaks) << found << " of " << leaks;
  EXPECT_LE(false_leaks, 2);
}

TEST(GeneratedInstances, AreTheSameEachTime) {
  const InstanceSeries one = make_instance("leak_traffic", 5);
  const InstanceSeries two = make_instance("leak_traffic", 5);
  ASSERT_EQ(one.series.samples.size(), two.series.samples.size());
  EXPECT_EQ(one.series.samples.back().bytes, two.series.samples.back().bytes);
  EXPECT_NE(make_instance("leak_traffic", 6).plateau, one.plateau);
}

}  // namespace
}  // namespace tidemark
