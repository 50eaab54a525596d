#include "analysis/dominator_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "support/dominator_oracles.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Nodes = std::vector<std::uint32_t>;

Dominators dominators_of(const HeapGraph& graph) {
  Monitor monitor;
  return std::move(*compute_dominators(graph, monitor));
}

Nodes to_nodes(std::span<const std::uint32_t> span) { return {span.begin(), span.end()}; }

// 0 holds 1 and 4, 1 holds 2 and 3, 4 holds 5; 6 is garbage.
HeapGraph family() { return bare_graph(7, {{0, 1}, {1, 2}, {1, 3}, {0, 4}, {4, 5}, {6, 5}}); }

TEST(DominatorTree, ChildrenOfAFamily) {
  const DominatorTree tree = build_dominator_tree(dominators_of(family()));
  EXPECT_EQ(to_nodes(tree.children(0)), Nodes({1, 4}));
  EXPECT_EQ(to_nodes(tree.children(1)), Nodes({2, 3}));
  EXPECT_EQ(to_nodes(tree.children(4)), Nodes({5}));
  EXPECT_TRUE(tree.children(5).empty());
  EXPECT_TRUE(tree.children(6).empty());
}

TEST(DominatorTree, EmptyGraph) {
  const Dominators dominators = dominators_of(HeapGraph{});
  EXPECT_EQ(build_dominator_tree(dominators).child.size(), 0U);
  EXPECT_EQ(build_dominator_intervals(dominators).order.size(), 0U);
}

TEST(DominatorTree, RootAlone) {
  const Dominators dominators = dominators_of(bare_graph(1, {}));
  EXPECT_TRUE(build_dominator_tree(dominators).children(0).empty());
  EXPECT_EQ(to_nodes(build_dominator_intervals(dominators).dominated(0)), Nodes({0}));
}

TEST(DominatorTree, LargestChildrenFirst) {
  // Retained: 1 -> 2 bytes, 2 -> 3, 3 -> 4 and node 6's 7, 4 -> 5, 5 -> 6; of 7 and 8 garbage.
  const HeapGraph graph = bare_graph(9, {{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {3, 6}, {7, 8}});
  const Dominators dominators = dominators_of(graph);
  const DominatorTree tree = build_dominator_tree(dominators);
  EXPECT_EQ(largest_children(dominators, tree, 0, 3), Nodes({3, 5, 4}));
  EXPECT_EQ(largest_children(dominators, tree, 0, 99), Nodes({3, 5, 4, 2, 1}));
  EXPECT_EQ(largest_children(dominators, tree, 6, 3), Nodes());
  EXPECT_EQ(largest_children(dominators, tree, 7, 3), Nodes());
}

TEST(DominatorTree, LargestChildrenOfEqualSizeByNumber) {
  const HeapGraph graph = bare_graph(22, {{0, 15}, {0, 1}, {0, 8}});
  const Dominators dominators = dominators_of(graph);
  EXPECT_EQ(largest_children(dominators, build_dominator_tree(dominators), 0, 3),
            Nodes({1, 8, 15}));
}

TEST(DominatorTree, PathFromTheRoot) {
  const Dominators dominators = dominators_of(family());
  EXPECT_EQ(dominator_path(dominators, 0), Nodes({0}));
  EXPECT_EQ(dominator_path(dominators, 3), Nodes({0, 1, 3}));
  EXPECT_EQ(dominator_path(dominators, 6), Nodes());
}

TEST(DominatorTree, IntervalsOfAFamily) {
  const DominatorIntervals intervals = build_dominator_intervals(dominators_of(family()));
  EXPECT_EQ(to_nodes(intervals.order), Nodes({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(to_nodes(intervals.dominated(1)), Nodes({1, 2, 3}));
  EXPECT_EQ(to_nodes(intervals.dominated(6)), Nodes());
  EXPECT_TRUE(intervals.dominates(0, 5));
  EXPECT_TRUE(intervals.dominates(1, 1));
  EXPECT_FALSE(intervals.dominates(1, 4));
  EXPECT_FALSE(intervals.dominates(2, 1));
  EXPECT_FALSE(intervals.dominates(6, 6));
  EXPECT_FALSE(intervals.dominates(6, 5));
  EXPECT_FALSE(intervals.dominates(0, 6));
}

TEST(DominatorTree, ChainOfAMillion) {
  constexpr std::uint32_t kMany = 1'000'000;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::uint32_t i = 0; i + 1 < kMany; ++i) edges.emplace_back(i, i + 1);
  const Dominators dominators = dominators_of(bare_graph(kMany, edges));
  const DominatorIntervals intervals = build_dominator_intervals(dominators);
  EXPECT_EQ(intervals.size[1], kMany - 1);
  EXPECT_TRUE(intervals.dominates(1, kMany - 1));
  EXPECT_EQ(dominator_path(dominators, kMany - 1).size(), kMany);
  EXPECT_EQ(to_nodes(build_dominator_tree(dominators).children(kMany - 2)), Nodes({kMany - 1}));
}

// Against climbing up from every node.
TEST(DominatorTree, RandomGraphs) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(1 + seed % 40);
    const HeapGraph graph = random_graph(seed, nodes, nodes * 2);
    const Dominators dominators = dominators_of(graph);
    const DominatorTree tree = build_dominator_tree(dominators);
    const DominatorIntervals intervals = build_dominator_intervals(dominators);
    std::vector<std::set<std::uint32_t>> children(graph.node_count());
    std::vector<std::set<std::uint32_t>> dominated(graph.node_count());
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      if (!dominators.reachable(node)) continue;
      if (node != 0) children[dominators.idom[node]].insert(node);
      for (const std::uint32_t above : dominator_path(dominators, node)) {
        dominated[above].insert(node);
      }
    }
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      const auto mine = tree.children(node);
      ASSERT_EQ(std::set<std::uint32_t>(mine.begin(), mine.end()), children[node]) << seed;
      ASSERT_EQ(mine.size(), children[node].size()) << seed;
      const auto below = intervals.dominated(node);
      ASSERT_EQ(std::set<std::uint32_t>(below.begin(), below.end()), dominated[node]) << seed;
      ASSERT_EQ(below.size(), dominated[node].size()) << seed;
      for (std::uint32_t other = 0; other < graph.node_count(); ++other) {
        ASSERT_EQ(intervals.dominates(node, other), dominated[node].contains(other)) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
