#include "simulate/sizing.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tidemark {
namespace {

SizingInput classic() {
  SizingInput input;
  input.rate = 3;
  input.base = 330e6;
  input.shared = 40e6;
  input.quota = 1024e6;
  input.mix = scale_to_level(usual_mix(), 1, 1, 290e6, 86400);
  return input;
}

TEST(Sizing, TheClassicCase) {
  const SizingInput input = classic();
  ASSERT_TRUE(input.check());
  const Sizing sizing = size_table(input);
  ASSERT_TRUE(sizing.chosen);
  EXPECT_EQ(sizing.cells[*sizing.chosen].processes, 1U);
  EXPECT_EQ(sizing.cells[*sizing.chosen].threads, 2U);
  EXPECT_TRUE(sizing.at(1, 1).fits);
  EXPECT_FALSE(sizing.at(2, 1).fits);
  EXPECT_NEAR(sizing.at(3, 1).over_quota, 1, 1e-9);
  EXPECT_NEAR(sizing.at(1, 1).median, 660e6, 10e6);
  EXPECT_LT(quota_for(input, 3, 1), 2.5 * 1073741824);
  const auto cut = best_cut(input, 3, 1);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->endpoint, "heavy");
}

TEST(Sizing, TheTableIsMonotoneAndAgreesWithSingleCells) {
  const SizingInput input = classic();
  const Sizing sizing = size_table(input);
  for (std::size_t processes = 1; processes < 8; ++processes) {
    EXPECT_LT(sizing.at(processes, 2).median, sizing.at(processes + 1, 2).median);
    EXPECT_LE(sizing.at(processes, 2).over_quota, sizing.at(processes + 1, 2).over_quota + 1e-12);
  }
  for (const std::size_t threads : {1U, 3U, 5U}) {
    const SizingCell cell = size_cell(input, 2, threads);
    EXPECT_NEAR(cell.median / sizing.at(2, threads).median, 1, 0.02);
    const SizingCell many = size_cell(input, 12, threads);
    EXPECT_NEAR(many.median / sizing.at(12, threads).median, 1, 0.01);
    EXPECT_NEAR(many.high / sizing.at(12, threads).high, 1, 0.03);
  }
}

TEST(Sizing, ErlangsWait) {
  // M/M/1 at load 1/2: the wait is the service time. M/M/2 at load 1: a third of it.
  EXPECT_NEAR(mean_wait(1, 0.5, 1, 2), 1, 1e-12);
  EXPECT_NEAR(mean_wait(2, 1, 1, 2), 1.0 / 3, 1e-12);
  EXPECT_TRUE(std::isinf(mean_wait(2, 2, 1, 2)));
}

}  // namespace
}  // namespace tidemark
