// What `tidemark size` finds out of made-up processes and of made-up histories.
#include "answers/size/level.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "support/made_up_machine.h"

namespace tidemark {
namespace {

std::string said(const WorkerLevel& level) {
  std::string all;
  for (const std::string& line : level.known) all += line + "\n";
  return all;
}

TEST(WorkerLevel, OfACopyOnWriteCluster) {
  MadeUpMachine machine;
  machine.process(10, 1, "ruby", "puma 5.6.5 (tcp://0.0.0.0:3000)", 200000, 60000);
  for (const int pid : {11, 12}) {
    machine.process(pid, 10, "ruby", "puma: cluster worker 0: 10", 300000, 160000, 100, 100000);
    for (const int thread : {1, 2, 3}) machine.thread(pid, 100 * pid + thread, "puma srv tp 001");
  }
  const auto level = level_of_processes({.target = "puma", .host = &machine});
  ASSERT_TRUE(level);
  EXPECT_EQ(level->workers, 2);
  EXPECT_EQ(level->threads, 3);
  EXPECT_EQ(level->worker, 100003 * 1024.0);
  EXPECT_EQ(level->shared, (380000 + 9 - 2 * 100003) * 1024.0);
  // 45 % of the 300 MB that a worker holds are taken to be its requests'; that leaves less than a
  // fifth of what is its own.
  EXPECT_NEAR(level->base, 0.2 * level->worker, 1);
  EXPECT_NE(said(*level).find("2 workers with 3 threads each"), std::string::npos);
  EXPECT_NE(said(*level).find("PSS"), std::string::npos);
  EXPECT_FALSE(level->is_node);
  ASSERT_TRUE(level->measured);
  EXPECT_EQ(level->measured->shared, level->shared);
  EXPECT_EQ(said(*level).find("taken together"), std::string::npos);
  machine.process(20, 1, "ruby", "puma 5.6.5 (tcp://0.0.0.0:4000)", 200000, 60000);
  const auto both = level_of_processes({.target = "puma", .host = &machine});
  ASSERT_TRUE(both);
  EXPECT_NE(said(*both).find("2 servers go by that name"), std::string::npos);
}

TEST(WorkerLevel, WhereSharesMayNotBeRead) {
  MadeUpMachine machine;
  machine.process(10, 1, "node", "node server.js", 50000);
  machine.process(11, 10, "node", "node server.js", 100000);
  machine.process(12, 10, "node", "node server.js", 100000);
  const auto level = level_of_processes({.target = "10", .host = &machine});
  ASSERT_TRUE(level);
  EXPECT_EQ(level->workers, 2);
  EXPECT_NEAR(level->worker + level->shared, 100004 * 1024.0, 1);
  EXPECT_NE(said(*level).find("a tenth is taken"), std::string::npos);
  EXPECT_TRUE(level->is_node);
  EXPECT_FALSE(level->measured);
  EXPECT_FALSE(level_of_processes({.target = "none", .host = &machine}));
}

TEST(WorkerLevel, OfAHistoryWithWhatWorkersShare) {
  // Two workers that settle at 150 MB of their own each, beside 100 MB that they share.
  SeriesSet set;
  MemorySeries total;
  total.name = "puma";
  total.kind = MemoryKind::kProportional;
  MemorySeries own;
  own.name = "puma";
  own.kind = MemoryKind::kPrivate;
  for (int minute = 0; minute < 2000; ++minute) {
    const double each = 60e6 + 90e6 * (1 - std::exp(-minute / 60.0));
    const double time = 1769868000 + 60.0 * minute;
    total.samples.push_back({.time = time, .bytes = 100e6 + 2 * each, .workers = 2});
    own.samples.push_back({.time = time, .bytes = 2 * each, .workers = 2});
  }
  set.series = {total, own};
  const auto level = level_of_series(set, 0, 0);
  ASSERT_TRUE(level);
  EXPECT_EQ(level->workers, 2);
  EXPECT_NEAR(level->shared, 100e6, 1e6);
  EXPECT_NEAR(level->worker, 150e6, 5e6);
  EXPECT_NE(said(*level).find("measured beside it"), std::string::npos);
  // Without it a part is taken.
  set.series = {total};
  const auto taken = level_of_series(set, 0, 0);
  ASSERT_TRUE(taken);
  EXPECT_NEAR(taken->shared, 0.15 * 200e6, 2e6);
  EXPECT_FALSE(taken->measured);
}

}  // namespace
}  // namespace tidemark
