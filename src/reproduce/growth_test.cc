#include "reproduce/growth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "reproduce/conclude.h"

namespace tidemark {
namespace {

using Curve = std::function<double(double)>;

std::vector<MeasuredPoint> measured(std::size_t count, const Curve& heap, const Curve& resident,
                                    double noise, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<MeasuredPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    MeasuredPoint point;
    point.requests = 2000 + 1000 * i;
    const auto x = static_cast<double>(point.requests);
    point.heap = heap(x) + noise * normal(random);
    point.resident = resident(x) + 200e3 * normal(random);
    point.worker_resident = point.resident;
    point.threads = 9;
    points.push_back(point);
  }
  return points;
}

Conclusion of(const std::vector<MeasuredPoint>& points, std::size_t workers = 1) {
  return conclude(
      {.points = points, .workers = workers, .peak = 0, .curve = nullptr, .wanted_points = 3});
}

double flat(double /*requests*/) { return 20e6; }
double settled(double /*requests*/) { return 80e6; }

TEST(Growth, IsTheLineWhenThereIsNoNoise) {
  std::vector<GrowthPoint> points;
  for (int i = 0; i < 5; ++i) points.push_back({.requests = i * 1000.0, .bytes = 5e6 + i * 300e3});
  const GrowthTrend trend = fit_growth(points, 1000);
  EXPECT_NEAR(trend.per_request.value, 300, 1e-6);
  EXPECT_LT(trend.per_request.low, 300);
  EXPECT_GT(trend.per_request.high, 300);
  EXPECT_NEAR(trend.pace_kept, 1, 1e-9);
  EXPECT_EQ(trend.rises, 4);
  EXPECT_EQ(fit_growth(std::span(points).first(1), 1).per_request.value, 0);
}

// The interval holds the truth in 19 of 20 cases, or more: with few points the prior noise rules.
TEST(Growth, IntervalHoldsTheTruth) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  int held = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<GrowthPoint> points;
    for (int i = 0; i < 4; ++i) {
      points.push_back({.requests = i * 1000.0, .bytes = i * 100e3 + 20e3 * normal(random)});
    }
    const Estimate slope = fit_growth(points, 20e3).per_request;
    held += slope.low <= 100 && 100 <= slope.high ? 1 : 0;
  }
  EXPECT_GT(held, kRuns * 0.93);
}

TEST(Conclude, NamesALeakByItsHeap) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto points = measured(
        3, [](double x) { return 20e6 + 300 * x; }, [](double x) { return 80e6 + 350 * x; }, 10e3,
        seed);
    const Conclusion c = of(points);
    EXPECT_EQ(c.outcome, Outcome::kLeak) << seed;
    EXPECT_TRUE(c.clear);
    EXPECT_NEAR(c.heap.per_request.value, 300, 40);
  }
}

TEST(Conclude, AcquitsAFlatHeap) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Conclusion c = of(measured(3, flat, settled, 15e3, seed));
    EXPECT_NE(c.outcome, Outcome::kLeak) << seed;
    EXPECT_NE(c.outcome, Outcome::kNative) << seed;
  }
}

TEST(Conclude, AcquitsCodeThatIsStillCompiled) {
  auto points = measured(3, [](double x) { return 4e6 + 140 * x; }, settled, 4e3, 1);
  EXPECT_EQ(of(points).outcome, Outcome::kLeak);
  for (MeasuredPoint& point : points) point.program = *point.heap - 2e6;
  EXPECT_NE(of(points).outcome, Outcome::kLeak);
  // But not a program that makes code for every request.
  points = measured(3, [](double x) { return 4e6 + 1700 * x; }, settled, 4e3, 1);
  for (MeasuredPoint& point : points) point.program = *point.heap - 2e6;
  EXPECT_EQ(of(points).outcome, Outcome::kLeak);
}

TEST(Conclude, AcquitsACacheThatFilled) {
  const auto cache = [](double x) { return 20e6 + 2000 * std::min(x, 3200.0); };
  const Conclusion c = of(measured(6, cache, settled, 10e3, 1));
  EXPECT_EQ(c.outcome, Outcome::kLevelsOff);
  EXPECT_TRUE(c.clear);
}

TEST(Conclude, AcquitsAWarmUpOfTheProcess) {
  const auto warm = [](double x) { return 120e6 - 60e6 * std::exp(-x / 3000); };
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Conclusion c = of(measured(8, flat, warm, 10e3, seed));
    EXPECT_NE(c.outcome, Outcome::kLeak);
    EXPECT_NE(c.outcome, Outcome::kNative) << seed;
  }
}

TEST(Conclude, TellsGrowthOutsideTheHeap) {
  const Conclusion c = of(measured(7, flat, [](double x) { return 80e6 + 4000 * x; }, 10e3, 1));
  EXPECT_EQ(c.outcome, Outcome::kNative);
  EXPECT_TRUE(c.clear);
  // Too early for that: it asks for more.
  const Conclusion early = of(measured(4, flat, [](double x) { return 80e6 + 4000 * x; }, 10e3, 1));
  EXPECT_EQ(early.outcome, Outcome::kNotEnough);
  EXPECT_FALSE(early.clear);
}

TEST(Conclude, TellsOneJump) {
  const Conclusion c =
      of(measured(5, flat, [](double x) { return x > 4500 ? 160e6 : 80e6; }, 10e3, 1));
  EXPECT_EQ(c.outcome, Outcome::kBloat);
}

TEST(Conclude, TellsThreadsThatNeverEnd) {
  auto points = measured(4, flat, settled, 10e3, 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].threads = static_cast<std::uint32_t>(9 + 20 * i);
    points[i].thread_names = {{"ruby", 9}, {"worker.rb:12", static_cast<std::uint32_t>(20 * i)}};
  }
  EXPECT_EQ(of(points).outcome, Outcome::kThreads);
  EXPECT_EQ(most_new_threads(points).first, "worker.rb:12");
  // A pool that grew to its size.
  for (std::size_t i = 0; i < points.size(); ++i) points[i].threads = i == 0 ? 9 : 16;
  EXPECT_NE(of(points).outcome, Outcome::kThreads);
}

TEST(Conclude, CountsAnEqualShareForEachWorker) {
  const auto points = measured(
      4, [](double x) { return 20e6 + 75 * x; }, [](double x) { return 300e6 + 300 * x; }, 5e3, 1);
  EXPECT_NEAR(of(points, 4).heap.per_request.value, 300, 30);
}

TEST(Conclude, SaysWhenThereIsNotEnough) {
  EXPECT_EQ(of({}).outcome, Outcome::kNotEnough);
  EXPECT_EQ(of(measured(2, flat, settled, 1e3, 1)).outcome, Outcome::kNotEnough);
}

TEST(Conclude, SeesSmallLeaksOnlyWithMoreRequests) {
  const auto small = [](double x) { return 20e6 + 20 * x; };
  EXPECT_NE(of(measured(3, small, settled, 10e3, 1)).outcome, Outcome::kLeak);
  EXPECT_EQ(of(measured(30, small, settled, 10e3, 1)).outcome, Outcome::kLeak);
}

}  // namespace
}  // namespace tidemark
