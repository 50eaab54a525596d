#include "series/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "series/clock_text.h"

namespace tidemark {
namespace {

TEST(MemorySeries, OrderRepetitionAndNonsense) {
  MemorySeries series;
  series.samples = {{.time = 3, .bytes = 30},
                    {.time = 1, .bytes = 10},
                    {.time = 3, .bytes = 31},
                    {.time = std::nan(""), .bytes = 1},
                    {.time = 2, .bytes = std::numeric_limits<double>::infinity()}};
  series.events = {{.time = 5, .kind = EventKind::kDeploy, .detail = "v1"},
                   {.time = 4, .kind = EventKind::kRestart, .detail = ""},
                   {.time = 5, .kind = EventKind::kDeploy, .detail = "v1"}};
  series.put_in_order();
  ASSERT_EQ(series.samples.size(), 2);
  EXPECT_EQ(series.samples[1].bytes, 31);
  ASSERT_EQ(series.events.size(), 2);
  EXPECT_EQ(series.events[0].kind, EventKind::kRestart);
}

TEST(ClockText, TimesInEveryForm) {
  const double noon = 1769860800;  // 2026-01-31T12:00:00Z
  for (const char* text :
       {"2026-01-31T12:00:00Z", "2026-01-31 12:00:00", "2026-01-31T14:00+02:00",
        "2026-01-31T04:30:00-0730", "2026-01-31 12:00:00 UTC", " 1769860800 ", "1769860800000",
        "1769860800000000", "1769860800000000000", "2026-01-31T12:00:00.000"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, noon) << text;
  }
  EXPECT_EQ(*parse_time("2026-01-31"), noon - 43200);
  EXPECT_EQ(*parse_time("-5.5"), -5.5);
  for (const char* text :
       {"", "now", "2026-13-01", "2026-02-30", "2026-01-31T12", "2026-01-31T25:00", "12:00", "nan",
        "inf", "1e999", "2026-01-31T12:00:00Zx"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(ClockText, SyslogYearsAreTheLastThatFit) {
  const double now = *parse_time("2026-01-05T00:00:00Z");
  std::size_t length = 0;
  EXPECT_EQ(*parse_syslog_time_prefix("Dec 31 23:59:59 x", now, length),
            *parse_time("2025-12-31T23:59:59Z"));
  EXPECT_EQ(length, 15);
  EXPECT_EQ(*parse_syslog_time_prefix("Jan  4 01:02:03", now, length),
            *parse_time("2026-01-04T01:02:03Z"));
  EXPECT_EQ(*parse_syslog_time_prefix("Feb 29 01:02:03", now, length),
            *parse_time("2024-02-29T01:02:03Z"));
  EXPECT_FALSE(parse_syslog_time_prefix("Foo 29 01:02:03", now, length));
  EXPECT_FALSE(parse_syslog_time_prefix("Feb 31 01:02:03", now, length));
}

TEST(ClockText, WrittenForPeople) {
  EXPECT_EQ(format_time(1769860800), "2026-01-31 12:00");
  EXPECT_EQ(format_precise_time(1769860803.9), "2026-01-31T12:00:03Z");
  EXPECT_EQ(format_iso_time(1769860803.25), "2026-01-31T12:00:03.250Z");
  EXPECT_EQ(format_iso_time(1769860803.9999), "2026-01-31T12:00:04Z");
  EXPECT_EQ(format_clock(1769860800), "12:00");
  EXPECT_FALSE(format_time(1e300).empty());
  EXPECT_FALSE(format_time(-1e300).empty());
  EXPECT_FALSE(format_time(std::nan("")).empty());
  EXPECT_EQ(format_hours(0.01), "36 s");
  EXPECT_EQ(format_hours(0.5), "30 min");
  EXPECT_EQ(format_hours(26), "26 h");
  EXPECT_EQ(format_hours(240), "10 days");
  EXPECT_EQ(format_hours(std::numeric_limits<double>::infinity()), "-");
}

}  // namespace
}  // namespace tidemark
