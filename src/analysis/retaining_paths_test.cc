#include "analysis/retaining_paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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

// Levels node by node, then every path one by one.
class EveryPath {
 public:
  EveryPath(const HeapGraph& graph, const Predecessors& predecessors, std::uint32_t node)
      : graph_(graph), predecessors_(predecessors) {
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

  std::map<Labels, std::uint64_t> count;  // by labels from the object to the root group

 private:
  bool goes_on(std::uint32_t node) {
    return level_[node] == 0 ||
           std::ranges::none_of(predecessors_.references_to(node), [&](std::uint32_t holder) {
             return !graph_.is_object(holder) && (graph_.flags[holder] & kConservative) == 0;
           });
  }
  void walk(std::uint32_t node, const Labels& labels) {
    Nodes holders(predecessors_.references_to(node).begin(),
                  predecessors_.references_to(node).end());
    holders.erase(std::ranges::unique(holders).begin(), holders.end());
    for (const std::uint32_t holder : holders) {
      Labels longer = labels;
      longer.push_back(label_of(graph_, holder).packed());
      if (!graph_.is_object(holder)) {
        ++count[longer];
      } else if (goes_on(node) && level_[holder] == level_[node] + 1) {
        walk(holder, longer);
      }
    }
  }

  const HeapGraph& graph_;
  const Predecessors& predecessors_;
  std::map<std::uint32_t, std::uint32_t> level_;
};

Labels labels_from_object(const HeapGraph& graph, const Nodes& path) {
  Labels labels;
  for (std::size_t i = path.size(); i-- > 1;) labels.push_back(label_of(graph, path[i]).packed());
  return labels;
}

TEST(RetainingPaths, RandomGraphsMatchEveryPath) {
  Monitor monitor;
  for (std::uint64_t seed = 0; seed < 800; ++seed) {
    const auto nodes = static_cast<std::uint32_t>(2 + seed % 40);
    const HeapGraph graph = random_graph(seed, nodes, nodes * 2);
    const auto dominators = compute_dominators(graph, monitor);
    const auto predecessors = find_predecessors(graph, &*dominators, monitor);
    for (std::uint32_t node = graph.first_object; node < graph.node_count(); node += 3) {
      const RetainingPaths paths =
          *find_retaining_paths(graph, *predecessors, node, monitor, {.groups = 1'000'000});
      ASSERT_EQ(paths.groups.empty(), !dominators->reachable(node)) << seed;
      if (paths.groups.empty() || paths.through_classes) continue;
      std::map<Labels, std::uint64_t> found;
      for (const PathGroup& group : paths.groups) {
        ASSERT_EQ(group.example.front(), 0U);
        ASSERT_EQ(group.example.back(), node);
        for (std::size_t i = 1; i < group.example.size(); ++i) {
          const auto edges = graph.edges(group.example[i - 1]);
          ASSERT_TRUE(std::ranges::count(edges, group.example[i]) > 0) << seed;
        }
        ASSERT_EQ(group.conservative, (graph.flags[group.example[1]] & kConservative) != 0);
        found[labels_from_object(graph, group.example)] += group.paths;
      }
      ASSERT_EQ(found.size(), paths.groups.size()) << "one group for each sequence of labels";
      ASSERT_EQ(found, EveryPath(graph, *predecessors, node).count) << seed << " " << node;
    }
  }
}

}  // namespace
}  // namespace tidemark
