#include "reproduce/baseline.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

Conclusion keeping(double low, double value, double high) {
  Conclusion c;
  c.outcome = Outcome::kLeak;
  c.by_heap = true;
  c.heap.per_request = {.value = value, .low = low, .high = high};
  return c;
}

Baseline before(double low, double high) {
  Baseline out;
  out.growth_per_1000 = {.value = (low + high) / 2, .low = low, .high = high};
  return out;
}

TEST(Baseline, ExceedsWhenTheWholeIntervalDoes) {
  const Conclusion now = keeping(80, 100, 120);
  EXPECT_TRUE(compare_growth(nullptr, now, 50e3).exceeded);
  EXPECT_FALSE(compare_growth(nullptr, now, 90e3).exceeded);
  EXPECT_TRUE(compare_growth(nullptr, now, 0).exceeded);
  EXPECT_FALSE(compare_growth(nullptr, keeping(-5, 1, 7), 0).exceeded);
}

TEST(Baseline, WithoutALimitHoldsAgainstWhatWas) {
  const Conclusion now = keeping(80, 100, 120);
  const Baseline calm = before(-2e3, 3e3);
  const Baseline same = before(75e3, 110e3);
  EXPECT_TRUE(compare_growth(&calm, now, {}).exceeded);
  EXPECT_FALSE(compare_growth(&same, now, {}).exceeded);
}

void expect_read(const char* report) {
  const TemporaryFolder folder;
  const std::string path = folder / "report.json";
  std::ofstream(path) << report;
  const auto read = read_baseline(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->outcome, "native_growth");
  EXPECT_TRUE(read->by_heap);
  EXPECT_EQ(read->growth_per_1000.value, 2000.5);
  EXPECT_EQ(read->growth_per_1000.high, 3000);
  EXPECT_EQ(read->level, 5e7);
  EXPECT_EQ(read->peak, 0);
  EXPECT_EQ(read->requests_per_second, 12.5);
  EXPECT_DOUBLE_EQ(read->p99_seconds, 0.00725);
}

TEST(Baseline, IsReadFromAReport) {
  expect_read(R"({"schema": "tidemark.reproduce/2", "conclusion": {"outcome": "native_growth",
    "by_heap": true, "growth_bytes_per_1000_requests": {"value": 2000.5, "low": 1000, "high": 3000},
    "level_bytes": 5e7, "peak_bytes": null}, "load": {"answered_per_second": 12.5,
    "latency": {"p99_seconds": 0.00725}}})");
}

TEST(Baseline, IsReadFromAReportOfVersion1) {
  expect_read(R"({"schema": "tidemark.reproduce/1", "conclusion": {"outcome": "native-growth",
    "by_heap": true, "growth_per_1000_requests": {"value": 2000.5, "low": 1000, "high": 3000},
    "level_bytes": 5e7, "peak_bytes": null}, "load": {"requests_per_second": 12.5,
    "latency_ms": {"p99": 7.25}}})");
}

TEST(Baseline, RefusesWhatIsNoReport) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_baseline(folder / "none").error().code, ErrorCode::kIo);
  for (const char* text :
       {"", "[]", "{", R"({"schema": 7})", R"({"schema": "tidemark.suspects/2"})",
        R"({"schema": "tidemark.reproduce/3"})"}) {
    std::ofstream(folder / "bad") << text;
    const auto read = read_baseline(folder / "bad");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kNotADump) << text;
  }
  std::ofstream(folder / "thin") << R"({"schema": "tidemark.reproduce/2", "conclusion": [1]})";
  EXPECT_TRUE(read_baseline(folder / "thin"));
}

}  // namespace
}  // namespace tidemark
