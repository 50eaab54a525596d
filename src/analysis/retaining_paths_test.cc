#include "analysis/retaining_paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/node_label.h"
#include "analysis/shortest_paths.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Nodes = std::vector<std::uint32_t>;

RetainingPaths paths_to(const HeapGraph& graph, std::uint32_t node,
                        const RetainingPathLimits& limits = {}) {
  Monitor monitor;
  const auto dominators = compute_dominators(graph, monitor);
  const auto predecessors = find_predecessors(graph, &*dominators, monitor);
  return std::move(*find_retaining_paths(graph, *predecessors, node, monitor, limits));
}

// A thousand entries of one list hold the same object, and a cache does too.
TEST(RetainingPaths, LikePathsAreMerged) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto list = heap.array("Array");
  const auto cache = heap.node("Hash", Role::kMap, 160);
  const auto row = heap.object("Row");
  const auto shared = heap.object("Shared");
  heap.edges(vm, {list, cache});
  heap.edge(cache, row);
  heap.edge(row, shared);
  for (int i = 0; i < 1000; ++i) {
    const auto entry = heap.object("Entry");
    heap.edge(list, entry);
    heap.edges(entry, {shared, shared});
  }
  const RetainingPaths paths = paths_to(heap.build(), shared);
  ASSERT_EQ(paths.groups.size(), 2U);
  EXPECT_EQ(paths.groups[0].paths, 1000U);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, list, shared + 1, shared}));
  EXPECT_EQ(paths.groups[1].paths, 1U);
  EXPECT_EQ(paths.groups[1].example, Nodes({0, vm, cache, row, shared}));
  EXPECT_FALSE(paths.limited);
  EXPECT_FALSE(paths.through_classes);
}

// Two layers of ten between the root and the object: a hundred paths.
TEST(RetainingPaths, PathsMultiply) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto top = heap.object("Top");
  const auto bottom = heap.object("Bottom");
  heap.edge(vm, top);
  Nodes outer;
  Nodes inner;
  for (int i = 0; i < 10; ++i) outer.push_back(heap.object("Outer"));
  for (int i = 0; i < 10; ++i) inner.push_back(heap.object("Inner"));
  for (const auto a : outer) {
    heap.edge(top, a);
    for (const auto b : inner) heap.edge(a, b);
  }
  for (const auto b : inner) heap.edge(b, bottom);
  const RetainingPaths paths = paths_to(heap.build(), bottom);
  ASSERT_EQ(paths.groups.size(), 1U);
  EXPECT_EQ(paths.groups[0].paths, 100U);
  EXPECT_EQ(paths.groups[0].example.size(), 6U);
}

TEST(RetainingPaths, ClassesAreToldApartByTheirOwnNames) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto a = heap.class_node("A");
  const auto b = heap.class_node("B");
  const auto table = heap.object("Table");
  heap.edges(vm, {a, b});
  heap.edge(a, table);
  heap.edge(b, table);
  const HeapGraph graph = heap.build();
  EXPECT_EQ(label_text(graph, label_of(graph, a)), "A");
  EXPECT_EQ(label_text(graph, label_of(graph, table)), "Table");
  EXPECT_EQ(label_text(graph, label_of(graph, vm)), "vm");
  EXPECT_EQ(paths_to(graph, table).groups.size(), 2U);
  EXPECT_EQ(paths_to(graph, table, {.groups = 1}).groups.size(), 1U);
}

TEST(RetainingPaths, StackRootsComeLast) {
  GraphBuilder heap;
  const auto stack = heap.root("machine_context", /*conservative=*/true);
  const auto vm = heap.root("vm");
  const auto list = heap.array("Array");
  const auto entry = heap.object("Entry");
  heap.edge(stack, entry);
  heap.edge(vm, list);
  heap.edge(list, entry);
  const RetainingPaths paths = paths_to(heap.build(), entry);
  ASSERT_EQ(paths.groups.size(), 2U);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, list, entry}));
  EXPECT_FALSE(paths.groups[0].conservative);
  EXPECT_EQ(paths.groups[1].example, Nodes({0, stack, entry}));
  EXPECT_TRUE(paths.groups[1].conservative);
}

// The object's own further holders are of interest even if a root refers to it.
TEST(RetainingPaths, ObjectHeldByARootAndAList) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto list = heap.array("Array");
  const auto entry = heap.object("Entry");
  heap.edges(vm, {entry, entry, list});
  heap.edge(list, entry);
  const RetainingPaths paths = paths_to(heap.build(), entry);
  ASSERT_EQ(paths.groups.size(), 2U);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, entry}));
  EXPECT_EQ(paths.groups[0].paths, 1U) << "two references are one path";
  EXPECT_EQ(paths.groups[1].example, Nodes({0, vm, list, entry}));
}

TEST(RetainingPaths, ThroughTheClassOfAnInstanceOnlyIfNothingElse) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto instance = heap.object("Order");
  const auto singleton = heap.class_node("#<Class:Order>");
  const auto held = heap.object("Held");
  heap.edge(vm, instance);
  heap.add_flags(singleton, kSingleton);
  heap.set_class(instance, singleton);
  heap.edge(singleton, held);
  RetainingPaths paths = paths_to(heap.build(), held);
  ASSERT_EQ(paths.groups.size(), 1U);
  EXPECT_TRUE(paths.through_classes);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, instance, singleton, held}));

  heap.edge(vm, singleton);
  paths = paths_to(heap.build(), held);
  ASSERT_EQ(paths.groups.size(), 1U);
  EXPECT_FALSE(paths.through_classes);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, singleton, held}));
}

// Whatever holds the class Order, the registry in it is held by the class.
TEST(RetainingPaths, BeginAtAClass) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto shop = heap.class_node("Shop");
  const auto order = heap.class_node("Shop::Order");
  const auto cache = heap.node("(callcache)", Role::kInternal, 40);
  const auto code = heap.node("(iseq)", Role::kInternal, 40);
  const auto registry = heap.array("Array");
  const auto entry = heap.object("Shop::Order");
  heap.edges(vm, {cache, shop, code});
  heap.edges(cache, {order});
  heap.edges(code, {order});
  heap.edge(shop, order);
  heap.edge(order, registry);
  heap.edge(registry, entry);
  const HeapGraph graph = heap.build();
  const RetainingPaths paths = paths_to(graph, entry);
  ASSERT_EQ(paths.groups.size(), 1U);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, shop, order, registry, entry}));
  EXPECT_EQ(paths.groups[0].first, 3U);
  EXPECT_EQ(paths.groups[0].paths, 1U);
  // Asked about the class itself, all its holders are shown.
  EXPECT_EQ(paths_to(graph, order).groups.size(), 3U);
}

// The singleton class belongs to the object, and refers to it; it does not hold it.
TEST(RetainingPaths, AreNotMadeOfTheObjectsOwnSingletonClass) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto list = heap.array("Array");
  const auto entry = heap.object("Entry");
  const auto singleton = heap.class_node("#<Class:#<Entry>>");
  const auto plain = heap.class_node("(anonymous class held by Entry)");
  heap.edge(vm, list);
  heap.edge(list, entry);
  heap.set_class(entry, singleton);
  heap.add_flags(singleton, kSingleton);
  heap.edge(entry, plain);
  heap.edge(singleton, entry);
  heap.edge(plain, entry);
  const RetainingPaths paths = paths_to(heap.build(), entry);
  ASSERT_EQ(paths.groups.size(), 1U);
  EXPECT_EQ(paths.groups[0].example, Nodes({0, vm, list, entry}));
}

TEST(RetainingPaths, GarbageRootAndRootGroup) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto garbage = heap.object("Garbage");
  const HeapGraph graph = heap.build();
  EXPECT_TRUE(paths_to(graph, garbage).groups.empty());
  EXPECT_FALSE(paths_to(graph, garbage).through_classes);
  EXPECT_TRUE(paths_to(graph, 0).groups.empty());
  ASSERT_EQ(paths_to(graph, vm).groups.size(), 1U);
  EXPECT_EQ(paths_to(graph, vm).groups[0].example, Nodes({0, vm}));
}

TEST(RetainingPaths, SaysWhenTheLimitEndedTheSearch) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::uint32_t i = 0; i < 100; ++i) edges.emplace_back(i, i + 1);
  const HeapGraph graph = bare_graph(101, edges);
  const RetainingPaths cut = paths_to(graph, 100, {.references = 50});
  EXPECT_TRUE(cut.limited);
  EXPECT_TRUE(cut.groups.empty());
  const RetainingPaths whole = paths_to(graph, 100, {.references = 100});
  EXPECT_FALSE(whole.limited);
  EXPECT_EQ(whole.groups.size(), 1U);
}

TEST(RetainingPaths, DoublyLinkedListOfAMillion) {
  constexpr std::uint32_t kMany = 1'000'000;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::uint32_t i = 0; i + 1 < kMany; ++i) {
    edges.emplace_back(i, i + 1);
    if (i > 0) edges.emplace_back(i + 1, i);
  }
  const RetainingPaths paths = paths_to(bare_graph(kMany, edges), kMany - 1);
  ASSERT_EQ(paths.groups.size(), 1U);
  EXPECT_EQ(paths.groups[0].example.size(), kMany);
}

TEST(RetainingPaths, StopWhenCancelled) {
  const HeapGraph graph = random_graph(1, 10, 20);
  Monitor monitor;
  const auto predecessors = find_predecessors(graph, nullptr, monitor);
  monitor.cancel();
  EXPECT_FALSE(find_retaining_paths(graph, *predecessors, 5, monitor).has_value());
}

using Labels = std::vector<std::uint64_t>;

constexpr std::uint64_t kClassMark = ~std::uint64_t{0};

// Levels node by node, then every path one by one.
class EveryPath {
 public:
  EveryPath(const HeapGraph& graph, const Predecessors& predecessors, const ShortestPaths& shortest,
            std::uint32_t node)
      : graph_(graph), predecessors_(predecessors), shortest_(shortest), node_(node) {
    level_[node] = 0;
    for (Nodes now{node}; !now.empty();) {
      Nodes next;
      for (const std::uint32_t at : now) {
        if (!goes_on(at)) continue;
        for (const std::uint32_t holder : predecessors.references_to(at)) {
          if (graph.is_object(holder) && level_.emplace(holder, level_[at] + 1).second) {
            next.push_back(holder);
          }
        }
      }
      now = std::move(next);
    }
    walk(node, {label_of(graph, node).packed()});
  }

  std::map<Labels, std::uint64_t> count;  // by labels from the object to where the path begins

 private:
  bool begins_at_class(std::uint32_t node) {
    if (level_[node] == 0 || graph_.role(node) != Role::kClass) return false;
    const Nodes head = shortest_.path_to(node);
    return std::ranges::count(head, node_) == 0;
  }
  bool goes_on(std::uint32_t node) {
    if (level_[node] == 0) return true;
    if (begins_at_class(node)) return false;
    return std::ranges::none_of(predecessors_.references_to(node), [&](std::uint32_t holder) {
      return !graph_.is_object(holder) && (graph_.flags[holder] & kConservative) == 0;
    });
  }
  void walk(std::uint32_t node, const Labels& labels) {
    const auto extended = [&](std::uint64_t label) {
      Labels longer = labels;
      longer.push_back(label);
      return longer;
    };
    if (begins_at_class(node)) {
      ++count[extended(kClassMark)];
      return;
    }
    Nodes holders(predecessors_.references_to(node).begin(),
                  predecessors_.references_to(node).end());
    holders.erase(std::ranges::unique(holders).begin(), holders.end());
    for (const std::uint32_t holder : holders) {
      const Labels longer = extended(label_of(graph_, holder).packed());
      if (!graph_.is_object(holder)) {
        ++count[longer];
      } else if (goes_on(node) && level_[holder] == level_[node] + 1) {
        walk(holder, longer);
      }
    }
  }

  const HeapGraph& graph_;
  const Predecessors& predecessors_;
  const ShortestPaths& shortest_;
  std::uint32_t node_;
  std::map<std::uint32_t, std::uint32_t> level_;
};

Labels labels_from_object(const HeapGraph& graph, const PathGroup& group) {
  Labels labels;
  for (std::size_t i = group.example.size(); i-- > group.first;) {
    labels.push_back(label_of(graph, group.example[i]).packed());
  }
  if (graph.is_object(group.example[group.first])) labels.push_back(kClassMark);
  return labels;
}

void expect_sound_example(const HeapGraph& graph, const PathGroup& group, std::uint32_t node) {
  ASSERT_EQ(group.example.front(), 0U);
  ASSERT_EQ(group.example.back(), node);
  ASSERT_EQ(std::ranges::count(group.example, node), 1);
  for (std::size_t i = 1; i < group.example.size(); ++i) {
    const auto edges = graph.edges(group.example[i - 1]);
    ASSERT_TRUE(std::ranges::count(edges, group.example[i]) > 0);
  }
  ASSERT_EQ(group.conservative, (graph.flags[group.example[1]] & kConservative) != 0);
}

TEST(RetainingPaths, RandomGraphsMatchEveryPath) {
  Monitor monitor;
  for (std::uint64_t seed = 0; seed < 800; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto nodes = static_cast<std::uint32_t>(2 + seed % 40);
    const HeapGraph graph = random_graph(seed, nodes, nodes * 2);
    const auto dominators = compute_dominators(graph, monitor);
    const auto predecessors = find_predecessors(graph, &*dominators, monitor);
    const auto shortest = find_shortest_paths(graph, monitor);
    for (std::uint32_t node = graph.first_object; node < graph.node_count(); node += 3) {
      const RetainingPaths paths = *find_retaining_paths(graph, *predecessors, *shortest, node,
                                                         monitor, {.groups = 1'000'000});
      ASSERT_EQ(paths.groups.empty(), !dominators->reachable(node));
      std::map<Labels, std::uint64_t> found;
      for (const PathGroup& group : paths.groups) {
        expect_sound_example(graph, group, node);
        found[labels_from_object(graph, group)] += group.paths;
      }
      if (paths.groups.empty() || paths.through_classes) continue;
      ASSERT_EQ(found.size(), paths.groups.size()) << "one group for each sequence of labels";
      ASSERT_EQ(found, EveryPath(graph, *predecessors, *shortest, node).count) << node;
    }
  }
}

}  // namespace
}  // namespace tidemark
