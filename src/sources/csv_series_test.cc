#include "sources/csv_series.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

MemorySeries only(const Result<SeriesSet>& set) {
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  if (!set || set->series.size() != 1) return {};
  return set->series.front();
}

TEST(CsvSeries, NamedColumnsWithUnits) {
  const auto set = read_csv_series(
      "time,rss_mb,swap_mb,rpm,workers,event\n"
      "2026-01-31T14:00:00Z,100,5,60,2,\n"
      "2026-01-31T14:01:00Z,110.5,5,60,2,\n"
      "2026-01-31T14:02:00Z,,,,,deploy\n");
  const MemorySeries series = only(set);
  ASSERT_EQ(series.samples.size(), 2);
  EXPECT_EQ(series.samples[0].bytes, 105e6);
  EXPECT_EQ(series.samples[1].bytes, 115.5e6);
  EXPECT_EQ(series.samples[1].requests, 60);
  EXPECT_EQ(series.samples[1].workers, 2);
  ASSERT_EQ(series.events.size(), 1);
  EXPECT_EQ(series.events[0].kind, EventKind::kDeploy);
  EXPECT_EQ(series.kind, MemoryKind::kTotal);
}

TEST(CsvSeries, WithoutNamesAndWithGuessedUnits) {
  EXPECT_EQ(only(read_csv_series("1000,512.5\n1060,513\n")).samples[0].bytes, 512.5e6);
  EXPECT_EQ(only(read_csv_series("1000;524288\n1060;524288\n")).samples[0].bytes, 524288.0 * 1024);
  EXPECT_EQ(only(read_csv_series("1000\t536870912\n1060\t536870912\n")).samples[0].bytes,
            536870912);
}

TEST(CsvSeries, MillisecondsAndCounters) {
  const MemorySeries series =
      only(read_csv_series("timestamp,requests,memory\n1769868123000,100,5000000\n"
                           "1769868183000,160,5000000\n1769868243000,10,5000000\n"));
  ASSERT_EQ(series.samples.size(), 3);
  EXPECT_EQ(series.samples[0].time, 1769868123);
  EXPECT_EQ(series.samples[1].requests, 60);
}

TEST(CsvSeries, ManyProcessesByNameOrByColumn) {
  const auto by_name = read_csv_series("t,pid,rss_kib\n1,10,100000\n1,11,200000\n2,10,100000\n");
  ASSERT_TRUE(by_name);
  ASSERT_EQ(by_name->series.size(), 2);
  EXPECT_EQ(by_name->series[1].name, "11");
  EXPECT_EQ(by_name->series[1].samples[0].bytes, 200000.0 * 1024);
  const auto by_column = read_csv_series("Time,\"web.1\",\"web.2\"\n1,100,200\n2,101,201\n");
  ASSERT_TRUE(by_column);
  ASSERT_EQ(by_column->series.size(), 2);
  EXPECT_EQ(by_column->series[1].name, "web.2");
}

TEST(CsvSeries, ChoicesOverruleNames) {
  const MemorySeries series =
      only(read_csv_series("when,what,heap\n1,9,100\n2,9,101\n",
                           {.columns = {{"when", "time"}, {"3", "memory"}, {"2", "ignore"}}}));
  EXPECT_EQ(series.samples.size(), 2);
  EXPECT_EQ(read_csv_series("t,m\n1,2\n", {.columns = {{"x", "time"}}}).error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(read_csv_series("t,m\n1,2\n", {.columns = {{"m", "food"}}}).error().code,
            ErrorCode::kUsage);
}

TEST(CsvSeries, DamageIsSkippedAndSaid) {
  const auto set = read_csv_series("t,rss_mb\n1,100\nyesterday,7\n2,\n3,abc\n4,-5\n5,104");
  EXPECT_EQ(only(set).samples.size(), 2);
  ASSERT_EQ(set->notices.size(), 2);
  EXPECT_NE(set->notices[0].message.find("1 of 6 rows"), std::string::npos);
  EXPECT_NE(set->notices[1].message.find("2 of 6 rows"), std::string::npos);
}

TEST(CsvSeries, WhatIsNoTableIsAnError) {
  EXPECT_FALSE(read_csv_series(""));
  EXPECT_FALSE(read_csv_series("hello"));
  EXPECT_FALSE(read_csv_series("t,event\n1,x\n"));
  EXPECT_FALSE(read_csv_series("t,rss\n"));
  EXPECT_FALSE(looks_like_csv("{\"a\": 1}"));
  EXPECT_TRUE(looks_like_csv("t,rss_mb\n1,2\n"));
  EXPECT_TRUE(looks_like_csv("1769868123,55.5\n"));
}

TEST(CsvSeries, LiveHeapStandsBesideTheMemoryOfItsProcess) {
  const auto set = read_csv_series(
      "time,rss_mb,swap_mb,heapTotal_mb,heapUsed_mb,event\n"
      "1700000000,400,10,300,120,\n"
      "1700000060,410,10,300,121,restart\n",
      {});
  ASSERT_TRUE(set);
  ASSERT_EQ(set->series.size(), 2U);
  EXPECT_EQ(set->series[0].kind, MemoryKind::kTotal);
  EXPECT_EQ(set->series[0].samples[0].bytes, 410e6);
  EXPECT_EQ(set->series[1].kind, MemoryKind::kHeapAfterGc);
  EXPECT_EQ(set->series[1].name, set->series[0].name);
  EXPECT_EQ(set->series[1].samples[1].bytes, 121e6);
  EXPECT_EQ(set->series[1].events.size(), 1U);
}

TEST(CsvSeries, LiveHeapAloneIsTheMemory) {
  const auto set = read_csv_series("time,heap_used_bytes\n1700000000,120000000\n", {});
  ASSERT_TRUE(set);
  ASSERT_EQ(set->series.size(), 1U);
  EXPECT_EQ(set->series[0].kind, MemoryKind::kHeapAfterGc);
  EXPECT_EQ(set->series[0].samples[0].bytes, 120e6);
}

TEST(CsvSeries, EventsReachEveryColumnOfANamedRow) {
  const auto set = read_csv_series(
      "t,host,a.rss_mb,b.rss_mb,event\n1,web,100,200,\n1,job,300,400,\n2,web,101,201,deploy\n"
      "2,job,301,401,\n");
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->series.size(), 4U);
  EXPECT_EQ(set->series[0].events.size(), 1U);
  EXPECT_EQ(set->series[1].events.size(), 1U);
  EXPECT_EQ(set->series[2].events.size(), 0U);
}

}  // namespace
}  // namespace tidemark
