#include "cli/dump_times.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidemark {
namespace {

using Hours = std::vector<double>;
constexpr std::int64_t kMinute = 60'000'000'000;

Hours at(const std::vector<std::string>& texts) {
  const auto times = dump_times(texts, std::vector<std::int64_t>(texts.size()));
  return times ? times->hours : Hours{-1};
}

TEST(DumpTimes, AsTheUserWroteThem) {
  EXPECT_EQ(at({"14:00", "14:30", "15:30"}), (Hours{0, 0.5, 1.5}));
  EXPECT_EQ(at({"14:00:00", "14:00:36"}), (Hours{0, 0.01}));
  EXPECT_EQ(at({"2026-01-31T23:00", "2026-02-01T01:00"}), (Hours{0, 2}));
  EXPECT_EQ(at({"2026-01-31 23:00:00", "2026-02-01T01:00:00Z"}), (Hours{0, 2}));
  EXPECT_EQ(at({"2024-02-28T12:00", "2024-03-01T12:00"}), (Hours{0, 48}));
}

TEST(DumpTimes, ClocksGoPastMidnight) {
  EXPECT_EQ(at({"23:00", "01:00"}), (Hours{0, 2}));
  EXPECT_EQ(at({"23:00", "01:00", "00:00", "23:30"}), (Hours{0, 2, 25, 48.5}));
}

TEST(DumpTimes, WhatIsNoTime) {
  for (const char* text : {"", "yesterday", "25:00", "14:61", "14", "2026-13-01T10:00", "14:00x"}) {
    const auto times = dump_times({"10:00", text}, {0, 0});
    ASSERT_FALSE(times) << text;
    EXPECT_EQ(times.error().code, ErrorCode::kUsage);
    EXPECT_NE(times.error().message.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(DumpTimes, AsManyAsDumps) {
  const auto times = dump_times({"10:00", "11:00"}, {0, 0, 0});
  ASSERT_FALSE(times);
  EXPECT_EQ(times.error().message, "--at gives 2 times for 3 dumps");
}

TEST(DumpTimes, TheyGoUp) {
  EXPECT_FALSE(dump_times({"2026-01-31T14:00", "2026-01-30T14:00"}, {0, 0}));
  EXPECT_FALSE(dump_times({"14:00", "14:00"}, {0, 0}));
}

TEST(DumpTimes, OfTheFiles) {
  const auto times = dump_times({}, {1000 * kMinute, 1060 * kMinute, 1150 * kMinute});
  ASSERT_TRUE(times);
  EXPECT_EQ(times->hours, (Hours{0, 1, 2.5}));
  EXPECT_EQ(times->source, "by the files' times");
}

// Copies, unpacked archives and pipes: nothing is known, and that is no error.
TEST(DumpTimes, FilesThatSayNothing) {
  using Times = std::vector<std::int64_t>;
  for (const Times& files :
       {Times{0, 0}, Times{kMinute, 0}, Times{0, 100 * kMinute},
        Times{100 * kMinute, 100 * kMinute + 5}, Times{100 * kMinute, 50 * kMinute}}) {
    const auto times = dump_times({}, files);
    ASSERT_TRUE(times);
    EXPECT_TRUE(times->hours.empty());
  }
}

// `suspects -` may turn out to be one dump.
TEST(DumpTimes, ASingleDump) {
  const auto files = dump_times({}, {100 * kMinute});
  ASSERT_TRUE(files);
  EXPECT_TRUE(files->hours.empty());
}

}  // namespace
}  // namespace tidemark
