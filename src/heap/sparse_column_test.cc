#include "heap/sparse_column.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tidemark {
namespace {

TEST(SparseColumn, HasWhatAMapHas) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const auto nodes = static_cast<std::uint32_t>(random() % 500);
    const auto one_in = 1 + random() % 70;
    SparseColumn<int> column(nodes);
    std::map<std::uint32_t, int> expected;
    for (std::uint32_t node = 0; node < nodes; ++node) {
      if (random() % one_in != 0) continue;
      const auto value = static_cast<int>(random() % 1000);
      column.append(node, value);
      expected[node] = value;
    }
    column.finish();
    EXPECT_EQ(column.empty(), expected.empty());
    for (std::uint32_t node = 0; node < nodes + 100; ++node) {
      const auto place = expected.find(node);
      ASSERT_EQ(column.at(node, -1), place == expected.end() ? -1 : place->second);
    }
  }
}

TEST(SparseColumn, WithoutNodesHasNothing) {
  const SparseColumn<int> column;
  EXPECT_TRUE(column.empty());
  EXPECT_EQ(column.at(0, 7), 7);
}

}  // namespace
}  // namespace tidemark
