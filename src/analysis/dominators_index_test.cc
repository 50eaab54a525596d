#include "analysis/dominators_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "base/monitor.h"
#include "support/graph_builder.h"
#include "support/index_bytes.h"

namespace tidemark {
namespace {

Dominators dominators_of(const HeapGraph& graph) {
  Monitor monitor;
  auto dominators = compute_dominators(graph, monitor);
  return dominators ? std::move(*dominators) : Dominators{};
}

Result<Dominators> written_and_read(const Dominators& dominators, const HeapGraph& graph) {
  SectionFileWriter sections;
  add_dominators(sections, dominators);
  const auto file = verified(bytes_of(sections));
  if (!file) return std::unexpected(file.error());
  return read_dominators(*file, graph);
}

TEST(DominatorsIndex, GivesBackDominators) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const HeapGraph graph = random_graph(seed, 1 + seed * 5, seed * 12);
    const Dominators before = dominators_of(graph);
    const auto after = written_and_read(before, graph);
    ASSERT_TRUE(after) << seed;
    EXPECT_TRUE(std::ranges::equal(before.idom, after->idom)) << seed;
    EXPECT_TRUE(std::ranges::equal(before.order, after->order)) << seed;
    EXPECT_TRUE(std::ranges::equal(before.retained, after->retained)) << seed;
    EXPECT_EQ(before.reachable_bytes, after->reachable_bytes);
    EXPECT_EQ(before.unreachable_bytes, after->unreachable_bytes);
    EXPECT_EQ(before.reachable_count, after->reachable_count);
  }
}

template <class T>
Column<T> changed(const Column<T>& column, std::size_t at, T value) {
  std::vector<T> values(column.begin(), column.end());
  values.at(at) = value;
  return values;
}

TEST(DominatorsIndex, RefusesWhatIsOutOfRange) {
  const HeapGraph graph = random_graph(3, 40, 100);
  const std::uint32_t nodes = graph.node_count();
  const std::vector<std::function<void(Dominators&)>> changes = {
      [=](Dominators& d) { d.idom = changed(d.idom, 5, nodes); },
      [](Dominators& d) { d.idom = changed(d.idom, 0, 1U); },
      [](Dominators& d) { d.idom = std::vector<std::uint32_t>{0}; },
      [=](Dominators& d) { d.order = changed(d.order, 1, nodes); },
      [](Dominators& d) { d.order = changed(d.order, 0, 1U); },
      [](Dominators& d) { d.order = std::vector<std::uint32_t>(); },
      [=](Dominators& d) { d.order = std::vector<std::uint32_t>(nodes + 1); },
      [](Dominators& d) { d.retained = std::vector<std::uint64_t>{0}; },
      [](Dominators& d) { d.retained = changed(d.retained, 0, std::uint64_t{1}); },
      [](Dominators& d) { ++d.reachable_bytes; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Dominators dominators = dominators_of(graph);
    changes[i](dominators);
    const auto back = written_and_read(dominators, graph);
    ASSERT_FALSE(back) << i;
    EXPECT_EQ(back.error().code, ErrorCode::kDamaged);
  }
}

TEST(DominatorsIndex, RefusesTheDominatorsOfAnotherHeap) {
  const HeapGraph graph = random_graph(3, 40, 100);
  EXPECT_FALSE(written_and_read(dominators_of(graph), random_graph(4, 50, 100)));
  const auto file = verified(bytes_of(SectionFileWriter()));
  ASSERT_TRUE(file);
  EXPECT_FALSE(read_dominators(*file, graph));
}

}  // namespace
}  // namespace tidemark
