#include "analysis/set_retained.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

#include "analysis/retained_by_group.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Nodes = std::vector<std::uint32_t>;

SetRetained retained_of(const HeapGraph& graph, const Nodes& set) {
  Monitor monitor;
  const auto dominators = compute_dominators(graph, monitor);
  return *retained_by_set(graph, *dominators, set, monitor);
}

// 1 and 2 hold 3 between them; 4 hangs from 1 alone; 5 is garbage. Node i has i + 1 bytes.
HeapGraph shared() { return bare_graph(6, {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}, {5, 3}}); }

TEST(SetRetained, NobodyAloneHoldsWhatIsShared) {
  const SetRetained first = retained_of(shared(), {1});
  EXPECT_EQ(first.bytes, 2U + 5);
  EXPECT_EQ(first.nodes, 2U);
  EXPECT_EQ(first.dominated_bytes, first.bytes);
  EXPECT_EQ(retained_of(shared(), {2}).bytes, 3U);
}

TEST(SetRetained, TogetherTheyDo) {
  const SetRetained both = retained_of(shared(), {1, 2});
  EXPECT_EQ(both.bytes, 2U + 3 + 4 + 5);
  EXPECT_EQ(both.nodes, 4U);
  EXPECT_EQ(both.dominated_bytes, 2U + 3 + 5);
  EXPECT_EQ(both.dominated_nodes, 3U);
}

TEST(SetRetained, NestedMembersAndRepeatedOnesCountOnce) {
  const SetRetained nested = retained_of(shared(), {4, 1, 1, 4});
  EXPECT_EQ(nested.bytes, 2U + 5);
  EXPECT_EQ(nested.dominated_bytes, 2U + 5);
}

TEST(SetRetained, EmptySetGarbageAndRoot) {
  EXPECT_EQ(retained_of(shared(), {}).bytes, 0U);
  EXPECT_EQ(retained_of(shared(), {}).nodes, 0U);
  EXPECT_EQ(retained_of(shared(), {5}).bytes, 0U);
  EXPECT_EQ(retained_of(shared(), {5}).dominated_nodes, 0U);
  EXPECT_EQ(retained_of(shared(), {0}).bytes, 1U + 2 + 3 + 4 + 5);
  EXPECT_EQ(retained_of(shared(), {0}).dominated_bytes, 1U + 2 + 3 + 4 + 5);
  EXPECT_EQ(retained_of(HeapGraph{}, {}).bytes, 0U);
}

TEST(SetRetained, StopsWhenCancelled) {
  const HeapGraph graph = shared();
  Monitor monitor;
  const auto dominators = compute_dominators(graph, monitor);
  monitor.cancel();
  EXPECT_FALSE(retained_by_set(graph, *dominators, Nodes{1}, monitor).has_value());
}

// A set goes as one node would that took the place of all its members. So: send the members' edges
// to a new node, and ask for that node's retained size.
std::uint64_t by_merging(const HeapGraph& graph, const std::vector<bool>& in_set) {
  const std::uint32_t merged = graph.node_count();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  std::uint64_t bytes = 0;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    for (const std::uint32_t child : graph.edges(node)) {
      edges.emplace_back(in_set[node] ? merged : node, in_set[child] ? merged : child);
    }
  }
  Monitor monitor;
  const auto dominators = compute_dominators(graph, monitor);
  const auto of_merged = compute_dominators(bare_graph(merged + 1, edges), monitor);
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    if (!dominators->reachable(node)) continue;  // garbage members bring garbage to life
    std::uint32_t above = in_set[node] ? merged : node;
    while (above != 0 && above != merged) above = of_merged->idom[above];
    if (above == merged) bytes += graph.shallow(node);
  }
  return bytes;
}

TEST(SetRetained, RandomGraphsMatchMergingTheSet) {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(2 + seed % 60);
    const HeapGraph graph = random_graph(seed, nodes, nodes * 2);
    Monitor monitor;
    const auto dominators = compute_dominators(graph, monitor);
    std::vector<bool> in_set(graph.node_count());
    std::vector<std::uint32_t> groups(graph.node_count(), kUngrouped);
    Nodes set;
    for (std::uint32_t node = 1; node < graph.node_count(); ++node) {
      if ((node * 2654435761U + seed * 40503U) % 7 > 1) continue;
      in_set[node] = true;
      groups[node] = 0;
      set.push_back(node);
    }
    const SetRetained retained = *retained_by_set(graph, *dominators, set, monitor);
    ASSERT_EQ(retained.bytes, by_merging(graph, in_set)) << "seed " << seed;
    ASSERT_EQ(retained.dominated_bytes, retained_by_group(*dominators, groups, 1)[0]) << seed;
    ASSERT_LE(retained.dominated_bytes, retained.bytes);
    ASSERT_LE(retained.dominated_nodes, retained.nodes);
  }
}

}  // namespace
}  // namespace tidemark
