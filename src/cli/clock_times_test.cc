#include "cli/clock_times.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

// Minutes since the first.
std::vector<double> minutes(const std::vector<std::string>& texts) {
  const auto seconds = parse_clock_times(texts);
  if (!seconds) return {-1};
  std::vector<double> minutes;
  for (const double second : *seconds) minutes.push_back((second - seconds->front()) / 60);
  return minutes;
}

using Minutes = std::vector<double>;

TEST(ClockTimes, InEveryForm) {
  EXPECT_EQ(minutes({"14:00", "14:30", "15:30"}), (Minutes{0, 30, 90}));
  EXPECT_EQ(minutes({"14:00:00", "14:00:36"}), (Minutes{0, 0.6}));
  EXPECT_EQ(minutes({"2026-01-31T23:00", "2026-02-01T01:00"}), (Minutes{0, 120}));
  EXPECT_EQ(minutes({"2026-01-31 23:00:00", "2026-02-01T01:00:00Z"}), (Minutes{0, 120}));
  EXPECT_EQ(minutes({"2024-02-28T12:00", "2024-03-01T12:00"}), (Minutes{0, 48 * 60}));
  EXPECT_EQ(minutes({"2026-01-31T14:00", "2026-01-30T14:00"}), (Minutes{0, -24 * 60}));
}

TEST(ClockTimes, ClocksGoPastMidnight) {
  EXPECT_EQ(minutes({"23:00", "01:00"}), (Minutes{0, 120}));
  EXPECT_EQ(minutes({"23:00", "01:00", "00:00", "23:30"}), (Minutes{0, 120, 25 * 60, 48.5 * 60}));
}

TEST(ClockTimes, WhatIsNoTime) {
  for (const char* text : {"", "yesterday", "25:00", "14:61", "14", "2026-13-01T10:00", "14:00x"}) {
    EXPECT_FALSE(parse_clock_times({"10:00", text})) << text;
    EXPECT_NE(clock_time()(text).find("not '" + std::string(text) + "'"), std::string::npos);
  }
  EXPECT_EQ(clock_time()("14:05"), "");
}

}  // namespace
}  // namespace tidemark
