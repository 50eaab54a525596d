#include "schema/unit.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(UnitOfField, IsInItsName) {
  EXPECT_EQ(unit_of_field("retained_bytes"), "bytes");
  EXPECT_EQ(unit_of_field("retained_bytes_at_least"), "bytes");
  EXPECT_EQ(unit_of_field("bytes"), "bytes");
  EXPECT_EQ(unit_of_field("growth_bytes_per_hour"), "bytes an hour");
  EXPECT_EQ(unit_of_field("growth_bytes_per_1000_requests"), "bytes for each 1,000 requests");
  EXPECT_EQ(unit_of_field("requests_per_second"), "a second");
  EXPECT_EQ(unit_of_field("retained_share"), "share of 1");
  EXPECT_EQ(unit_of_field("generated_at"), "time, ISO 8601, UTC");
  EXPECT_EQ(unit_of_field("hours_to_quota"), "hours");
  EXPECT_EQ(unit_of_field("leak_probability"), "probability, 0 to 1");
  EXPECT_EQ(unit_of_field("leak_log_odds_wanted"), "natural logarithm of odds");
  EXPECT_EQ(unit_of_field("at"), "time, ISO 8601, UTC");
}

TEST(UnitOfField, IsNotInAPartOfAWord) {
  EXPECT_EQ(unit_of_field("members"), "");
  EXPECT_EQ(unit_of_field("shared"), "");
  EXPECT_EQ(unit_of_field("kilobytes"), "");
  EXPECT_EQ(unit_of_field("at_once"), "");
  EXPECT_EQ(unit_of_field(""), "");
}

}  // namespace
}  // namespace tidemark
