#include "answers/heap/dump_times.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using Hours = std::vector<double>;
constexpr std::int64_t kMinute = 60'000'000'000;

TEST(DumpTimes, AsTheRequestHasThem) {
  const auto times = dump_times({7200, 9000, 12600}, {0, 0, 0});
  ASSERT_TRUE(times);
  EXPECT_EQ(times->hours, (Hours{0, 0.5, 1.5}));
  EXPECT_EQ(times->from, TimesFrom::kRequest);
}

TEST(DumpTimes, AsManyAsDumps) {
  const auto times = dump_times({10, 11}, {0, 0, 0});
  ASSERT_FALSE(times);
  EXPECT_EQ(times.error().code, ErrorCode::kUsage);
  EXPECT_EQ(times.error().message, "2 times for 3 dumps");
}

TEST(DumpTimes, TheyGoUp) {
  EXPECT_FALSE(dump_times({3600, 0}, {0, 0}));
  EXPECT_FALSE(dump_times({3600, 3600}, {0, 0}));
}

TEST(DumpTimes, OfTheFiles) {
  const auto times = dump_times({}, {1000 * kMinute, 1060 * kMinute, 1150 * kMinute});
  ASSERT_TRUE(times);
  EXPECT_EQ(times->hours, (Hours{0, 1, 2.5}));
  EXPECT_EQ(times->from, TimesFrom::kFiles);
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
    EXPECT_EQ(times->from, TimesFrom::kUnknown);
  }
}

// A stream may turn out to hold one dump.
TEST(DumpTimes, ASingleDump) {
  const auto files = dump_times({}, {100 * kMinute});
  ASSERT_TRUE(files);
  EXPECT_TRUE(files->hours.empty());
}

}  // namespace
}  // namespace tidemark
