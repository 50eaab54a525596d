#include "heap/graph.h"

#include <gmock/gmock.h>

#include "heap/invariants.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string_view> names(const HeapGraph& graph, std::uint32_t node, std::size_t edge) {
  std::vector<std::string_view> texts;
  for (const StringId name : graph.field_candidates(node, edge)) {
    texts.push_back(graph.words->text(name));
  }
  return texts;
}

TEST(HeapGraph, TellsReferencesFromTheClassEdge) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto order = heap.class_node("Order");
  const auto object = heap.object("Order");
  const auto bare = heap.object("Order");
  heap.edges(vm, {object, bare});
  heap.edge(object, bare);
  heap.set_class(object, order);
  const HeapGraph graph = heap.build();
  EXPECT_EQ(broken_invariant(graph), "");
  EXPECT_THAT(graph.edges(object), ElementsAre(bare, order));
  EXPECT_THAT(graph.references(object), ElementsAre(bare));
  EXPECT_THAT(graph.edges(bare), IsEmpty());
  EXPECT_THAT(graph.references(vm), ElementsAre(object, bare));
  EXPECT_EQ(graph.own_name(vm), "vm");
  EXPECT_EQ(graph.own_name(order), "Order");
  EXPECT_EQ(graph.own_name(object), "");
}

TEST(HeapGraph, FindsNodesByAddress) {
  GraphBuilder heap;
  heap.root("vm");
  const auto first = heap.object("A");
  const auto second = heap.object("B");
  const HeapGraph graph = heap.build();
  EXPECT_EQ(graph.find(graph.address(first)), NodeId(first));
  EXPECT_EQ(graph.find(graph.address(second)), NodeId(second));
  EXPECT_FALSE(graph.find(0).valid());
  EXPECT_EQ(graph.address(0), 0U);
}

TEST(HeapGraph, LargeSizesAreKeptApart) {
  GraphBuilder heap;
  const auto small = heap.object("A", 0xfffffffe);
  const auto large = heap.object("A", 0xffffffff);
  const auto huge = heap.object("A", std::uint64_t{1} << 40);
  const HeapGraph graph = heap.build();
  EXPECT_EQ(graph.shallow(small), 0xfffffffeU);
  EXPECT_EQ(graph.shallow(large), 0xffffffffU);
  EXPECT_EQ(graph.shallow(huge), std::uint64_t{1} << 40);
}

TEST(HeapGraph, FieldNamesAreCertainWhenTheyAreAsManyAsEdges) {
  GraphBuilder heap;
  const auto full = heap.object("A");
  const auto sparse = heap.object("A");
  const auto crowded = heap.object("A");
  const auto dangling = heap.object("A");
  const auto plain = heap.object("A");
  for (const auto object : {full, sparse, crowded, dangling}) {
    heap.set_fields(object, {"@a", "@b", "@c"});
  }
  heap.edges(full, {plain, plain, plain});
  heap.edges(sparse, {plain});
  heap.edges(crowded, {plain, plain, plain, plain});
  heap.edges(dangling, {plain, plain, plain});
  heap.add_flags(dangling, kHasDanglingEdges);
  const HeapGraph graph = heap.build();
  EXPECT_THAT(names(graph, full, 0), ElementsAre("@a"));
  EXPECT_THAT(names(graph, full, 2), ElementsAre("@c"));
  EXPECT_THAT(names(graph, full, 3), IsEmpty());
  EXPECT_THAT(names(graph, sparse, 0), ElementsAre("@a", "@b", "@c"));
  EXPECT_THAT(names(graph, crowded, 0), IsEmpty());
  EXPECT_THAT(names(graph, dangling, 0), IsEmpty());
  EXPECT_THAT(names(graph, plain, 0), IsEmpty());
}

TEST(HeapGraph, RandomGraphsAreSound) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(broken_invariant(random_graph(seed, static_cast<std::uint32_t>(10 + seed * 7), 300)),
              "");
  }
}

TEST(BrokenInvariant, SeesWhatIsWrong) {
  const auto sound = [] {
    GraphBuilder heap;
    const auto vm = heap.root("vm");
    heap.edge(vm, heap.object("A"));
    heap.object("B");
    return heap.build();
  };
  EXPECT_EQ(broken_invariant(sound()), "");
  EXPECT_NE(broken_invariant(HeapGraph()), "");
  const auto broken = [&](auto damage) {
    HeapGraph graph = sound();
    damage(graph);
    return broken_invariant(graph) != "";
  };
  EXPECT_TRUE(broken([](HeapGraph& g) { g.first_object = 0; }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.first_object = 3; }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.edge_target = std::vector<std::uint32_t>{1, 4}; }));
  EXPECT_TRUE(
      broken([](HeapGraph& g) { g.edge_begin = std::vector<std::uint32_t>{0, 2, 1, 2, 2}; }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.extent = std::vector<std::uint32_t>{1}; }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.site = std::vector<SiteId>(1); }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.kind = std::vector<std::uint8_t>{9, 9, 9, 9}; }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.class_id = std::vector<ClassId>(4); }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.addresses = {}; }));
  EXPECT_TRUE(broken([](HeapGraph& g) { g.addresses.codes = std::vector<std::uint32_t>{5, 5}; }));
  EXPECT_TRUE(
      broken([](HeapGraph& g) { g.flags = std::vector<std::uint8_t>{0, 0, 0, kHasClassEdge}; }));
}

}  // namespace
}  // namespace tidemark
