// The cases that the field knows, and the formula beside the simulator.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "simulate/event_simulator.h"
#include "simulate/many_runs.h"
#include "simulate/rare_events.h"
#include "simulate/server_law.h"
#include "simulate/simulation.h"
#include "simulate/sum_of_groups.h"

namespace tidemark {
namespace {

constexpr double kMB = 1e6;

ServerModel served(std::vector<RequestSize> requests, std::size_t threads, std::uint64_t each) {
  ServerModel model;
  model.mix.requests = std::move(requests);
  model.threads = threads;
  model.requests_per_thread = each;
  return model;
}

double peak(const ServerModel& model, std::uint64_t run = 0) {
  return EventSimulator(model).run(1, run).peak;
}

std::vector<double> peaks(const ServerModel& model, std::size_t runs) {
  const EventSimulator simulator(model);
  std::vector<double> all;
  for (std::size_t run = 0; run < runs; ++run) all.push_back(simulator.run(1, run).peak);
  std::sort(all.begin(), all.end());
  return all;
}

double median(const ServerModel& model, std::size_t runs) { return peaks(model, runs)[runs / 2]; }

// A server with a queue and four endpoints: light, medium, heavy, rare.
ServerModel shop(std::size_t processes, std::size_t threads, double rate, double hours) {
  ServerModel model;
  const auto endpoint = [](const char* name, double weight, double p50, double mb) {
    return Endpoint{name, weight, Distribution::lognormal(p50, 4 * p50),
                    Distribution::lognormal(mb * kMB, 2.5 * mb * kMB)};
  };
  model.mix.endpoints = {endpoint("light", 70, 0.08, 6), endpoint("medium", 24, 0.2, 20),
                         endpoint("heavy", 5.5, 0.6, 60), endpoint("rare", 0.5, 3, 180)};
  model.processes = processes;
  model.threads = threads;
  model.arrivals = Arrivals::kPoisson;
  model.rate = rate;
  model.seconds = hours * 3600;
  return model;
}

TEST(KnownCases, OneThreadOneRequestIsATooth) {
  const ServerModel model = served({{1, 222 * kMB}}, 1, 1);
  Timeline timeline;
  timeline.most_served = 10;
  timeline.columns = 10;
  timeline.seconds = 1;
  const RunResult run = EventSimulator(model).run(1, 0, nullptr, &timeline);
  EXPECT_NEAR(run.peak, 222 * kMB, 100);
  EXPECT_DOUBLE_EQ(run.seconds, 1);
  ASSERT_EQ(timeline.served.size(), 1U);
  EXPECT_NEAR(timeline.served[0].bytes, 222 * kMB, 100);
  EXPECT_TRUE(timeline.complete);
}

TEST(KnownCases, OneThreadSeveralRequestsTheTopLineStays) {
  const ServerModel model = served({{1, 50 * kMB}, {1, 200 * kMB}}, 1, 40);
  const RunResult run = EventSimulator(model).run(1, 0);
  EXPECT_NEAR(run.peak, 200 * kMB, 100);
  EXPECT_NEAR(run.end, 200 * kMB, 100);
  EXPECT_EQ(run.requests, 40U);
}

TEST(KnownCases, TwoThreadsThatOverlapNeedBoth) {
  // 222 and 74 units at the same time: 296.
  ServerModel model = served({}, 2, 0);
  model.mix.requests = {{0.74, 222 * kMB}, {0.74, 74 * kMB}};
  model.requests_per_thread = 0;
  model.arrivals = Arrivals::kReplay;
  model.log = {{0, {0.74, 222 * kMB}}, {0, {0.74, 74 * kMB}}};
  EXPECT_NEAR(peak(model), 296 * kMB, 200);
}

TEST(KnownCases, TwoThreadsAThousandRequests) {
  const ServerModel model = article_model(2, 1000);
  const auto all = peaks(model, 400);
  EXPECT_NEAR(all[200] / kMB, 660, 8);
  EXPECT_NEAR(all[20] / kMB, 592, 12);
  EXPECT_NEAR(all[380] / kMB, 736, 16);
  // 780 is the sum of the maxima, or nearly; the maximum of the sum hardly ever reaches it.
  EXPECT_LT(std::count_if(all.begin(), all.end(), [](double p) { return p >= 780 * kMB; }), 6);
  const RunResult run = EventSimulator(model).run(1, 0);
  EXPECT_NEAR(run.sum_of_maxima / kMB, 792, 12);
}

TEST(KnownCases, ThreeThreadsStayBelowTheirBoundAndTenFarBelow) {
  EXPECT_NEAR(median(article_model(3, 1000), 200) / kMB, 787, 12);
  EXPECT_LT(peaks(article_model(3, 1000), 100).back(), 1170 * kMB);
  EXPECT_NEAR(median(article_model(10, 1000), 60) / kMB, 1405, 40);
  EXPECT_LT(peaks(article_model(10, 1000), 30).back(), 0.6 * 3900 * kMB);
}

TEST(KnownCases, WhoKeepsFreedMemoryDecides) {
  ServerModel model = article_model(10, 1000);
  const double heap = peak(model);
  model.ratchet = Ratchet::kArenas;
  model.arenas = 10;
  const double arenas = peak(model);
  EXPECT_GT(arenas, 2 * heap);
  EXPECT_NEAR(arenas, EventSimulator(model).run(1, 0).sum_of_maxima, 10 * kMB);
  model.ratchet = Ratchet::kNone;
  EXPECT_NEAR(peak(model), heap, 1);
}

TEST(LawBesideSimulator, TwelveFixedCasesAgreeWithinFivePerCent) {
  struct Case {
    const char* name;
    ServerModel model;
    std::size_t runs;
  };
  std::vector<Case> cases = {{"2 x 10", article_model(2, 10), 600},
                             {"2 x 1000", article_model(2, 1000), 200},
                             {"3 x 1000", article_model(3, 1000), 200},
                             {"10 x 10", article_model(10, 10), 600},
                             {"10 x 1000", article_model(10, 1000), 60},
                             {"1 x 1", shop(1, 1, 1, 8), 60},
                             {"1 x 5", shop(1, 5, 5, 24), 40},
                             {"5 arenas", shop(1, 5, 5, 8), 40},
                             {"3 x 1", shop(3, 1, 3, 8), 40},
                             {"2 x 5", shop(2, 5, 10, 6), 24},
                             {"10 x 1", shop(10, 1, 10, 6), 24},
                             {"leak", shop(1, 5, 5, 24), 24}};
  cases[7].model.ratchet = Ratchet::kArenas;
  cases[7].model.arenas = 5;
  cases[11].model.leak = 2e3;
  for (const Case& one : cases) {
    ASSERT_TRUE(one.model.check()) << one.name;
    const double expected = ServerLaw(one.model).quantile(0.5, one.model.horizon());
    const double simulated = median(one.model, one.runs);
    EXPECT_NEAR(expected / simulated, 1, 0.05) << one.name;
  }
}

TEST(ClosedForms, MaximumOfUniforms) {
  // One thread, n requests with peaks even over (0, 100 MB): the mean of the highest is n / (n +
  // 1).
  ServerModel model;
  model.mix.endpoints = {{"", 1, Distribution::fixed(0.1), Distribution::uniform(0, 100 * kMB)}};
  for (const std::uint64_t n : {1, 4, 19}) {
    model.requests_per_thread = n;
    double sum = 0;
    for (const double p : peaks(model, 4000)) sum += p;
    const auto count = static_cast<double>(n);
    const double error = std::sqrt(count / (count + 2)) / (count + 1) / std::sqrt(4000.0);
    EXPECT_NEAR(sum / 4000 / (100 * kMB), count / (count + 1), 4 * error) << n;
  }
}

TEST(ClosedForms, QueueOccupancyAndWaiting) {
  // M/G/1: the mean wait is rate E[D^2] / (2 (1 - load)), by Pollaczek and Khinchine.
  ServerModel model = shop(1, 1, 1.4, 600);
  const double load = model.rate * model.mix.mean_seconds();
  const double wait = model.rate * model.mix.mean_square_seconds() / (2 * (1 - load));
  const RunResult run = EventSimulator(model).run(1, 0);
  EXPECT_NEAR(run.mean_wait / wait, 1, 0.06);
  EXPECT_NEAR(static_cast<double>(run.requests) / (model.rate * model.seconds), 1, 0.01);
  // M/M/2 at load 1: busy 0, 1, 2 with 1/3, 1/3, 1/3.
  const Occupancy busy = queued_threads(2, 1);
  for (const double p : busy) EXPECT_NEAR(p, 1.0 / 3, 1e-12);
  const Occupancy one = share_of(busy, 1);
  EXPECT_NEAR(one[1], 0.5, 1e-12);
}

TEST(ClosedForms, SumsOfMarks) {
  // The high-water mark of W processes: by convolution, and by adding up drawn ones.
  const ServerModel model = shop(4, 2, 4, 8);
  const ServerLaw law(model);
  const auto all = peaks(model, 60);
  EXPECT_NEAR(law.quantile(0.5, model.horizon()) / all[30], 1, 0.05);
  // Two uniforms: P(sum > 1.5) = 1/8.
  std::vector<double> above;
  for (int i = 0; i <= 1000; ++i) above.push_back(1 - i / 1000.0);
  const SumOfGroups two({{above, 0.001, 2}});
  EXPECT_NEAR(two.above(1.5), 0.125, 1e-3);
  EXPECT_NEAR(two.quantile(0.5), 1, 2e-3);
}

TEST(Law, IsMonotoneAndScales) {
  const ServerModel model = article_model(3, 1000);
  const ServerLaw law(model);
  double before = 1;
  for (double level = 100; level < 1180; level += 20) {
    const double chance = law.above(level * kMB, model.horizon());
    EXPECT_LE(chance, before + 1e-15);
    EXPECT_GE(law.above(level * kMB, 2 * model.horizon()), chance);
    before = chance;
  }
  ServerModel half = model;
  half.mix = model.mix.scaled(0.5);
  EXPECT_NEAR(ServerLaw(half).quantile(0.5, model.horizon()),
              law.quantile(0.5, model.horizon()) / 2, 0.5 * kMB);
}

TEST(RareEvents, AgreeWithBruteForce) {
  for (ServerModel model : {article_model(10, 100), shop(1, 5, 5, 1), shop(1, 10, 10, 1)}) {
    const double level = ServerLaw(model).quantile(0.9, model.horizon());
    Monitor monitor;
    const RareChance rare = rare_chance(model, level, model.horizon(), {}, monitor);
    const auto all = peaks(model, 600);
    const auto over = std::count_if(all.begin(), all.end(), [&](double p) { return p > level; });
    const double counted = static_cast<double>(over) / 600;
    const double error = 3 * std::sqrt(counted / 600);
    EXPECT_GT(counted + error, rare.low);
    EXPECT_LT(counted - error, rare.high);
    EXPECT_LE(rare.chance, rare.bound);
  }
}

TEST(RareEvents, ReachOneInABillion) {
  const ServerModel model = article_model(10, 100);
  const ServerLaw law(model);
  const double level = law.quantile(1 - 1e-9, model.horizon());
  Monitor monitor;
  const RareChance rare = rare_chance(model, level, model.horizon(), {}, monitor);
  EXPECT_GT(rare.chance, 5e-10);
  EXPECT_LT(rare.chance, 2e-9);
  EXPECT_LT((rare.high - rare.low) / rare.chance, 0.2);
}

TEST(ManyRuns, AreTheSameOnAnyNumberOfThreads) {
  const ServerModel model = shop(2, 3, 4, 0.5);
  const EventSimulator simulator(model);
  Monitor monitor;
  const ManyRuns one = run_many(simulator, {.seed = 7, .runs = 12, .threads = 1}, monitor);
  const ManyRuns four = run_many(simulator, {.seed = 7, .runs = 12, .threads = 4}, monitor);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(one.runs[i].peak, four.runs[i].peak);
    EXPECT_EQ(one.runs[i].events, four.runs[i].events);
  }
  const ManyRuns other = run_many(simulator, {.seed = 8, .runs = 12, .threads = 1}, monitor);
  EXPECT_NE(one.runs[0].peak, other.runs[0].peak);
}

// The same on any machine: the arithmetic is exact, so the numbers can stand here.
TEST(Simulator, GoldenRuns) {
  EXPECT_EQ(std::llround(peak(article_model(2, 1000))), 636000000);
  EXPECT_EQ(std::llround(peak(article_model(10, 1000), 3)), 1409000000);
  EXPECT_EQ(std::llround(peak(shop(2, 5, 10, 1))), 946890555);
}

TEST(Simulator, RetainedMemoryAndRecycling) {
  ServerModel model = served({{0.1, kMB}}, 1, 1000);
  model.leak = 1e4;
  EXPECT_NEAR(peak(model), kMB + 999 * 1e4, 100);
  model.recycle_requests = 100;
  const RunResult run = EventSimulator(model).run(1, 0);
  EXPECT_NEAR(run.peak, kMB + 99 * 1e4, 100);
  EXPECT_EQ(run.recycled, 10U);
  model.leak = 0;
  model.recycle_requests = 0;
  model.cache = {5e4, 30, 30};
  EXPECT_NEAR(peak(model), kMB + 30 * 5e4, 100);
}

TEST(Simulator, BurstsReachWhatChanceHardlyDoes) {
  ServerModel model = shop(1, 8, 2, 3);
  const double before = peak(model);
  model.bursts = {{.every = 3000, .count = 8, .endpoint = 3}};
  EXPECT_GT(peak(model), 1.3 * before);
  EXPECT_FALSE(has_law(model));
}

TEST(Model, RefusesWhatCannotBeSimulated) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const ServerModel& model) {
    const auto checked = model.check();
    return !checked && !checked.error().message.empty();
  };
  const ServerModel good = shop(1, 5, 5, 1);
  ASSERT_TRUE(good.check());
  ServerModel model = good;
  for (const double wrong : {nan, -1.0, 1e300, std::numeric_limits<double>::infinity()}) {
    for (double ServerModel::* field :
         {&ServerModel::base, &ServerModel::shared, &ServerModel::leak, &ServerModel::quota,
          &ServerModel::rate, &ServerModel::seconds, &ServerModel::gives_back}) {
      model = good;
      model.*field = wrong;
      EXPECT_TRUE(refused(model)) << wrong;
    }
    model = good;
    model.mix.endpoints[0].peak = Distribution::fixed(wrong);
    EXPECT_TRUE(refused(model)) << wrong;
    model.mix.endpoints[0] = {"", wrong, Distribution::fixed(1), Distribution::fixed(1)};
    EXPECT_TRUE(refused(model)) << wrong;
    model.mix.endpoints[0] = {"", 1, Distribution::lognormal(wrong, 1), Distribution::fixed(1)};
    EXPECT_TRUE(refused(model)) << wrong;
  }
  for (const std::size_t wrong : {std::size_t{0}, std::size_t{1000000}, SIZE_MAX}) {
    model = good;
    model.threads = wrong;
    EXPECT_TRUE(refused(model)) << wrong;
    model = good;
    model.processes = wrong;
    EXPECT_TRUE(refused(model)) << wrong;
  }
  model = good;
  model.mix.endpoints.clear();
  EXPECT_TRUE(refused(model));
  model = good;
  model.rate = 1e6;
  model.threads = 1000;
  model.mix.endpoints = {{"", 1, Distribution::fixed(1e-5), Distribution::fixed(1)}};
  model.seconds = 300 * 86400.0;
  EXPECT_TRUE(refused(model));
}

TEST(Simulation, AnswersBothNumbersAndTheOdds) {
  ServerModel model = article_model(2, 1000);
  model.quota = 780 * kMB;
  Monitor monitor;
  const auto answer = simulate(model, {.runs = 50}, monitor);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->law_holds);
  EXPECT_NEAR(answer->one_heap.median / kMB, 660, 10);
  EXPECT_NEAR(answer->each_alone.median / kMB, 792, 12);
  ASSERT_TRUE(answer->crossing);
  EXPECT_GT(answer->crossing->chance, 5e-4);
  EXPECT_LT(answer->crossing->chance, 3e-3);
  EXPECT_LT(answer->rise_half, answer->rise_90);
  EXPECT_LT(answer->rise_90, answer->rise_99);
}

}  // namespace
}  // namespace tidemark
