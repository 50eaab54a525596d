#include "base/numbers.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace tidemark {
namespace {

TEST(Numbers, WholeTexts) {
  EXPECT_EQ(parse_number<int>("-17"), -17);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<std::uint64_t>("ff", 16), 255);
  EXPECT_EQ(parse_number<double>("2.5"), 2.5);
  EXPECT_EQ(parse_number<double>("1e3"), 1000);
  for (const char* wrong : {"", " 1", "1 ", "+1", "0x10", "one", "1.5", "-"}) {
    EXPECT_FALSE(parse_number<int>(wrong)) << wrong;
  }
  EXPECT_FALSE(parse_number<std::uint16_t>("65536"));
  EXPECT_FALSE(parse_number<std::uint64_t>("-1"));
  for (const char* wrong : {"", "inf", "nan", "1e999", "2,5", "1.5x"}) {
    EXPECT_FALSE(parse_number<double>(wrong)) << wrong;
  }
  EXPECT_FALSE(parse_number<double>("1e3", std::chars_format::fixed));
}

TEST(Numbers, WhatATextBeginsWith) {
  EXPECT_EQ(leading_number<double>("103.50MB"), 103.5);
  EXPECT_EQ(leading_number<int>("3 lines"), 3);
  EXPECT_FALSE(leading_number<int>("lines"));
  std::string_view text = "12:34";
  EXPECT_EQ(take_number<int>(text), 12);
  EXPECT_EQ(text, ":34");
  EXPECT_FALSE(take_number<int>(text));
  EXPECT_EQ(text, ":34");
}

}  // namespace
}  // namespace tidemark
