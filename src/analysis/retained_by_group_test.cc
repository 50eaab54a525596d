#include "analysis/retained_by_group.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Bytes = std::vector<std::uint64_t>;

Dominators dominators_of(const HeapGraph& graph) {
  Monitor monitor;
  return std::move(*compute_dominators(graph, monitor));
}

// Node i has i % 7 + 1 bytes. A list 1 -> 2 -> 3 with a value 4 at its end; 5 is garbage.
HeapGraph list() { return bare_graph(6, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {5, 4}}); }

TEST(RetainedByGroup, NestedMembersCountOnce) {
  const std::vector<std::uint32_t> groups{0, 1, 1, 1, 2, 1};
  EXPECT_EQ(retained_by_group(dominators_of(list()), groups, 3),
            Bytes({1 + 2 + 3 + 4 + 5, 2 + 3 + 4 + 5, 5}));
}

TEST(RetainedByGroup, NestingThroughAnotherGroup) {
  const std::vector<std::uint32_t> groups{kUngrouped, 0, 1, 0, 1, 1};
  EXPECT_EQ(retained_by_group(dominators_of(list()), groups, 2), Bytes({2 + 3 + 4 + 5, 3 + 4 + 5}));
}

TEST(RetainedByGroup, SiblingsAddUp) {
  const HeapGraph graph = bare_graph(6, {{0, 1}, {0, 2}, {1, 3}, {2, 4}, {3, 5}});
  const std::vector<std::uint32_t> groups{kUngrouped, 0, 0, 1, 1, 1};
  EXPECT_EQ(retained_by_group(dominators_of(graph), groups, 2),
            Bytes({(2 + 4 + 6) + (3 + 5), (4 + 6) + 5}));
}

TEST(RetainedByGroup, GarbageAndEmptyGroupsHaveNothing) {
  const std::vector<std::uint32_t> groups{0, 0, 0, 0, 0, 1};
  EXPECT_EQ(retained_by_group(dominators_of(list()), groups, 3), Bytes({15, 0, 0}));
}

TEST(RetainedByGroup, EmptyGraph) {
  EXPECT_EQ(retained_by_group(dominators_of(HeapGraph{}), {}, 1), Bytes({0}));
}

// Climbs from every member and looks for its own group on the way.
Bytes by_climbing(const Dominators& dominators, const std::vector<std::uint32_t>& groups,
                  std::uint32_t group_count) {
  Bytes retained(group_count, 0);
  for (const std::uint32_t node : dominators.order) {
    if (groups[node] == kUngrouped) continue;
    bool nested = false;
    for (std::uint32_t above = node; above != 0 && !nested;) {
      above = dominators.idom[above];
      nested = groups[above] == groups[node];
    }
    if (!nested) retained[groups[node]] += dominators.retained[node];
  }
  return retained;
}

TEST(RetainedByGroup, RandomGraphsMatchClimbing) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(1 + seed % 90);
    const HeapGraph graph =
        random_graph(seed, nodes, nodes + static_cast<std::uint32_t>(seed % 60));
    const Dominators dominators = dominators_of(graph);
    const auto group_count = static_cast<std::uint32_t>(1 + seed % 6);
    std::vector<std::uint32_t> groups;
    Bytes shallow(group_count, 0);
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      const std::uint32_t group = (node * 2654435761U >> 7) % (group_count + 1);
      groups.push_back(group == group_count ? kUngrouped : group);
      if (group != group_count && dominators.reachable(node)) shallow[group] += graph.shallow(node);
    }
    const Bytes retained = retained_by_group(dominators, groups, group_count);
    ASSERT_EQ(retained, by_climbing(dominators, groups, group_count)) << "seed " << seed;
    for (std::uint32_t group = 0; group < group_count; ++group) {
      ASSERT_GE(retained[group], shallow[group]);
      ASSERT_LE(retained[group], dominators.reachable_bytes);
    }
  }
}

}  // namespace
}  // namespace tidemark
