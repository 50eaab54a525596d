#include "store/history_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

MemorySeries ramp(std::string name, double begin, std::size_t count, double step = 1) {
  MemorySeries series;
  series.name = std::move(name);
  series.quota = 512e6;
  for (std::size_t i = 0; i < count; ++i) {
    series.samples.push_back({.time = begin + step * static_cast<double>(i),
                              .bytes = 1e8 + static_cast<double>(i),
                              .requests = i % 2 == 0 ? kUnknownRequests : 3,
                              .workers = 2});
  }
  series.events.push_back({.time = begin + 5, .kind = EventKind::kDeploy, .detail = "v'12"});
  return series;
}

TEST(HistoryStore, GivesBackWhatItWasGiven) {
  const TemporaryFolder folder;
  {
    auto store = HistoryStore::open(folder / "h.db", {});
    ASSERT_TRUE(store);
    MemorySeries series = ramp("web.1", 1.7e9, 100);
    ASSERT_TRUE(store->append(series, 0, 0));
    const MemorySeries more = ramp("web.1", 1.7e9 + 100, 50);
    series.samples.insert(series.samples.end(), more.samples.begin(), more.samples.end());
    ASSERT_TRUE(store->append(series, 100, 1));
    ASSERT_TRUE(store->append(ramp("web.2", 1.7e9, 10), 0, 0));
    ASSERT_TRUE(store->append(ramp("web.2", 1.7e9, 10), 0, 0));  // again: the same rows
  }
  auto store = HistoryStore::open(folder / "h.db", {.read_only = true});
  ASSERT_TRUE(store) << store.error().message;
  const auto set = store->read();
  ASSERT_TRUE(set);
  ASSERT_EQ(set->series.size(), 2);
  const MemorySeries& series = set->series[0];
  EXPECT_EQ(series.name, "web.1");
  EXPECT_EQ(series.quota, 512e6);
  ASSERT_EQ(series.samples.size(), 150);
  EXPECT_EQ(series.samples[3].bytes, 1e8 + 3);
  EXPECT_EQ(series.samples[3].requests, 3);
  EXPECT_TRUE(std::isnan(series.samples[2].requests));
  EXPECT_EQ(series.samples[2].workers, 2);
  ASSERT_EQ(series.events.size(), 1);
  EXPECT_EQ(series.events[0].detail, "v'12");
  EXPECT_EQ(set->series[1].samples.size(), 10);
  const auto part = store->read(1.7e9 + 10, 1.7e9 + 19);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->series[0].samples.size(), 10);
  EXPECT_EQ(store->read(1).value().series.size(), 2);
  EXPECT_EQ(store->read(1.8e9).error().code, ErrorCode::kNotFound);
}

TEST(HistoryStore, OldSamplesThinOutAndGo) {
  const TemporaryFolder folder;
  auto store = HistoryStore::open(folder / "h.db", {.raw_seconds = 3600, .kept_seconds = 7200});
  ASSERT_TRUE(store);
  const double begin = 1.7e9 - 20;  // a full minute
  ASSERT_TRUE(store->append(ramp("a", begin, 10800), 0, 0));
  for (int again = 0; again < 2; ++again) {  // twice is as once
    ASSERT_TRUE(store->tidy(begin + 10800));
    const auto set = store->read();
    ASSERT_TRUE(set);
    // An hour gone, an hour of minutes, an hour of seconds.
    EXPECT_EQ(set->series[0].samples.size(), 60 + 3600);
    EXPECT_NEAR(set->series[0].samples[0].bytes, 1e8 + 3600 + 29.5, 1);
    EXPECT_EQ(set->series[0].samples[0].requests, 90);
    EXPECT_TRUE(set->series[0].events.empty());
  }
  ASSERT_TRUE(store->tidy(begin + 1e6));
  EXPECT_FALSE(store->read());
}

TEST(HistoryStore, AFullDiskLosesNothingThatWasThere) {
  const TemporaryFolder folder;
  auto store = HistoryStore::open(folder / "h.db", {.most_pages = 40});
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->append(ramp("a", 1.7e9, 500), 0, 0));
  const auto full = store->append(ramp("b", 1.7e9, 50000), 0, 0);
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("full"), std::string::npos) << full.error().message;
  EXPECT_FALSE(full.error().hint.empty());
  const auto set = store->read();
  ASSERT_TRUE(set);
  ASSERT_EQ(set->series.size(), 1);
  EXPECT_EQ(set->series[0].samples.size(), 500);
  EXPECT_TRUE(store->append(ramp("a", 1.7e9 + 500, 5), 0, 0));
}

TEST(HistoryStore, AKilledWriterLeavesAWholeFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "h.db";
  ASSERT_TRUE(HistoryStore::open(path, {}));
  for (int round = 0; round < 3; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = HistoryStore::open(path, {});
      for (int i = 0; store && i < 1000000; ++i) {
        if (!store->append(ramp("a", 1.7e9 + round * 1e6 + i * 10, 10), 0, 0)) break;
      }
      _exit(0);
    }
    usleep(100000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    auto store = HistoryStore::open(path, {});
    ASSERT_TRUE(store) << store.error().message;
    if (const auto set = store->read()) {
      // Whole transactions only.
      EXPECT_EQ(set->series[0].samples.size() % 10, 0);
    }
  }
}

TEST(HistoryStore, TwoWritersTakeTurns) {
  const TemporaryFolder folder;
  auto one = HistoryStore::open(folder / "h.db", {});
  auto two = HistoryStore::open(folder / "h.db", {});
  ASSERT_TRUE(one);
  ASSERT_TRUE(two);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(one->append(ramp("a", 1.7e9 + i * 10, 10), 0, 0));
    ASSERT_TRUE(two->append(ramp("b", 1.7e9 + i * 10, 10), 0, 0));
  }
  EXPECT_EQ(one->read()->series[1].samples.size(), 200);
}

TEST(HistoryStore, WhatIsNoHistoryIsSaid) {
  const TemporaryFolder folder;
  EXPECT_FALSE(HistoryStore::open(folder / "none.db", {.read_only = true}));
  EXPECT_FALSE(HistoryStore::open(folder / "no/folder.db", {}));
  write_file(folder / "text", std::string(5000, 'x'));
  const auto text = HistoryStore::open(folder / "text", {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kNotADump);
  EXPECT_TRUE(HistoryStore::recognises(std::string_view("SQLite format 3\0", 16)));
  EXPECT_FALSE(HistoryStore::recognises("time,rss"));
}

}  // namespace
}  // namespace tidemark
