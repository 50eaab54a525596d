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

// vm refers to an inline cache that knows the class; a person looks for the constant.
TEST(ShortestPaths, BookkeepingIsAvoided) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto object = heap.class_node("Object");
  const auto shop = heap.class_node("Shop");
  const auto order = heap.class_node("Shop::Order");
  const auto cache = heap.node("(callcache)", Role::kInternal, 40);
  const auto hidden = heap.object("Hidden");
  heap.edges(vm, {cache, object});
  heap.edges(cache, {order, hidden});
  heap.edge(object, shop);
  heap.edge(shop, order);
  const ShortestPaths paths = paths_of(heap.build());
  EXPECT_EQ(paths.path_to(order), Nodes({0, vm, object, shop, order}));
  EXPECT_EQ(paths.path_to(hidden), Nodes({0, vm, cache, hidden}));
}

TEST(ShortestPaths, InstancesDoNotExplainTheirClass) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto object = heap.class_node("Object");
  const auto order = heap.class_node("Order");
  const auto instance = heap.object("Order");
  heap.edges(vm, {instance, object});
  heap.set_class(instance, order);
  HeapGraph graph = heap.build();
  EXPECT_EQ(paths_of(graph).path_to(order), Nodes({0, vm, instance, order}));
  heap.edge(object, order);
  EXPECT_EQ(paths_of(heap.build()).path_to(order), Nodes({0, vm, object, order}));
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

constexpr std::uint32_t kFar = 1'000'000;

std::uint32_t step_cost(const HeapGraph& graph, std::uint32_t node, std::size_t edge) {
  const bool ordinary = edge < graph.references(node).size() &&
                        graph.role(graph.edges(node)[edge]) != Role::kInternal;
  return ordinary ? 1 : kDearStep;
}

// Relaxes all edges until nothing changes.
std::vector<std::uint32_t> distances(const HeapGraph& graph, bool with_conservative) {
  std::vector<std::uint32_t> distance(graph.node_count(), kFar);
  distance[0] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      const auto edges = graph.edges(node);
      for (std::size_t edge = 0; edge < edges.size(); ++edge) {
        if (!with_conservative && (graph.flags[edges[edge]] & kConservative) != 0) continue;
        const std::uint32_t there = distance[node] + step_cost(graph, node, edge);
        if (there >= distance[edges[edge]]) continue;
        distance[edges[edge]] = there;
        changed = true;
      }
    }
  }
  return distance;
}

// The cheapest edge between each two nodes of the path, which must be there.
std::uint32_t cost_of(const HeapGraph& graph, const Nodes& path) {
  std::uint32_t cost = 0;
  for (std::size_t i = 1; i < path.size(); ++i) {
    std::uint32_t cheapest = kFar;
    const auto edges = graph.edges(path[i - 1]);
    for (std::size_t edge = 0; edge < edges.size(); ++edge) {
      if (edges[edge] != path[i]) continue;
      cheapest = std::min(cheapest, step_cost(graph, path[i - 1], edge));
    }
    cost += cheapest;
  }
  return cost;
}

// A few nodes of the random graph become bookkeeping.
HeapGraph random_graph_with_bookkeeping(std::uint64_t seed, std::uint32_t nodes) {
  HeapGraph graph = random_graph(seed, nodes, nodes * 2);
  const auto internal = static_cast<std::uint8_t>(graph.kinds.size());
  graph.kinds.push_back({.name = graph.words->intern("IMEMO"), .role = Role::kInternal});
  std::vector<std::uint8_t> kind(graph.kind.begin(), graph.kind.end());
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    if ((node * 2654435761U + seed) % 4 == 0) kind[node] = internal;
  }
  graph.kind = std::move(kind);
  return graph;
}

TEST(ShortestPaths, RandomGraphs) {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    const HeapGraph graph =
        random_graph_with_bookkeeping(seed, static_cast<std::uint32_t>(1 + seed % 60));
    const ShortestPaths paths = paths_of(graph);
    const auto certain = distances(graph, false);
    const auto all = distances(graph, true);
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      const Nodes path = paths.path_to(node);
      ASSERT_EQ(path.empty(), all[node] == kFar) << seed;
      if (path.empty()) continue;
      ASSERT_EQ(path.front(), 0U);
      ASSERT_EQ(path.back(), node);
      if (certain[node] != kFar) {
        ASSERT_EQ(cost_of(graph, path), certain[node]) << seed;
      } else {
        ASSERT_LT(cost_of(graph, path), kFar) << seed;
        ASSERT_NE(graph.flags[path[1]] & kConservative, 0) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
