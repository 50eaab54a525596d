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

double plain(double x) { return 1 - std::exp(-x); }
double two_paces(double x) { return 0.6 * plain(4 * x) + 0.4 * plain(x); }
double stretched(double x) { return plain(std::pow(x, 0.65)); }

// Minutes of `workers` that each go from 0.2 to 0.2 + `warm`; the oldest is killed at 0.97 quotas.
Simulated simulate(int workers, double warm, double tau, double quota, double hours,
                   double (*shape)(double) = plain) {
  Simulated made;
  made.trace.quota = quota;
  made.trace.step = 1.0 / 60;
  std::vector<double> ages(static_cast<std::size_t>(workers), 0);
  for (int minute = 0; minute < hours * 60; ++minute) {
    double total = 0;
    for (double& age : ages) {
      total += 0.2 + warm * shape(age / tau);
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

// Nothing that is seen tells how slowly the slowest part warms up: a plain exponential is taken for
// something slower, and the answer errs on the side that fits.
TEST(KilledWorkers, AgesTellWhatNobodySaw) {
  struct {
    double (*shape)(double);
    double said;  // for each that is
  } const cases[] = {{plain, 1.21}, {two_paces, 1.08}, {stretched, 1.02}};
  double sum = 0;
  int count = 0;
  for (const auto& [shape, said] : cases) {
    for (const int workers : {2, 3, 5}) {
      for (const double tau : {0.7, 1.5}) {
        const double settled = workers * (0.2 + 0.15);
        const Simulated made = simulate(workers, 0.15, tau, 0.85 * settled, 20, shape);
        ASSERT_GE(made.kills, 3);
        const auto found = settled_without_kills(made.trace, {0, made.trace.size()});
        ASSERT_TRUE(found) << workers << " workers, " << tau << " h";
        EXPECT_NEAR(*found / settled, said, 0.03) << workers << " workers, " << tau << " h";
        sum += *found / settled;
        ++count;
      }
    }
  }
  EXPECT_NEAR(sum / count, 1.05, 0.1);
}

// A killer that is at work every few minutes leaves a saw of small teeth, all of one height.
TEST(KilledWorkers, ManySmallFallsFromOneHeightAreKills) {
  const Simulated made = simulate(6, 0.15, 1.5, 0.68 * 6 * 0.35, 20);
  ASSERT_GE(made.kills, 20);
  const Life life{0, made.trace.size()};
  EXPECT_GE(kills_at_one_height(made.trace, life).size(), 0.8 * made.kills);
  Trace alone = made.trace;
  alone.workers.assign(alone.size(), 1);
  EXPECT_TRUE(kills_at_one_height(alone, life).empty());
  Trace roomy = made.trace;
  roomy.quota *= 1.3;
  EXPECT_TRUE(kills_at_one_height(roomy, life).empty());
}

// A collector's falls begin at many heights.
TEST(KilledWorkers, FallsFromManyHeightsAreNone) {
  Simulated made = simulate(6, 0.15, 1.5, 0.68 * 6 * 0.35, 20);
  for (std::size_t i = 0; i < made.trace.size(); ++i) {
    made.trace.level[i] *= 1 + 0.03 * std::sin(made.trace.hour[i]);
  }
  EXPECT_TRUE(kills_at_one_height(made.trace, {0, made.trace.size()}).empty());
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
