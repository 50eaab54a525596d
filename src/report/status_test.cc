#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "report/status_text.h"
#include "support/golden.h"

namespace tidemark {
namespace {

PoolStatus pool_of_two() {
  PoolStatus status;
  status.name = "8080";
  status.command = "node server.js";
  status.pid = 100;
  status.port = 8080;
  status.server = "Node.js";
  status.uptime = 7200;
  status.min_workers = 1;
  status.max_workers = 4;
  status.max_memory = 400e6;
  status.queue_limit = 1024;
  status.own_memory = 3e6;
  status.started = 3;
  status.replaced = 1;
  status.served = 1234;
  status.state.now = 10'000;
  status.state.quota = 1e9;
  status.state.used = 310e6;
  status.state.growth = 1000;
  status.state.scaling.wanted = 2;
  status.state.load = {.queue = 2, .pending = 5};
  Worker serving;
  serving.number = 2;
  serving.pid = 102;
  serving.phase = WorkerPhase::kServing;
  serving.born = 6400;
  serving.memory = 300e6;
  serving.unique = 250e6;
  serving.growth = 1000;
  serving.cpu = 0.25;
  serving.speaks = true;
  serving.served = 1000;
  serving.busy = 1;
  Worker starting;
  starting.number = 3;
  starting.pid = 103;
  starting.born = 9990;
  status.state.workers = {serving, starting};
  status.state.recycles = {{.time = 9400,
                            .old_worker = 1,
                            .new_worker = 2,
                            .reason = "401.0 MB is over --max-memory 400.0 MB",
                            .for_memory = true,
                            .life = 3000,
                            .released = 350e6,
                            .taken = 200e6}};
  status.decisions = {"1700000000 worker 3 starts: 2 clients wait"};
  return status;
}

TEST(StatusText, IsAsKept) {
  EXPECT_EQ(
      golden_difference("status.txt", status_in(PoolStatusForm::kText, pool_status(pool_of_two()))),
      "");
}

TEST(StatusText, SaysThatReplacingRests) {
  PoolStatus status = pool_of_two();
  status.state.useless_until = status.state.now + 600;
  EXPECT_THAT(status_text(pool_status(status), {}),
              testing::HasSubstr("\nreplacing has not helped; tried again in 10 min\n"));
}

TEST(StatusDocument, IsAsKept) {
  setenv("SOURCE_DATE_EPOCH", "0", 1);
  EXPECT_EQ(golden_difference("status.json",
                              status_in(PoolStatusForm::kJson, pool_status(pool_of_two()))),
            "");
  unsetenv("SOURCE_DATE_EPOCH");
}

TEST(StatusMetrics, AreAsKept) {
  EXPECT_EQ(golden_difference("status.metrics",
                              status_in(PoolStatusForm::kMetrics, pool_status(pool_of_two()))),
            "");
}

}  // namespace
}  // namespace tidemark
