#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"summary", "diff", "suspects", "retainers",
                                                    "run"};

TEST(EditDistance, CountsSlips) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("diff", "diff"), 0U);
  EXPECT_EQ(edit_distance("dif", "diff"), 1U);
  EXPECT_EQ(edit_distance("siff", "diff"), 1U);
  EXPECT_EQ(edit_distance("idff", "diff"), 1U);  // a swap is one slip
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("sumary", kNames), "summary");
  EXPECT_EQ(nearest("dfif", kNames), "diff");
  EXPECT_EQ(nearest("retaners", kNames), "retainers");
  EXPECT_EQ(nearest("susp", kNames), "suspects");
  EXPECT_EQ(nearest("rnu", kNames), "run");
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("frobnicate", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest("x", kNames), "");
  EXPECT_EQ(nearest(std::string(100000, 's'), kNames), "");
  EXPECT_EQ(nearest("diff", {}), "");
}

}  // namespace
}  // namespace tidemark
