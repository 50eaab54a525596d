// Records of random requests against the law that they follow.
#include "verdict/records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

double uniform(std::mt19937_64& dice) { return static_cast<double>(dice() >> 11) * 0x1.0p-53; }

template <class Level>
Floor life(double hours, const Level& level) {
  Floor floor;
  floor.age = hours;
  for (int i = 0; i < 36; ++i) {
    const double age = hours * (i + 0.5) / 36;
    floor.points.push_back({.age = age, .level = level(age), .hour = age});
  }
  return floor;
}

TEST(Records, ASmoothRiseHasNone) {
  for (const double tau : {0.5, 1.0, 2.0, 4.0, 8.0}) {
    const Floor floor = life(8, [&](double age) { return 1 - 0.5 * std::exp(-age / tau); });
    EXPECT_EQ(records_to_come(floor, 48), 0) << tau;
  }
  EXPECT_EQ(records_to_come(life(8, [](double age) { return 1 + 0.02 * age; }), 48), 0);
  EXPECT_EQ(records_to_come(life(8, [](double) { return 1.0; }), 48), 0);
}

TEST(Records, NoiseHasNone) {
  std::mt19937_64 dice(1);
  int some = 0;
  for (int round = 0; round < 200; ++round) {
    const Floor floor = life(8, [&](double) { return 1 + 0.02 * uniform(dice); });
    some += records_to_come(floor, 48) > 0 ? 1 : 0;
  }
  EXPECT_LE(some, 2);
}

// The largest of exponential sizes so far: after eight hours, and what 40 more add, as simulated.
TEST(Records, AddWhatMoreRequestsAdd) {
  std::mt19937_64 dice(2);
  std::vector<double> expected;
  std::vector<double> real;
  for (int round = 0; round < 2000; ++round) {
    double top = 0;
    std::vector<double> tops;
    for (int minute = 0; minute < 48 * 60; ++minute) {
      top = std::max(top, -0.1 * std::log(1 - uniform(dice)));
      tops.push_back(top);
    }
    const Floor floor =
        life(8, [&](double age) { return 1 + tops[static_cast<std::size_t>(age * 60)]; });
    const double more = records_to_come(floor, 48);
    if (more == 0) continue;
    expected.push_back(more);
    real.push_back(tops.back() - tops[8 * 60]);
  }
  ASSERT_GT(real.size(), 1000);
  double sum = 0;
  double real_sum = 0;
  for (const double more : expected) sum += more;
  for (const double more : real) real_sum += more;
  EXPECT_NEAR(sum / real_sum, 1, 0.35);
}

}  // namespace
}  // namespace tidemark
