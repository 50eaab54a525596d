#include "analysis/shortest_paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Nodes = std::vector<std::uint32_t>;

ShortestPaths paths_of(const HeapGraph& graph) {
  Monitor monitor;
  return std::move(*find_shortest_paths(graph, monitor));
}

TEST(ShortestPaths, TheShorterOfTwo) {
  const ShortestPaths paths =
      paths_of(bare_graph(6, {{0, 1}, {1, 2}, {2, 3}, {0, 4}, {4, 3}, {5, 3}}));
  EXPECT_EQ(paths.path_to(3), Nodes({0, 4, 3}));
  EXPECT_EQ(paths.path_to(0), Nodes({0}));
  EXPECT_EQ(paths.path_to(5), Nodes());
}

TEST(ShortestPaths, StackRootsAreTheLastChoice) {
  GraphBuilder heap;
  const auto stack = heap.root("machine_context", /*conservative=*/true);
  const auto vm = heap.root("vm");
  const auto list = heap.array("Array");
  const auto entry = heap.object("Entry");
  const auto local = heap.object("Local");
  const auto leaf = heap.object("Leaf");
  heap.edge(vm, list);
  heap.edge(list, entry);
  heap.edges(stack, {entry, local});
  heap.edge(local, leaf);
  const ShortestPaths paths = paths_of(heap.build());
  EXPECT_EQ(paths.path_to(entry), Nodes({0, vm, list, entry}));
  EXPECT_EQ(paths.path_to(leaf), Nodes({0, stack, local, leaf}));
}

TEST(ShortestPaths, EmptyGraphAndCancelling) {
  EXPECT_EQ(paths_of(HeapGraph{}).parent.size(), 0U);
  Monitor monitor;
  monitor.cancel();
  EXPECT_FALSE(find_shortest_paths(random_graph(1, 10, 10), monitor).has_value());
}

TEST(ShortestPaths, ListOfAMillion) {
  constexpr std::uint32_t kMany = 1'000'000;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::uint32_t i = 0; i + 1 < kMany; ++i) edges.emplace_back(i, i + 1);
  EXPECT_EQ(paths_of(bare_graph(kMany, edges)).path_to(kMany - 1).size(), kMany);
}

constexpr std::uint32_t kFar = 1000;

// Relaxes all edges until nothing changes.
std::vector<std::uint32_t> distances(const HeapGraph& graph, bool with_conservative) {
  std::vector<std::uint32_t> distance(graph.node_count(), kFar);
  distance[0] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      for (const std::uint32_t child : graph.edges(node)) {
        if (!with_conservative && (graph.flags[child] & kConservative) != 0) continue;
        if (distance[node] + 1 >= distance[child]) continue;
        distance[child] = distance[node] + 1;
        changed = true;
      }
    }
  }
  return distance;
}

TEST(ShortestPaths, RandomGraphs) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(1 + seed % 60);
    const HeapGraph graph = random_graph(seed, nodes, nodes * 2);
    const ShortestPaths paths = paths_of(graph);
    const auto certain = distances(graph, false);
    const auto all = distances(graph, true);
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      const Nodes path = paths.path_to(node);
      ASSERT_EQ(path.empty(), all[node] == kFar) << seed;
      if (path.empty()) continue;
      ASSERT_EQ(path.front(), 0U);
      ASSERT_EQ(path.back(), node);
      for (std::size_t i = 1; i < path.size(); ++i) {
        ASSERT_TRUE(std::ranges::count(graph.edges(path[i - 1]), path[i]) > 0) << seed;
      }
      if (certain[node] != kFar) {
        ASSERT_EQ(path.size() - 1, certain[node]) << seed;
      } else {
        ASSERT_NE(graph.flags[path[1]] & kConservative, 0) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
