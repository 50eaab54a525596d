// A crew that is simulated with a killer near the quota, against what it would have held.
#include "verdict/killed_workers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace tidemark {
namespace {

struct Simulated {
  Trace trace;
  int kills = 0;
};

// Minutes of `workers` that each go from 0.2 to 0.2 + `warm`; the oldest is killed at 0.97 quotas.
Simulated simulate(int workers, double warm, double tau, double quota, double hours) {
  Simulated made;
  made.trace.quota = quota;
  made.trace.step = 1.0 / 60;
  std::vector<double> ages(static_cast<std::size_t>(workers), 0);
  for (int minute = 0; minute < hours * 60; ++minute) {
    double total = 0;
    for (double& age : ages) {
      total += 0.2 + warm * (1 - std::exp(-age / tau));
      age += 1.0 / 60;
    }
    made.trace.hour.push_back(minute / 60.0);
    made.trace.level.push_back(total);
    made.trace.workers.push_back(static_cast<std::uint32_t>(workers));
    if (total < 0.97 * quota) continue;
    *std::max_element(ages.begin(), ages.end()) = 0;
    ++made.kills;
  }
  return made;
}

TEST(KilledWorkers, AgesTellWhatNobodySaw) {
  for (const int workers : {2, 3, 5}) {
    for (const double tau : {0.7, 1.5}) {
      const double settled = workers * (0.2 + 0.15);
      const Simulated made = simulate(workers, 0.15, tau, 0.85 * settled, 20);
      ASSERT_GE(made.kills, 3);
      const auto found = settled_without_kills(made.trace, {0, made.trace.size()});
      ASSERT_TRUE(found) << workers << " workers, " << tau << " h";
      EXPECT_NEAR(*found / settled, 1, 0.06) << workers << " workers, " << tau << " h";
    }
  }
}

TEST(KilledWorkers, WithoutKillsNothingIsSaid) {
  const Simulated made = simulate(3, 0.15, 1, 10, 20);
  EXPECT_EQ(made.kills, 0);
  EXPECT_FALSE(settled_without_kills(made.trace, {0, made.trace.size()}));
  Trace unknown = simulate(3, 0.15, 1, 0.9, 20).trace;
  unknown.workers.clear();
  EXPECT_FALSE(settled_without_kills(unknown, {0, unknown.size()}));
}

}  // namespace
}  // namespace tidemark
