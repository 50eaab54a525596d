#include "base/quantities.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using std::chrono::seconds;

TEST(Quantities, Durations) {
  EXPECT_EQ(parse_duration("90"), seconds(90));
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("5m"), seconds(300));
  EXPECT_EQ(parse_duration("1.5 h"), seconds(5400));
  EXPECT_EQ(parse_duration("1d"), seconds(86'400));
  for (const char* wrong : {"", "m", "-5m", "0", "5x", "5m5", "nan", "inf", "1e400", "9999d"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

TEST(Quantities, Bytes) {
  EXPECT_EQ(parse_bytes("500"), 500U);
  EXPECT_EQ(parse_bytes("3MB"), 3'000'000U);
  EXPECT_EQ(parse_bytes("1.5 gb"), 1'500'000'000U);
  EXPECT_EQ(parse_bytes("2kB"), 2000U);
  EXPECT_EQ(parse_bytes("512 MiB"), 536'870'912U);
  EXPECT_EQ(parse_bytes("512M"), 512'000'000U);
  for (const char* wrong : {"", "MB", "-1MB", "0", "3 miles", "1e20", "99999TB"}) {
    EXPECT_EQ(parse_bytes(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace tidemark
