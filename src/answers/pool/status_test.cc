#include "answers/pool/status.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

PoolStatus with_one_worker() {
  Worker worker;
  worker.number = 1;
  PoolStatus status;
  status.state.workers.push_back(worker);
  return status;
}

TEST(PoolStatusAnswer, LeavesOutWhatThePoolDoesNotKnow) {
  const PoolStatusAnswer answer = pool_status(with_one_worker());
  EXPECT_FALSE(answer.queue);
  EXPECT_FALSE(answer.quota_bytes);
  EXPECT_FALSE(answer.max_memory_bytes);
  EXPECT_FALSE(answer.replacing_paused_seconds);
  ASSERT_EQ(answer.workers.size(), 1U);
  EXPECT_FALSE(answer.workers[0].memory_bytes);
  EXPECT_FALSE(answer.workers[0].growth_bytes_per_hour);
  EXPECT_FALSE(answer.workers[0].requests);
  EXPECT_FALSE(answer.workers[0].retiring);
}

TEST(PoolStatusAnswer, CountsGrowthByTheHour) {
  PoolStatus status = with_one_worker();
  status.max_memory = 100e6;
  status.state.workers[0].memory = 64e6;
  status.state.workers[0].growth = 10'000;
  const PoolWorker worker = pool_status(status).workers.at(0);
  EXPECT_EQ(worker.growth_bytes_per_hour, 36e6);
  EXPECT_EQ(worker.memory_bytes, 64'000'000U);
  EXPECT_EQ(worker.seconds_to_limit, 3600);
}

TEST(PoolStatusAnswer, PartsADecisionIntoItsTimeAndText) {
  PoolStatus status;
  status.decisions = {"1700000000 worker 1 serves"};
  const PoolStatusAnswer answer = pool_status(status);
  ASSERT_EQ(answer.decisions.size(), 1U);
  EXPECT_EQ(answer.decisions[0].time, 1'700'000'000);
  EXPECT_EQ(answer.decisions[0].text, "worker 1 serves");
}

TEST(AskPools, NamesWhatIsNotThere) {
  const auto said = ask_pools({.name = "no-such-pool-of-a-test", .form = PoolStatusForm::kText});
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tidemark
