#include "base/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace tidemark {
namespace {

TEST(Units, BytesAreDecimal) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.0 kB");
  EXPECT_EQ(format_bytes(999'949), "999.9 kB");
  EXPECT_EQ(format_bytes(999'950), "1.0 MB");
  EXPECT_EQ(format_bytes(1'500'000), "1.5 MB");
  EXPECT_EQ(format_bytes(-2'340'000'000), "-2.3 GB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::int64_t>::max()), "9223.4 PB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::int64_t>::min()), "-9223.4 PB");
}

TEST(Units, CountsHaveThousandsApart) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(-1'234'567), "-1,234,567");
  EXPECT_EQ(format_count(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Units, SignsAreSaid) {
  EXPECT_EQ(format_signed_count(5), "+5");
  EXPECT_EQ(format_signed_count(0), "0");
  EXPECT_EQ(format_signed_count(-5), "-5");
  EXPECT_EQ(format_signed_bytes(1500), "+1.5 kB");
  EXPECT_EQ(format_signed_bytes(-1500), "-1.5 kB");
}

TEST(Units, PercentOfNothingIsADash) {
  EXPECT_EQ(format_percent(1, 0), "-");
  EXPECT_EQ(format_percent(0, 5), "0 %");
  EXPECT_EQ(format_percent(1, 8), "12.5 %");
  EXPECT_EQ(format_percent(99.97, 100), "100 %");
}

TEST(Units, NounsTakeTheirPlural) {
  EXPECT_EQ(plural(1, "object"), "1 object");
  EXPECT_EQ(plural(1234, "object"), "1,234 objects");
  EXPECT_EQ(plural(0, "class"), "0 classes");
  EXPECT_EQ(plural(2, "branch"), "2 branches");
  EXPECT_EQ(plural(2, "entry"), "2 entries");
  EXPECT_EQ(plural(2, "key"), "2 keys");
}

}  // namespace
}  // namespace tidemark
