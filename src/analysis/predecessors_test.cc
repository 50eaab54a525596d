#include "analysis/predecessors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Nodes = std::vector<std::uint32_t>;

Nodes to_nodes(std::span<const std::uint32_t> span) { return {span.begin(), span.end()}; }

TEST(Predecessors, InstancesStandApart) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto order = heap.class_node("Order");
  const auto first = heap.object("Order");
  const auto second = heap.object("Order");
  heap.edge(vm, order);
  heap.edges(first, {second, order, second});
  heap.set_class(first, order);
  heap.set_class(second, order);
  const HeapGraph graph = heap.build();
  Monitor monitor;
  const auto predecessors = find_predecessors(graph, nullptr, monitor);
  ASSERT_TRUE(predecessors.has_value());
  EXPECT_EQ(to_nodes(predecessors->references_to(order)), Nodes({vm, first}));
  EXPECT_EQ(to_nodes(predecessors->instances_of(order)), Nodes({first, second}));
  EXPECT_EQ(to_nodes(predecessors->all_to(order)), Nodes({vm, first, first, second}));
  EXPECT_EQ(to_nodes(predecessors->references_to(second)), Nodes({first, first}));
  EXPECT_EQ(to_nodes(predecessors->instances_of(second)), Nodes());
  EXPECT_EQ(to_nodes(predecessors->all_to(0)), Nodes());
}

TEST(Predecessors, EmptyGraph) {
  Monitor monitor;
  EXPECT_EQ(find_predecessors(HeapGraph{}, nullptr, monitor)->source.size(), 0U);
}

TEST(Predecessors, StopWhenCancelled) {
  Monitor monitor;
  monitor.cancel();
  EXPECT_FALSE(find_predecessors(random_graph(1, 10, 10), nullptr, monitor).has_value());
}

TEST(Predecessors, RandomGraphs) {
  Monitor monitor;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(1 + seed % 50);
    const HeapGraph graph = random_graph(seed, nodes, nodes * 2);
    const auto dominators = compute_dominators(graph, monitor);
    for (const Dominators* only : {static_cast<const Dominators*>(nullptr), &*dominators}) {
      std::vector<Nodes> references(graph.node_count());
      std::vector<Nodes> instances(graph.node_count());
      for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
        if (only != nullptr && !only->reachable(node)) continue;
        for (const std::uint32_t child : graph.references(node)) references[child].push_back(node);
        if ((graph.flags[node] & kHasClassEdge) != 0) {
          instances[graph.edges(node).back()].push_back(node);
        }
      }
      const auto predecessors = find_predecessors(graph, only, monitor);
      for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
        ASSERT_EQ(to_nodes(predecessors->references_to(node)), references[node]) << seed;
        ASSERT_EQ(to_nodes(predecessors->instances_of(node)), instances[node]) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
