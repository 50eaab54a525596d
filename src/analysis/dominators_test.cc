#include "analysis/dominators.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "analysis/unheld_nodes.h"
#include "support/dominator_oracles.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Dominators dominators_of(const HeapGraph& graph) {
  Monitor monitor;
  auto result = compute_dominators(graph, monitor);
  EXPECT_TRUE(result.has_value());
  return result ? std::move(*result) : Dominators{};
}

std::vector<std::uint32_t> idom_of(const Dominators& dominators) {
  return {dominators.idom.begin(), dominators.idom.end()};
}

// What must hold of any result, whatever the graph.
void expect_sound(const HeapGraph& graph, const Dominators& dominators) {
  ASSERT_EQ(dominators.idom.size(), graph.node_count());
  ASSERT_EQ(dominators.retained.size(), graph.node_count());
  ASSERT_EQ(dominators.order.size(), dominators.reachable_count);
  ASSERT_EQ(dominators.order[0], 0U);
  ASSERT_EQ(dominators.idom[0], 0U);
  std::vector<bool> seen(graph.node_count());
  std::vector<std::uint32_t> path;
  std::vector<std::uint64_t> expected(graph.node_count(), 0);
  std::uint64_t reachable_bytes = 0;
  for (const std::uint32_t node : dominators.order) {
    ASSERT_FALSE(seen[node]);
    while (!path.empty() && path.back() != dominators.idom[node]) path.pop_back();
    ASSERT_EQ(path.empty(), node == 0) << "a preorder of the tree";
    path.push_back(node);
    seen[node] = true;
    expected[node] = graph.shallow(node);
    reachable_bytes += graph.shallow(node);
  }
  std::uint64_t unreachable_bytes = 0;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    ASSERT_EQ(dominators.reachable(node), seen[node]);
    if (!seen[node]) unreachable_bytes += graph.shallow(node);
  }
  for (std::size_t i = dominators.order.size(); i-- > 1;) {
    const std::uint32_t node = dominators.order[i];
    expected[dominators.idom[node]] += expected[node];
  }
  ASSERT_TRUE(std::ranges::equal(dominators.retained, expected));
  EXPECT_EQ(dominators.retained[0], reachable_bytes);
  EXPECT_EQ(dominators.reachable_bytes, reachable_bytes);
  EXPECT_EQ(dominators.unreachable_bytes, unreachable_bytes);
}

Dominators expect_idom(const HeapGraph& graph, const std::vector<std::uint32_t>& expected) {
  Dominators dominators = dominators_of(graph);
  expect_sound(graph, dominators);
  EXPECT_EQ(idom_of(dominators), expected);
  return dominators;
}

void expect_same_as_lengauer_tarjan(const HeapGraph& graph) {
  const Dominators dominators = dominators_of(graph);
  expect_sound(graph, dominators);
  EXPECT_TRUE(std::ranges::equal(dominators.idom, oracle::lengauer_tarjan(graph)));
}

TEST(Dominators, EmptyGraph) {
  const Dominators dominators = dominators_of(HeapGraph{});
  EXPECT_EQ(dominators.idom.size(), 0U);
  EXPECT_EQ(dominators.reachable_bytes, 0U);
}

TEST(Dominators, RootAlone) { expect_idom(bare_graph(1, {}), {0}); }

TEST(Dominators, RootThatRefersToItself) { expect_idom(bare_graph(1, {{0, 0}, {0, 0}}), {0}); }

TEST(Dominators, TwoNodes) { expect_idom(bare_graph(2, {{0, 1}}), {0, 0}); }

TEST(Dominators, NothingReachable) {
  const Dominators dominators =
      expect_idom(bare_graph(3, {{1, 2}, {2, 1}, {1, 0}}), {0, kUnreachable, kUnreachable});
  EXPECT_EQ(dominators.reachable_bytes, 1U);
  EXPECT_EQ(dominators.unreachable_bytes, 5U);
  EXPECT_EQ(dominators.retained[1], 0U);
}

TEST(Dominators, DiamondMeetsAtItsTop) {
  const Dominators dominators =
      expect_idom(bare_graph(5, {{0, 1}, {1, 2}, {1, 3}, {2, 4}, {3, 4}}), {0, 0, 1, 1, 1});
  EXPECT_EQ(dominators.retained[1], 2U + 3 + 4 + 5);
  EXPECT_EQ(dominators.retained[2], 3U);
}

// The example of Lengauer and Tarjan's paper, R = 0, A..L = 1..12.
TEST(Dominators, LengauerTarjanExample) {
  constexpr std::uint32_t R = 0, A = 1, B = 2, C = 3, D = 4, E = 5, F = 6, G = 7, H = 8, I = 9,
                          J = 10, K = 11, L = 12;
  const Edges edges = {{R, A}, {R, B}, {R, C}, {A, D}, {B, A}, {B, D}, {B, E},
                       {C, F}, {C, G}, {D, L}, {E, H}, {F, I}, {G, I}, {G, J},
                       {H, E}, {H, K}, {I, K}, {J, I}, {K, I}, {K, R}, {L, H}};
  expect_idom(bare_graph(13, edges), {R, R, R, R, R, R, C, C, R, R, G, R, D});
}

// Garbage may refer to what is alive without holding it.
TEST(Dominators, ReferencesFromGarbageDoNotCount) {
  expect_idom(bare_graph(4, {{0, 1}, {1, 2}, {3, 2}}), {0, 0, 1, kUnreachable});
}

TEST(Dominators, SeveralEdgesBetweenTwoNodes) {
  expect_idom(bare_graph(4, {{0, 1}, {0, 1}, {1, 2}, {1, 2}, {2, 3}, {2, 2}, {3, 3}, {3, 2}}),
              {0, 0, 1, 2});
}

TEST(Dominators, SizesAboveFourGigabytes) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto top = heap.array("Array", 100);
  const auto huge = heap.object("Huge", 5'000'000'000);
  heap.edge(vm, top);
  heap.edge(top, huge);
  const HeapGraph graph = heap.build();
  const Dominators dominators = dominators_of(graph);
  EXPECT_EQ(dominators.retained[top], 5'000'000'100U);
  EXPECT_EQ(dominators.reachable_bytes, 5'000'000'100U);
}

TEST(Dominators, RandomSmallGraphsMatchTheDefinition) {
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(1 + seed % 17);
    const HeapGraph graph =
        random_graph(seed, nodes, static_cast<std::uint32_t>(nodes * (1 + seed % 5)));
    const std::vector<std::uint32_t> expected = oracle::dominators_by_definition(graph);
    ASSERT_EQ(oracle::lengauer_tarjan(graph), expected) << "seed " << seed;
    ASSERT_EQ(oracle::cooper_harvey_kennedy(graph), expected) << "seed " << seed;
    const Dominators dominators = dominators_of(graph);
    expect_sound(graph, dominators);
    ASSERT_EQ(idom_of(dominators), expected) << "seed " << seed;
  }
}

// Every graph of four nodes, but for edges into the root.
// What nothing holds hangs from the root, as if there were an edge; what only holds itself, each
// node on its own.
TEST(Dominators, WhereEverythingLivesTheRootHoldsTheRest) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed);
    const auto nodes = static_cast<std::uint32_t>(2 + random() % 14);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
    for (std::uint64_t i = random() % (2 * nodes); i > 0; --i) {
      edges.emplace_back(random() % nodes, random() % nodes);
    }
    HeapGraph heap = bare_graph(nodes, edges);
    heap.everything_lives = true;
    for (const std::uint32_t node : unheld_nodes(heap)) edges.emplace_back(0, node);
    std::vector<std::uint32_t> expected =
        oracle::dominators_by_definition(bare_graph(nodes, edges));
    std::ranges::replace(expected, oracle::kNone, 0U);
    Monitor monitor;
    const auto dominators = compute_dominators(heap, monitor);
    ASSERT_TRUE(dominators);
    EXPECT_THAT(dominators->idom.span(), testing::ElementsAreArray(expected)) << "seed " << seed;
    EXPECT_EQ(dominators->reachable_count, nodes);
    EXPECT_EQ(dominators->unreachable_bytes, 0U);
  }
}

TEST(Dominators, AllGraphsOfFourNodes) {
  for (std::uint32_t mask = 0; mask < 1U << 12; ++mask) {
    Edges edges;
    for (std::uint32_t bit = 0; bit < 12; ++bit) {
      if ((mask >> bit & 1) != 0) edges.emplace_back(bit / 3, 1 + bit % 3);
    }
    const HeapGraph graph = bare_graph(4, edges);
    ASSERT_EQ(idom_of(dominators_of(graph)), oracle::dominators_by_definition(graph)) << mask;
  }
}

TEST(Dominators, RandomMediumGraphsMatchLengauerTarjan) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(500 + 37 * seed % 4000);
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_same_as_lengauer_tarjan(
        random_graph(seed, nodes, static_cast<std::uint32_t>(nodes * (4 + seed % 12) / 4)));
  }
}

constexpr std::uint32_t kMany = 1'000'000;

TEST(Dominators, ListOfAMillion) {
  Edges edges;
  for (std::uint32_t i = 0; i + 1 < kMany; ++i) edges.emplace_back(i, i + 1);
  const HeapGraph graph = bare_graph(kMany, edges);
  const Dominators dominators = dominators_of(graph);
  expect_sound(graph, dominators);
  EXPECT_EQ(dominators.idom[kMany - 1], kMany - 2);
  EXPECT_EQ(dominators.retained[1], dominators.reachable_bytes - 1);
}

TEST(Dominators, DoublyLinkedListOfAMillion) {
  Edges edges;
  for (std::uint32_t i = 0; i + 1 < kMany; ++i) {
    edges.emplace_back(i, i + 1);
    edges.emplace_back(i + 1, i);
  }
  const Dominators dominators = dominators_of(bare_graph(kMany, edges));
  for (std::uint32_t i = 1; i < kMany; ++i) ASSERT_EQ(dominators.idom[i], i - 1);
}

// Held at both ends: no member but the ends holds another.
TEST(Dominators, DoublyLinkedListHeldAtBothEnds) {
  Edges edges{{0, kMany - 1}};
  for (std::uint32_t i = 0; i + 1 < kMany; ++i) {
    edges.emplace_back(i, i + 1);
    edges.emplace_back(i + 1, i);
  }
  const Dominators dominators = dominators_of(bare_graph(kMany, edges));
  for (std::uint32_t i = 1; i < kMany; ++i) ASSERT_EQ(dominators.idom[i], 0U);
}

TEST(Dominators, StarOfAMillion) {
  Edges edges;
  for (std::uint32_t i = 1; i < kMany; ++i) {
    edges.emplace_back(0, i);
    edges.emplace_back(i, 1 + i % 3);  // three classes
  }
  const Dominators dominators = dominators_of(bare_graph(kMany, edges));
  for (std::uint32_t i = 1; i < kMany; ++i) ASSERT_EQ(dominators.idom[i], 0U);
}

TEST(Dominators, CycleOfAMillion) {
  Edges edges;
  for (std::uint32_t i = 0; i < kMany; ++i) edges.emplace_back(i, (i + 1) % kMany);
  const Dominators dominators = dominators_of(bare_graph(kMany, edges));
  for (std::uint32_t i = 1; i < kMany; ++i) ASSERT_EQ(dominators.idom[i], i - 1);
}

// A list whose every element holds something that is also held from above: a climb over the whole
// list for each of them, unless it leaps.
TEST(Dominators, LongListWhoseElementsShareIsNotQuadratic) {
  constexpr std::uint32_t kHalf = kMany / 2;
  Edges edges;
  for (std::uint32_t i = 1; i < kHalf; ++i) {
    edges.emplace_back(i - 1, i);
    edges.emplace_back(i, kHalf + i);
  }
  for (std::uint32_t i = 1; i < kHalf; ++i) edges.emplace_back(0, kHalf + i);
  const Dominators dominators = dominators_of(bare_graph(kMany, edges));
  for (std::uint32_t i = 1; i < kHalf; ++i) {
    ASSERT_EQ(dominators.idom[i], i - 1);
    ASSERT_EQ(dominators.idom[kHalf + i], 0U);
  }
}

// As above, but each element's thing is also held by an element somewhere above, so that the climbs
// end at all heights.
TEST(Dominators, LongListWithLeapsToAllHeights) {
  constexpr std::uint32_t kHalf = 100'000;
  Edges edges;
  for (std::uint32_t i = 1; i < kHalf; ++i) {
    edges.emplace_back(i - 1, i);
    edges.emplace_back(i, kHalf + i);
    edges.emplace_back(static_cast<std::uint32_t>(i * 7919ULL % i), kHalf + i);
    edges.emplace_back(i / 3, kHalf + i);
  }
  expect_same_as_lengauer_tarjan(bare_graph(2 * kHalf, edges));
}

// Rungs between two rails, crossing back and forth.
TEST(Dominators, Ladders) {
  constexpr std::uint32_t kLength = 50'000;
  Edges edges{{0, 1}, {0, 2}};
  for (std::uint32_t i = 1; i < kLength; ++i) {
    const std::uint32_t left = 2 * i - 1;
    const std::uint32_t right = 2 * i;
    edges.emplace_back(left, left + 2);
    edges.emplace_back(right, right + 2);
    edges.emplace_back(left, right);
    if (i % 3 == 0) edges.emplace_back(right, left);
    if (i % 5 == 0) edges.emplace_back(right, left / 2 + 1);
  }
  expect_same_as_lengauer_tarjan(bare_graph(2 * kLength + 1, edges));
}

// A ladder hangs from the foot of each ladder.
TEST(Dominators, NestedLadders) {
  constexpr std::uint32_t kLadders = 300;
  constexpr std::uint32_t kRungs = 60;
  Edges edges;
  for (std::uint32_t ladder = 0; ladder < kLadders; ++ladder) {
    const std::uint32_t top = ladder * 2 * kRungs;
    const std::uint32_t foot = top + 2 * kRungs;
    edges.emplace_back(top, top + 1);
    for (std::uint32_t i = 2; i < 2 * kRungs; ++i) {
      edges.emplace_back(top + i - 2, top + i);
      edges.emplace_back(top + i - 1, top + i);
      edges.emplace_back(top + i, top + i / 2);
    }
    edges.emplace_back(foot - 1, foot);
    edges.emplace_back(foot - 2, foot);
  }
  const HeapGraph graph = bare_graph(kLadders * 2 * kRungs + 1, edges);
  expect_same_as_lengauer_tarjan(graph);
  const Dominators dominators = dominators_of(graph);
  EXPECT_EQ(dominators.idom[kLadders * 2 * kRungs], (kLadders - 1) * 2 * kRungs);
}

TEST(Dominators, StopsWhenCancelled) {
  Monitor monitor;
  monitor.cancel();
  const auto result = compute_dominators(random_graph(1, 1000, 3000), monitor);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace tidemark
