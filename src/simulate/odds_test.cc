// The odds of passing a quota beside brute force, where there are several heaps, memory that stays,
// and recycling; and how many threads are busy, beside closed forms. All seeds are fixed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "simulate/event_simulator.h"
#include "simulate/rare_events.h"
#include "simulate/server_law.h"

namespace tidemark {
namespace {

constexpr double kMB = 1e6;

ServerModel article(std::size_t processes, std::size_t threads, std::uint64_t each) {
  ServerModel model = article_model(threads, each);
  model.processes = processes;
  return model;
}

ServerModel queue(std::size_t processes, std::size_t threads, double rate, double seconds) {
  ServerModel model;
  model.mix.endpoints = {
      {"light", 95, Distribution::lognormal(0.1, 0.4), Distribution::lognormal(10e6, 25e6)},
      {"heavy", 5, Distribution::lognormal(0.8, 3), Distribution::lognormal(80e6, 200e6)}};
  model.processes = processes;
  model.threads = threads;
  model.arrivals = Arrivals::kPoisson;
  model.rate = rate;
  model.seconds = seconds;
  return model;
}

// The level that the law alone says is passed once in ten times.
void expect_odds_beside_brute_force(const char* name, ServerModel model, std::size_t runs) {
  ASSERT_TRUE(model.check()) << name;
  const double seconds = model.horizon();
  model.quota = ServerLaw(model).quantile(0.9, seconds);
  Monitor monitor;
  const RareChance rare = rare_chance(model, model.quota, seconds, {}, monitor);
  const EventSimulator simulator(model);
  std::size_t over = 0;
  for (std::size_t run = 0; run < runs; ++run) {
    over += std::isfinite(simulator.run(1, run).first_over_quota) ? 1 : 0;
  }
  const double counted = static_cast<double>(over) / static_cast<double>(runs);
  const double error = 3 * std::sqrt(counted * (1 - counted) / static_cast<double>(runs));
  EXPECT_GE(counted + error, rare.low) << name;
  EXPECT_LE(counted - error, rare.high) << name;
  EXPECT_LE(rare.low, rare.chance) << name;
  EXPECT_LE(rare.chance, rare.high) << name;
  // Clumps only take away.
  EXPECT_LE(rare.chance, rare.bound * 1.0001) << name;
}

TEST(OddsBesideBruteForce, SeveralHeaps) {
  expect_odds_beside_brute_force("3 x 2", article(3, 2, 100), 1500);
  expect_odds_beside_brute_force("2 x 5", article(2, 5, 100), 800);
  ServerModel arenas = article(1, 6, 100);
  arenas.ratchet = Ratchet::kArenas;
  arenas.arenas = 3;
  expect_odds_beside_brute_force("3 arenas", arenas, 1500);
  expect_odds_beside_brute_force("queue, 3 x 2", queue(3, 2, 6, 900), 600);
}

TEST(OddsBesideBruteForce, MemoryThatStays) {
  ServerModel leaks = article(1, 4, 100);
  leaks.leak = 0.5 * kMB;
  expect_odds_beside_brute_force("leak", leaks, 1500);
  leaks = article(3, 2, 100);
  leaks.leak = 0.5 * kMB;
  expect_odds_beside_brute_force("leak, 3 x 2", leaks, 1500);
  ServerModel cached = article(1, 4, 100);
  cached.cache = {0.5 * kMB, 300, 500};
  expect_odds_beside_brute_force("cache", cached, 1500);
  leaks = queue(1, 5, 5, 900);
  leaks.leak = 0.02 * kMB;
  expect_odds_beside_brute_force("queue, leak", leaks, 800);
}

TEST(OddsBesideBruteForce, Recycling) {
  ServerModel model = article(1, 4, 100);
  model.recycle_requests = 100;
  expect_odds_beside_brute_force("by requests", model, 1500);
  // Out of step with each other: the law is far above, and the interval reaches down to the truth.
  model = article(3, 2, 100);
  model.recycle_requests = 50;
  model.leak = 2 * kMB;
  expect_odds_beside_brute_force("by requests, 3 x 2, leak", model, 1500);
  model = queue(1, 5, 5, 1800);
  model.recycle_seconds = 600;
  expect_odds_beside_brute_force("by time", model, 500);
}

TEST(RareEvents, OfSeveralHeapsReachOneInABillion) {
  const ServerModel model = article(3, 2, 100);
  const double level = ServerLaw(model).quantile(1 - 1e-9, model.horizon());
  Monitor monitor;
  const RareChance rare = rare_chance(model, level, model.horizon(), {}, monitor);
  EXPECT_GT(rare.chance, 3e-10);
  EXPECT_LT(rare.chance, 1.1e-9);
  EXPECT_LT((rare.high - rare.low) / rare.chance, 0.3);
}

// Exponential, as 4,000 values each as likely as the others.
Distribution exponential(double mean) {
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i) values.push_back(-mean * std::log1p(-(i + 0.5) / 4000));
  return Distribution::measured(std::move(values));
}

ServerModel server(std::size_t threads, double load, const Distribution& seconds, double requests) {
  ServerModel model;
  model.mix.endpoints = {{"", 1, seconds, Distribution::fixed(kMB)}};
  model.threads = threads;
  model.arrivals = Arrivals::kPoisson;
  model.rate = load / seconds.mean();
  model.seconds = requests / model.rate;
  return model;
}

// Part of the time that n threads are busy, out of a run.
std::vector<double> simulated_occupancy(const ServerModel& model) {
  Timeline timeline;
  timeline.most_served = 1000000;
  timeline.columns = 10;
  timeline.seconds = model.seconds;
  static_cast<void>(EventSimulator(model).run(1, 0, nullptr, &timeline));
  std::vector<std::pair<double, int>> steps;
  for (const Timeline::Served& served : timeline.served) {
    steps.emplace_back(served.begin, 1);
    steps.emplace_back(std::min(served.end, model.seconds), -1);
  }
  std::sort(steps.begin(), steps.end());
  std::vector<double> parts(model.threads + 1, 0);
  double last = 0;
  std::size_t busy = 0;
  for (const auto& [time, change] : steps) {
    parts[busy] += (time - last) / model.seconds;
    last = time;
    busy = change > 0 ? busy + 1 : busy - 1;
  }
  parts[0] += (model.seconds - last) / model.seconds;
  return parts;
}

// The chance to wait, by Erlang's sum as it stands in the books.
double erlang_c(std::size_t threads, double load) {
  double term = 1;
  double sum = 0;
  for (std::size_t n = 0; n < threads; ++n) {
    sum += term;
    term *= load / static_cast<double>(n + 1);
  }
  const auto k = static_cast<double>(threads);
  const double waiting = term * k / (k - load);
  return waiting / (sum + waiting);
}

TEST(ClosedForms, ErlangsOccupancyAndWait) {
  // Of tables: C(3, 2) = 4/9, C(5, 4) = 0.5541, C(10, 8) = 0.4092.
  EXPECT_NEAR(queued_threads(3, 2)[3], 4.0 / 9, 1e-12);
  EXPECT_NEAR(queued_threads(5, 4)[5], 0.5541, 5e-5);
  EXPECT_NEAR(queued_threads(10, 8)[10], 0.4092, 5e-5);
  for (std::size_t k = 3; k <= 8; ++k) {
    for (const double part : {0.3, 0.6, 0.8}) {
      const double load = part * static_cast<double>(k);
      const Occupancy busy = queued_threads(k, load);
      EXPECT_NEAR(busy[k], erlang_c(k, load), 1e-12);
      double mean = 0;
      for (std::size_t n = 0; n <= k; ++n) mean += static_cast<double>(n) * busy[n];
      EXPECT_NEAR(mean, load, 1e-9);  // Little's law
    }
    const double load = 0.6 * static_cast<double>(k);
    const ServerModel model = server(k, load, exponential(0.1), 60000);
    const Occupancy expected = queued_threads(k, load);
    const std::vector<double> simulated = simulated_occupancy(model);
    for (std::size_t n = 0; n <= k; ++n) EXPECT_NEAR(simulated[n], expected[n], 0.01) << k;
    const double wait = erlang_c(k, load) * 0.1 / (static_cast<double>(k) - load);
    EXPECT_NEAR(EventSimulator(model).run(1, 0).mean_wait / wait, 1, 0.1) << k;
  }
}

TEST(ClosedForms, OneThreadWithFixedTimes) {
  // M/D/1: the mean wait is half of that of M/M/1, load / (2 (1 - load)) service times.
  for (const double load : {0.3, 0.6, 0.8}) {
    const ServerModel model = server(1, load, Distribution::fixed(0.1), 200000);
    EXPECT_NEAR(EventSimulator(model).run(1, 0).mean_wait / (0.1 * load / (2 * (1 - load))), 1,
                0.05);
    EXPECT_NEAR(simulated_occupancy(model)[1], load, 0.01);
  }
}

TEST(ClosedForms, ManyThreadsAreBusyLikePoisson) {
  // M/G/inf: Poisson, whatever the times are. 64 threads at load 8 hardly ever make anyone wait.
  const double load = 8;
  const Occupancy expected = queued_threads(64, load);
  const std::array<Distribution, 3> times = {Distribution::fixed(0.1), exponential(0.1),
                                             Distribution::lognormal(0.05, 1)};
  std::vector<std::vector<double>> simulated;
  for (const Distribution& seconds : times) {
    simulated.push_back(simulated_occupancy(server(64, load, seconds, 60000)));
  }
  double poisson = std::exp(-load);
  for (std::size_t n = 0; n <= 20; ++n) {
    EXPECT_NEAR(expected[n], poisson, 1e-9);
    for (const auto& one : simulated) EXPECT_NEAR(one[n], poisson, 0.01) << n;
    poisson *= load / static_cast<double>(n + 1);
  }
}

TEST(ClosedForms, OtherTimesHardlyChangeWhoIsBusy) {
  // M/G/k has no closed form: how far Erlang's is off, which the law takes, for times all alike and
  // for widely spread ones.
  for (const Distribution& seconds : {Distribution::fixed(0.1), Distribution::lognormal(0.05, 1)}) {
    const std::vector<double> simulated = simulated_occupancy(server(5, 2.5, seconds, 100000));
    const Occupancy expected = queued_threads(5, 2.5);
    for (std::size_t n = 0; n <= 5; ++n) EXPECT_NEAR(simulated[n], expected[n], 0.02) << n;
  }
}

}  // namespace
}  // namespace tidemark
