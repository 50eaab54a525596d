// The answer to `simulate`, asked without a terminal.
#include "answers/size/simulate.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

SimulateRequest two_threads() {
  SimulateRequest request;
  request.threads = 2;
  request.requests_per_thread = 50;
  request.base = 100e6;
  request.traffic.seconds = Distribution::fixed(0.1);
  request.traffic.peak_bytes = Distribution::uniform(10e6, 30e6);
  return request;
}

TEST(SimulateAnswer, OfTwoThreadsThatGoOnAtOnce) {
  Monitor monitor;
  const auto said = answer(two_threads(), monitor);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->server.threads, 2);
  EXPECT_EQ(said->server.arrivals, Arrivals::kBackToBack);
  EXPECT_EQ(said->run.result.requests, 100);
  EXPECT_GT(said->run.result.peak, 130e6);
  EXPECT_LE(said->run.result.peak, 160e6);
  EXPECT_FALSE(said->crossing);
  EXPECT_FALSE(is_alarming(*said));
  const auto moments = moments_of(*said);
  ASSERT_FALSE(moments.empty());
  EXPECT_EQ(moments.front().thread_held.size(), 2);
  EXPECT_DOUBLE_EQ(moments.back().memory, said->run.result.end);
}

TEST(SimulateAnswer, SaysTheOddsOfAQuota) {
  auto request = two_threads();
  request.quota = 110e6;
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  ASSERT_TRUE(said->crossing);
  EXPECT_GT(said->crossing->chance, 0.5);
  EXPECT_TRUE(is_alarming(*said));
}

TEST(SimulateAnswer, IsFittedToASeries) {
  MemorySeries small{.name = "web.2", .samples = {}, .events = {}, .endpoints = {}};
  MemorySeries large{.name = "web.1", .samples = {}, .events = {}, .endpoints = {}};
  for (int minute = 0; minute < 200; ++minute) {
    const double time = 1769868000 + 60.0 * minute;
    small.samples.push_back({.time = time, .bytes = 50e6});
    large.samples.push_back({.time = time, .bytes = 200e6 + 5e5 * minute});
  }
  SimulateRequest request;
  request.threads = 3;
  request.seconds = 3600;
  request.series.emplace().series = {small, large};
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  ASSERT_TRUE(said->fitted);
  EXPECT_EQ(said->fitted->name, "web.1");
  EXPECT_GT(said->fitted->fit.growth, 10e6);
  EXPECT_GT(said->server.leak, 0);
}

TEST(SimulateAnswer, RefusesWhatContradictsItself) {
  Monitor monitor;
  const auto refused = [&](const SimulateRequest& request) {
    const auto said = answer(request, monitor);
    return !said && said.error().code == ErrorCode::kUsage;
  };
  EXPECT_TRUE(refused({})) << "no sizes";
  auto request = two_threads();
  request.article = true;
  EXPECT_TRUE(refused(request)) << "both";
  request = two_threads();
  request.replay = true;
  EXPECT_TRUE(refused(request)) << "a replay without a log";
  request = two_threads();
  request.bursts.push_back({.count = 5, .every_seconds = 60, .endpoint = {}});
  EXPECT_TRUE(refused(request)) << "bursts beside nothing";
  request.requests_per_thread = 0;
  request.traffic.requests_per_second = 1;
  EXPECT_FALSE(refused(request));
  request.bursts.front().endpoint = "GET /";
  EXPECT_TRUE(refused(request)) << "an endpoint that is not there";
}

}  // namespace
}  // namespace tidemark
