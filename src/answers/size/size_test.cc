// The answer to `size`, asked without a terminal.
#include "answers/size/size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using ::testing::ElementsAre;

SizeRequest classic() {
  SizeRequest request;
  request.quota = 1e9;
  request.workers = 3;
  request.per_process = 600e6;
  return request;
}

TEST(SizeAnswer, OfTheClassicCase) {
  Monitor monitor;
  const auto said = answer(classic(), monitor);
  ASSERT_TRUE(said);
  ASSERT_TRUE(said->now);
  EXPECT_EQ(said->now->processes, 3);
  EXPECT_FALSE(said->now->fits);
  ASSERT_TRUE(said->chosen);
  EXPECT_EQ(said->chosen->processes, 1);
  EXPECT_EQ(said->chosen->threads, 2);
  EXPECT_THAT(said->settings,
              ElementsAre("WEB_CONCURRENCY=1", "RAILS_MAX_THREADS=2", "MALLOC_ARENA_MAX=2"));
  EXPECT_TRUE(said->scattered);
  EXPECT_EQ(said->workers_that_fit, 1);
  EXPECT_GT(said->needed, 1.7e9);
  ASSERT_TRUE(said->dyno_needed);
  EXPECT_EQ(said->dyno_needed->name, "performance-m");
  EXPECT_EQ(said->certainty, Certainty::kLow);
  EXPECT_TRUE(is_alarming(*said));
}

TEST(SizeAnswer, OfADyno) {
  auto request = classic();
  request.quota = 0;
  request.dyno = "performance-m";
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->quota, 2.5 * 1073741824);
  EXPECT_FALSE(is_alarming(*said));
}

TEST(SizeAnswer, OfNothingButRequests) {
  SizeRequest request;
  request.quota = 1e9;
  request.base = 100e6;
  request.traffic.requests_per_second = 3;
  request.traffic.peak_bytes = Distribution::lognormal(20e6, 100e6);
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  EXPECT_FALSE(said->now);
  EXPECT_EQ(said->certainty, Certainty::kAsGiven);
  EXPECT_TRUE(said->chosen);
}

TEST(SizeAnswer, RefusesWhatContradictsItself) {
  Monitor monitor;
  const auto refused = [&](const SizeRequest& request) {
    const auto said = answer(request, monitor);
    return !said && said.error().code == ErrorCode::kUsage;
  };
  EXPECT_TRUE(refused({})) << "nothing is known";
  auto request = classic();
  request.dyno = "standard-2x";
  EXPECT_TRUE(refused(request)) << "two quotas";
  request = classic();
  request.live = "puma";
  EXPECT_TRUE(refused(request)) << "two levels";
  request = classic();
  request.base = 2e9;
  EXPECT_TRUE(refused(request)) << "a base above the level";
  request = classic();
  request.quota = 0;
  request.dyno = "huge";
  EXPECT_TRUE(refused(request)) << "no such dyno";
}

}  // namespace
}  // namespace tidemark
