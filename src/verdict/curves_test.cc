// The fit against what is slow and obvious: elimination, sums over the points, curves that are
// known.
#include "verdict/curves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "verdict/small_system.h"
#include "verdict/statistics.h"

namespace tidemark {
namespace {

double uniform(std::mt19937_64& dice) { return static_cast<double>(dice() >> 11) * 0x1.0p-53; }

TEST(Statistics, QuantilesAreThoseOfTheSortedValues) {
  std::mt19937_64 dice(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(1 + dice() % 40);
    for (double& value : values) value = std::floor(uniform(dice) * 10);
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const double part = uniform(dice);
    const double position = part * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    EXPECT_DOUBLE_EQ(
        quantile(values, part),
        sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]));
  }
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(SmallSystem, SolvesAsEliminationDoes) {
  std::mt19937_64 dice(2);
  for (int round = 0; round < 200; ++round) {
    SmallSystem system;
    system.size = 1 + round % kMostTerms;
    double rows[kMostTerms][kMostTerms + 1] = {};
    // A sum of outer products is positive definite.
    for (int k = 0; k < 8; ++k) {
      double v[kMostTerms];
      for (double& x : v) x = uniform(dice) - 0.5;
      for (std::size_t i = 0; i < system.size; ++i) {
        for (std::size_t j = 0; j < system.size; ++j) rows[i][j] += v[i] * v[j];
      }
    }
    for (std::size_t i = 0; i < system.size; ++i) {
      rows[i][kMostTerms] = system.right[i] = uniform(dice);
      for (std::size_t j = 0; j < system.size; ++j) system.matrix[i][j] = rows[i][j];
    }
    for (std::size_t i = 0; i < system.size; ++i) {
      for (std::size_t j = 0; j < system.size; ++j) {
        if (i == j) continue;
        const double factor = rows[j][i] / rows[i][i];
        for (std::size_t k = 0; k <= kMostTerms; ++k) rows[j][k] -= factor * rows[i][k];
      }
    }
    ASSERT_TRUE(system.factor());
    const auto solved = system.solve(system.right);
    for (std::size_t i = 0; i < system.size; ++i) {
      EXPECT_NEAR(solved[i], rows[i][kMostTerms] / rows[i][i], 1e-6 * std::fabs(solved[i]) + 1e-9);
    }
  }
}

// The mean of e^(-squares / 2v) over coefficients that are normal around 0 and positive: added up
// on a grid. The formula takes the whole normal twice instead, which is the same while the best
// coefficients are well above 0.
TEST(SmallSystem, ShrinksAsTheIntegralSays) {
  std::mt19937_64 dice(8);
  for (int round = 0; round < 20; ++round) {
    constexpr int kPoints = 12;
    const double variance = 0.01;
    const double scale[2] = {0.5 + uniform(dice), 0.5 + uniform(dice)};
    double column[2][kPoints];
    double level[kPoints];
    double squares = 0;
    SmallSystem system;
    system.size = 2;
    for (int i = 0; i < kPoints; ++i) {
      column[0][i] = i / 12.0 - 0.5;
      column[1][i] = uniform(dice) - 0.5;
      level[i] = 0.8 * column[0][i] + 0.7 * column[1][i] + 0.1 * (uniform(dice) - 0.5);
      squares += level[i] * level[i];
      for (int a = 0; a < 2; ++a) {
        for (int b = 0; b < 2; ++b) system.matrix[a][b] += column[a][i] * column[b][i];
        system.right[a] += column[a][i] * level[i];
      }
    }
    double sum = 0;
    constexpr double kStep = 0.02;
    for (double a = kStep / 2; a < 3; a += kStep) {
      for (double b = kStep / 2; b < 3; b += kStep) {
        double left = 0;
        for (int i = 0; i < kPoints; ++i) {
          const double miss = level[i] - a * column[0][i] - b * column[1][i];
          left += miss * miss;
        }
        const double prior =
            4 / (2 * M_PI * scale[0] * scale[1]) *
            std::exp(-a * a / (2 * scale[0] * scale[0]) - b * b / (2 * scale[1] * scale[1]));
        sum += prior * std::exp(-left / (2 * variance)) * kStep * kStep;
      }
    }
    const Shrunk shrunk = shrink(
        system, {variance / (scale[0] * scale[0]), variance / (scale[1] * scale[1])}, squares);
    ASSERT_TRUE(shrunk.possible);
    EXPECT_NEAR(shrunk.odds - shrunk.left / (2 * variance), std::log(sum), 0.05);
    double left = 0;
    for (int i = 0; i < kPoints; ++i) {
      const double miss =
          level[i] - shrunk.coefficients[0] * column[0][i] - shrunk.coefficients[1] * column[1][i];
      left += miss * miss;
    }
    EXPECT_NEAR(shrunk.squares, left, 1e-9);
  }
}

// A life of 36 points over `hours`, its level a function of the age, with a little noise.
template <class Level>
Floor life(double hours, const Level& level, std::mt19937_64& dice, double noise = 0.002) {
  Floor floor;
  floor.age = hours;
  for (int i = 0; i < 36; ++i) {
    const double age = hours * (i + 0.5) / 36;
    floor.points.push_back({.age = age,
                            .work = age,
                            .level = level(age) + noise * (uniform(dice) - 0.5),
                            .rate = 1,
                            .hour = age});
  }
  return floor;
}

double direct_squares(const CurveModel& model, const std::vector<const Floor*>& floors) {
  double sum = 0;
  for (std::size_t i = 0; i < floors.size(); ++i) {
    for (const FloorPoint& point : floors[i]->points) {
      const double left = point.level - model.origins[i] - model.growth(point.age, point.work, i) -
                          model.traffic() * (point.rate - 1);
      sum += left * left;
    }
  }
  return sum;
}

TEST(Curves, ItsSquaresAreThoseOfItsResiduals) {
  std::mt19937_64 dice(3);
  for (int round = 0; round < 20; ++round) {
    const double slope = uniform(dice) * 0.02;
    const double tau = 0.5 + 3 * uniform(dice);
    const auto level = [&](double age) {
      return 1 + 0.3 * (1 - std::exp(-age / tau)) + slope * age;
    };
    const Floor one = life(20, level, dice);
    const Floor two = life(9, level, dice);
    const std::vector<const Floor*> floors = {&one, &two};
    const CurveFit fit = fit_curves(floors, {});
    EXPECT_NEAR(fit.ending.squares, direct_squares(fit.ending, floors), 1e-9);
    EXPECT_NEAR(fit.going.squares, direct_squares(fit.going, floors), 1e-9);
    EXPECT_FALSE(fit.ending.goes_on);
    EXPECT_TRUE(fit.going.goes_on);
  }
}

TEST(Curves, FindsTheSlopeAndThePlateau) {
  std::mt19937_64 dice(4);
  const Floor leak =
      life(24, [](double age) { return 0.8 + 0.2 * (1 - std::exp(-age)) + 0.01 * age; }, dice);
  const CurveFit going = fit_curves({&leak}, {});
  EXPECT_GT(going.evidence, 3);
  EXPECT_NEAR(going.going.slope, 0.01, 0.001);
  EXPECT_GT(going.going.slope, 3 * going.going.slope_error);
  EXPECT_LT(going.least_slope, 0.01);
  const Floor warm = life(8, [](double age) { return 0.5 + 0.5 * (1 - std::exp(-age / 2)); }, dice);
  const CurveFit ending = fit_curves({&warm}, {});
  EXPECT_LT(ending.evidence, 0);
  EXPECT_NEAR(ending.settled, 1, 0.02);
  EXPECT_LE(ending.settled_low, ending.settled);
  EXPECT_GE(ending.settled_high, ending.settled);
  EXPECT_NEAR(ending.settle_hours, 2 * std::log(0.5 / 0.03), 1.5);
}

// Three clean lives, and a fourth that leaks: nobody said that there was a deploy.
TEST(Curves, ALaterLifeMayBeginToLeak) {
  std::mt19937_64 dice(9);
  const auto warm = [](double age) { return 0.8 + 0.2 * (1 - std::exp(-age)); };
  const Floor one = life(20, warm, dice);
  const Floor two = life(20, warm, dice);
  const Floor three = life(20, warm, dice);
  const Floor four = life(14, [&](double age) { return warm(age) + 0.02 * age; }, dice);
  const CurveFit fit = fit_curves({&one, &two, &three, &four}, {});
  EXPECT_GT(fit.evidence, 5);
  EXPECT_EQ(fit.going.slope_from, 3);
  EXPECT_NEAR(fit.going.slope, 0.02, 0.002);
  EXPECT_NEAR(fit.going.growth(10, 10, 2), fit.going.growth(10, 10) - 0.2, 0.03);
}

TEST(Curves, TrafficIsNoGrowth) {
  std::mt19937_64 dice(5);
  Floor floor = life(24, [](double) { return 1.0; }, dice);
  for (FloorPoint& point : floor.points) {
    point.rate = point.age < 12 ? 0.5 : 1.5;  // it moved here from another instance
    point.level += 0.1 * (point.rate - 1);
  }
  const CurveFit fit = fit_curves({&floor}, {.requests = true});
  EXPECT_LT(fit.evidence, 2);
  EXPECT_NEAR(fit.settled, 1, 0.06);
}

TEST(Curves, AJumpPartsTheLevels) {
  std::mt19937_64 dice(6);
  Floor floor = life(24, [](double age) { return age < 12 ? 1.0 : 1.4; }, dice);
  for (FloorPoint& point : floor.points) {
    if (point.age < 12) continue;
    point.apart = true;
    break;
  }
  const CurveFit fit = fit_curves({&floor}, {});
  EXPECT_LT(fit.evidence, 0);
  ASSERT_EQ(fit.ending.origins.size(), 2);
  EXPECT_NEAR(fit.ending.origins[1] - fit.ending.origins[0], 0.4, 0.01);
}

TEST(Curves, FallingMemoryIsNoLeak) {
  std::mt19937_64 dice(7);
  const Floor floor = life(24, [](double age) { return 1.5 - 0.02 * age; }, dice);
  const CurveFit fit = fit_curves({&floor}, {});
  EXPECT_LT(fit.evidence, 0);
  EXPECT_TRUE(fit.ending.terms.empty());
}

}  // namespace
}  // namespace tidemark
