#include "analysis/referrers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

Referrers referrers_of(const HeapGraph& graph, std::uint32_t node) {
  Monitor monitor;
  const auto predecessors = find_predecessors(graph, nullptr, monitor);
  return std::move(*find_referrers(graph, *predecessors, node, monitor));
}

// "2 references by 1 Array [element]"
std::vector<std::string> lines(const HeapGraph& graph, const Referrers& referrers) {
  static constexpr const char* kKinds[] = {"root", "field", "element", "entry", "class", "other"};
  std::vector<std::string> text;
  for (const ReferrerGroup& group : referrers.groups) {
    text.push_back(std::to_string(group.references) + " by " + std::to_string(group.referrers) +
                   " " + std::string(label_text(graph, group.referrer)) + " " +
                   kKinds[static_cast<int>(group.kind)] +
                   std::string(group.field.valid() ? ":" : "") +
                   std::string(graph.words->text(group.field)));
  }
  return text;
}

using Lines = std::vector<std::string>;

TEST(Referrers, AreGroupedByClassAndField) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto user = heap.object("User");
  const auto list = heap.array("Array");
  const auto index = heap.node("Hash", Role::kMap, 160);
  heap.edge(vm, user);
  heap.edges(list, {user, user, vm, user});
  heap.edges(index, {user, user});
  for (int i = 0; i < 4; ++i) {
    const auto order = heap.object("Order");
    heap.set_fields(order, {"@lines", "@buyer", "@payer"});
    heap.edges(order, {list, user, i == 0 ? user : list});
  }
  const auto opaque = heap.node("Proc", Role::kCode, 80);
  heap.edge(opaque, user);
  const HeapGraph graph = heap.build();
  const Referrers referrers = referrers_of(graph, user);
  EXPECT_EQ(lines(graph, referrers),
            Lines({"4 by 4 Order field:@buyer", "3 by 1 Array element", "2 by 1 Hash entry",
                   "1 by 1 vm root", "1 by 1 Order field:@payer", "1 by 1 Proc other"}));
  EXPECT_EQ(referrers.references, 12U);
  EXPECT_EQ(referrers.referrers, 8U);
  EXPECT_EQ(referrers.groups[1].example, list);
}

TEST(Referrers, FieldThatIsNotCertainHasNoName) {
  GraphBuilder heap;
  heap.root("vm");
  const auto user = heap.object("User");
  const auto order = heap.object("Order");
  heap.set_fields(order, {"@id", "@buyer"});  // one of them holds no object
  heap.edge(order, user);
  const HeapGraph graph = heap.build();
  EXPECT_EQ(lines(graph, referrers_of(graph, user)), Lines({"1 by 1 Order other"}));
}

TEST(Referrers, InstancesOfAClass) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto order = heap.class_node("Order");
  heap.edge(vm, order);
  for (int i = 0; i < 5; ++i) heap.set_class(heap.object("Order"), order);
  const HeapGraph graph = heap.build();
  EXPECT_EQ(lines(graph, referrers_of(graph, order)),
            Lines({"5 by 5 Order class", "1 by 1 vm root"}));
}

TEST(Referrers, NobodyRefersToTheRoot) {
  const HeapGraph graph = random_graph(1, 5, 5);
  EXPECT_TRUE(referrers_of(graph, 0).groups.empty());
}

TEST(Referrers, RandomGraphsMissNoReference) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const HeapGraph graph = random_graph(seed, 30, 90);
    std::vector<std::uint64_t> expected(graph.node_count(), 0);
    for (const std::uint32_t target : graph.edge_target) ++expected[target];
    for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
      const Referrers referrers = referrers_of(graph, node);
      ASSERT_EQ(referrers.references, expected[node]);
      std::uint64_t sum = 0;
      for (const ReferrerGroup& group : referrers.groups) sum += group.references;
      ASSERT_EQ(sum, expected[node]);
    }
  }
}

TEST(Referrers, StopWhenCancelled) {
  const HeapGraph graph = bare_graph(2, {{0, 1}});
  Monitor monitor;
  const auto predecessors = find_predecessors(graph, nullptr, monitor);
  monitor.cancel();
  EXPECT_FALSE(find_referrers(graph, *predecessors, 1, monitor).has_value());
}

}  // namespace
}  // namespace tidemark
