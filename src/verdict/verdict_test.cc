#include "verdict/verdict.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "support/memory_world.h"

namespace tidemark {
namespace {

constexpr int kSeeds = 12;

VerdictKind truth_of(WorldKind kind) {
  switch (kind) {
    case WorldKind::kWarming:
      return VerdictKind::kWarming;
    case WorldKind::kLeak:
    case WorldKind::kRequestLeak:
    case WorldKind::kDailyLeak:
      return VerdictKind::kLeak;
    case WorldKind::kOvercommitted:
      return VerdictKind::kOvercommitted;
    case WorldKind::kBloat:
      return VerdictKind::kBloat;
    default:
      return VerdictKind::kSteady;
  }
}

template <class Change>
int changed_verdicts(const Change& change) {
  int changed = 0;
  for (int kind = 0; kind < kWorldKinds; ++kind) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      MemorySeries series = make_world(static_cast<WorldKind>(kind), seed).series;
      const Verdict before = judge(series);
      change(series);
      const Verdict after = judge(series);
      if (before.kind == after.kind) continue;
      ++changed;
      std::printf("world %d/%d: %s became %s\n", kind, static_cast<int>(seed),
                  std::string(verdict_name(before.kind)).c_str(),
                  std::string(verdict_name(after.kind)).c_str());
    }
  }
  return changed;
}

TEST(Verdict, KnowsTheKindsOfTheWorld) {
  int wrong = 0;
  int false_leaks = 0;
  for (int kind = 0; kind < kWorldKinds; ++kind) {
    const VerdictKind truth = truth_of(static_cast<WorldKind>(kind));
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Verdict verdict = judge(make_world(static_cast<WorldKind>(kind), seed).series);
      // Shortly after a restart even a steady process warms up.
      const bool young = static_cast<WorldKind>(kind) == WorldKind::kRestarted &&
                         verdict.kind == VerdictKind::kWarming;
      if (verdict.kind == truth || young) continue;
      ++wrong;
      false_leaks += verdict.kind == VerdictKind::kLeak ? 1 : 0;
      std::printf("world %d/%d is %s, not %s (evidence %.1f; %s | %s)\n", kind,
                  static_cast<int>(seed), std::string(verdict_name(truth)).c_str(),
                  std::string(verdict_name(verdict.kind)).c_str(), verdict.leak_evidence,
                  verdict.ending_model.c_str(), verdict.going_model.c_str());
    }
  }
  EXPECT_LE(wrong, kWorldKinds * kSeeds / 12);
  EXPECT_LE(false_leaks, 1);
}

TEST(Verdict, MeasuresLeaksAndPlateaus) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const WorldSeries leak = make_world(WorldKind::kLeak, seed);
    const Verdict found = judge(leak.series);
    if (found.kind == VerdictKind::kLeak) {
      EXPECT_NEAR(found.growth.value / leak.leak_per_hour, 1, 0.25) << seed;
      EXPECT_LT(found.least_leak, leak.leak_per_hour) << seed;
    }
    const WorldSeries flat = make_world(WorldKind::kFlat, seed);
    const Verdict steady = judge(flat.series);
    EXPECT_NEAR(steady.plateau.value / flat.plateau, 1, 0.05) << seed;
    EXPECT_GT(steady.flat_hours, 10) << seed;
  }
}

TEST(Verdict, DoesNotDependOnTheScale) {
  EXPECT_EQ(changed_verdicts([](MemorySeries& series) {
              series.quota *= 2;
              for (MemorySample& sample : series.samples) sample.bytes *= 2;
            }),
            0);
}

TEST(Verdict, DoesNotDependOnTheStart) {
  EXPECT_EQ(changed_verdicts([](MemorySeries& series) {
              for (MemorySample& sample : series.samples) sample.time += 1234567;
              for (SeriesEvent& event : series.events) event.time += 1234567;
            }),
            0);
}

TEST(Verdict, HardlyDependsOnLostSamples) {
  std::mt19937_64 dice(5);
  EXPECT_LE(changed_verdicts([&](MemorySeries& series) {
              std::erase_if(series.samples, [&](const MemorySample&) { return dice() % 20 == 0; });
            }),
            1);
}

TEST(Verdict, HardlyDependsOnTheSampling) {
  int changed = 0;
  for (int kind = 0; kind < kWorldKinds; ++kind) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const auto fine = judge(make_world(static_cast<WorldKind>(kind), seed, 20).series);
      const auto coarse = judge(make_world(static_cast<WorldKind>(kind), seed, 60).series);
      if (fine.kind == coarse.kind) continue;
      ++changed;
      std::printf("world %d/%d: %s at 20 s, %s at 60 s (%.1f, %.1f)\n", kind,
                  static_cast<int>(seed), std::string(verdict_name(fine.kind)).c_str(),
                  std::string(verdict_name(coarse.kind)).c_str(), fine.leak_evidence,
                  coarse.leak_evidence);
    }
  }
  EXPECT_LE(changed, 1);
}

TEST(Verdict, CountsTheWorkersThatFit) {
  const WorldSeries world = make_world(WorldKind::kOvercommitted, 3);
  const Verdict verdict = judge(world.series);
  ASSERT_EQ(verdict.kind, VerdictKind::kOvercommitted);
  EXPECT_EQ(verdict.workers, 2);
  EXPECT_EQ(verdict.workers_fit, 1);
  EXPECT_GT(verdict.per_worker, 0.35 * world.plateau);
}

TEST(Verdict, AloadTestIsReadFaster) {
  MemorySeries series = make_world(WorldKind::kLeak, 2).series;
  const Verdict slow = judge(series);
  const double begin = series.samples.front().time;
  for (MemorySample& sample : series.samples) sample.time = begin + (sample.time - begin) / 60;
  const Verdict fast = judge(series, {.speedup = 60});
  EXPECT_EQ(fast.kind, slow.kind);
  EXPECT_NEAR(fast.growth.value / slow.growth.value, 1, 0.01);
  EXPECT_EQ(judge(series).kind, VerdictKind::kInsufficient);  // half an hour, as it stands
}

TEST(Verdict, TellsWhenAndHowMuchCameAtOnce) {
  const Verdict verdict = judge(make_world(WorldKind::kBloat, 1).series);
  ASSERT_EQ(verdict.kind, VerdictKind::kBloat);
  ASSERT_EQ(verdict.jumps.size(), 2);
  EXPECT_TRUE(verdict.jumps[0].stayed);
  EXPECT_GT(verdict.jumps[0].bytes, 0.15 * verdict.now / 2);
}

TEST(Verdict, DrawsWhatItFound) {
  for (int kind = 0; kind < kWorldKinds; ++kind) {
    const Verdict verdict = judge(make_world(static_cast<WorldKind>(kind), 1).series);
    ASSERT_FALSE(verdict.floor.empty()) << kind;
    ASSERT_FALSE(verdict.forecast.empty());
    EXPECT_EQ(verdict.forecast.size(), verdict.forecast_low.size());
    std::size_t fitted = 0;
    for (const auto& line : verdict.fitted) fitted += line.size();
    EXPECT_EQ(fitted, verdict.floor.size());
    for (std::size_t i = 0; i < verdict.forecast.size(); ++i) {
      EXPECT_LE(verdict.forecast_low[i].bytes, verdict.forecast_high[i].bytes + 1);
    }
    EXPECT_GE(verdict.confidence, 0) << kind;
    EXPECT_LE(verdict.confidence, 1);
  }
}

TEST(Verdict, IsDeterministic) {
  const MemorySeries series = make_world(WorldKind::kWarming, 7).series;
  const Verdict a = judge(series);
  const Verdict b = judge(series);
  EXPECT_EQ(a.leak_evidence, b.leak_evidence);
  EXPECT_EQ(a.plateau.value, b.plateau.value);
}

MemorySeries constant(std::size_t count, double bytes, double step = 60) {
  MemorySeries series;
  for (std::size_t i = 0; i < count; ++i) {
    series.samples.push_back({.time = 1000 + step * static_cast<double>(i), .bytes = bytes});
  }
  return series;
}

TEST(Verdict, NeedsSomeData) {
  EXPECT_EQ(judge({}).kind, VerdictKind::kInsufficient);
  EXPECT_EQ(judge(constant(1, 5e6)).kind, VerdictKind::kInsufficient);
  EXPECT_EQ(judge(constant(20, 5e6)).kind, VerdictKind::kInsufficient);
  EXPECT_EQ(judge(constant(600, 0)).kind, VerdictKind::kInsufficient);
  EXPECT_EQ(judge(constant(600, 5e6)).kind, VerdictKind::kSteady);
  EXPECT_EQ(judge(constant(600, 5e6, 0)).kind, VerdictKind::kInsufficient);
  MemorySeries restless = constant(3000, 5e6);
  for (int i = 1; i < 150; ++i) {
    restless.events.push_back(
        {.time = 1000 + i * 1200.0, .kind = EventKind::kRestart, .detail = {}});
  }
  EXPECT_EQ(judge(restless).kind, VerdictKind::kInsufficient);
}

TEST(Verdict, SurvivesNonsense) {
  std::mt19937_64 dice(11);
  const std::array<double, 6> values = {1e-300, 1, 1e9, 1e18, 1e300, 4e6};
  for (int round = 0; round < 200; ++round) {
    MemorySeries series;
    series.quota = round % 3 == 0 ? values[dice() % values.size()] : 0;
    double time = static_cast<double>(dice() % 1000) * 1e6;
    const std::size_t count = dice() % 300;
    for (std::size_t i = 0; i < count; ++i) {
      time += static_cast<double>(dice() % 5) * (dice() % 50 == 0 ? 1e6 : 30);
      series.samples.push_back({.time = time,
                                .bytes = dice() % 4 == 0 ? values[dice() % values.size()]
                                                         : 1e6 * static_cast<double>(dice() % 100),
                                .requests = dice() % 3 == 0
                                                ? std::numeric_limits<double>::quiet_NaN()
                                                : static_cast<double>(dice() % 100),
                                .workers = static_cast<std::uint32_t>(dice() % 3)});
      if (dice() % 40 == 0) {
        series.events.push_back(
            {.time = time, .kind = static_cast<EventKind>(dice() % 6), .detail = {}});
      }
    }
    series.put_in_order();
    const Verdict verdict = judge(series);
    EXPECT_FALSE(std::isnan(verdict.confidence));
    EXPECT_FALSE(std::isnan(verdict.plateau.value));
  }
}

// Hours at one level are forecast at that level, not at what a curve or a past height adds to it: a
// process that stands just below its quota fits.
TEST(Verdict, WhatStandsStillStaysWhereItStands) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, 1.1e6);
    MemorySeries series;
    series.quota = 512e6;
    for (int i = 0; i < 2160; ++i) {
      const double level = 500e6 - 175e6 * std::exp(-i * 20 / 420.0);
      series.samples.push_back({.time = 1.79e9 + i * 20.0, .bytes = level + noise(random)});
    }
    const Verdict verdict = judge(series);
    EXPECT_EQ(verdict.kind, VerdictKind::kSteady) << "seed " << seed;
    EXPECT_NEAR(verdict.plateau.value, 500e6, 3e6) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tidemark
