#include "analysis/accumulators.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Node = GraphBuilder::Node;

struct App {
  GraphBuilder heap;
  Node vm;
  Node owner;

  App() : vm(heap.root("vm")), owner(heap.class_node("Owner")) {
    heap.edge(vm, owner);
    // So that half a percent of the heap is more than the least.
    const Node rest = heap.class_node("Rest");
    heap.edge(vm, rest);
    for (int i = 0; i < 1000; ++i) heap.edge(rest, heap.node("String", Role::kString, 10000));
  }
  // `count` objects of a class under `holder`.
  void fill(Node holder, std::uint32_t count, const char* name, std::uint64_t bytes) {
    for (std::uint32_t i = 0; i < count; ++i) heap.edge(holder, heap.object(name, bytes));
  }
  [[nodiscard]] std::vector<Accumulator> find() const {
    const HeapGraph graph = heap.build();
    Monitor monitor;
    return find_accumulators(graph, *compute_dominators(graph, monitor));
  }
};

std::string_view class_of(const App& app, const Accumulator& found) {
  return app.heap.build().words->class_name(found.member_class);
}

TEST(Accumulators, ACollection) {
  App app;
  const Node log = app.heap.array("Array", 8040);
  app.heap.edge(app.owner, log);
  app.fill(log, 1000, "Entry", 300);
  app.fill(log, 100, "Other", 40);
  const auto found = app.find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].node, log);
  EXPECT_EQ(class_of(app, found[0]), "Entry");
  EXPECT_EQ(found[0].members, 1000U);
  EXPECT_EQ(found[0].members_retained, 300000U);
  EXPECT_EQ(found[0].retained, 300000U + 4000 + 8040);
  EXPECT_FALSE(found[0].chain);
}

TEST(Accumulators, WhatIsSmallIsNone) {
  App app;
  const Node log = app.heap.array("Array");
  app.heap.edge(app.owner, log);
  app.fill(log, 100, "Entry", 300);
  EXPECT_TRUE(app.find().empty());
}

// Not the object, whose only child has it all, but the collection in it.
TEST(Accumulators, WhereMemoryDivides) {
  App app;
  const Node store = app.heap.object("Store");
  const Node map = app.heap.node("Hash", Role::kMap, 40);
  app.heap.edge(app.owner, store);
  app.heap.edge(store, map);
  app.fill(map, 1000, "Entry", 300);
  const auto found = app.find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].node, map);
}

TEST(Accumulators, OfNestedOnesTheOutermost) {
  App app;
  const Node outer = app.heap.array("Array");
  app.heap.edge(app.owner, outer);
  for (int i = 0; i < 10; ++i) {
    const Node inner = app.heap.array("Array");
    app.heap.edge(outer, inner);
    app.fill(inner, 1000, "Entry", 300);
  }
  const auto found = app.find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].node, outer);
  EXPECT_EQ(found[0].members, 10U);
  EXPECT_EQ(class_of(app, found[0]), "Array");
}

TEST(Accumulators, ClassesAndRootsAreNone) {
  App app;
  app.fill(app.owner, 1000, "Entry", 300);
  app.fill(app.vm, 1000, "Entry", 300);
  EXPECT_TRUE(app.find().empty());
}

TEST(Accumulators, AListIsCountedToItsEnd) {
  for (const std::uint32_t length : {60U, 5000U, 200000U}) {
    App app;
    Node last = app.owner;
    Node head = 0;
    for (std::uint32_t i = 0; i < length; ++i) {
      const Node link = app.heap.object("Link", length == 60 ? 5000 : 40);
      app.heap.set_generation(link, i);
      app.heap.edge(last, link);
      if (head == 0) head = link;
      last = link;
    }
    const auto found = app.find();
    ASSERT_EQ(found.size(), 1U) << length;
    EXPECT_EQ(found[0].node, head);
    EXPECT_TRUE(found[0].chain);
    EXPECT_EQ(found[0].members, length);
    EXPECT_EQ(found[0].ages.traced, length);
    EXPECT_EQ(class_of(app, found[0]), "Link");
  }
}

TEST(Accumulators, ALargeObjectByItself) {
  App app;
  const Node text = app.heap.node("String", Role::kString, 3000000);
  app.heap.edge(app.owner, text);
  const auto found = app.find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].node, text);
  EXPECT_FALSE(found[0].member_class.valid());
  EXPECT_EQ(found[0].retained, 3000000U);
}

TEST(Accumulators, TheMeasuringItselfIsNone) {
  App app;
  const Node table = app.heap.node("tracer", Role::kData, 3000000);
  app.heap.add_flags(table, kOverhead);
  app.heap.edge(app.owner, table);
  EXPECT_TRUE(app.find().empty());
}

TEST(Accumulators, AgesOfTheMembers) {
  App app;
  const Node log = app.heap.array("Array");
  app.heap.edge(app.owner, log);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const Node entry = app.heap.object("Entry", 300);
    app.heap.set_generation(entry, 10 + i);
    app.heap.edge(log, entry);
  }
  const auto found = app.find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].ages.pattern(), AgePattern::kEveryAge);
}

// The most retained first, none inside another, none above the heap.
TEST(Accumulators, RandomHeaps) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    const HeapGraph graph = random_graph(seed, 300, 500);
    Monitor monitor;
    const auto dominators = compute_dominators(graph, monitor);
    const auto found = find_accumulators(graph, *dominators, {.least_share = 0, .least_bytes = 1});
    std::vector<bool> is_found(graph.node_count());
    std::uint64_t before = UINT64_MAX;
    std::uint64_t sum = 0;
    for (const Accumulator& one : found) {
      EXPECT_LE(one.retained, before);
      before = one.retained;
      sum += one.retained;
      is_found[one.node] = true;
      EXPECT_EQ(one.retained, dominators->retained[one.node]);
      EXPECT_LE(one.members_retained, one.retained);
      EXPECT_TRUE(graph.is_object(one.node));
    }
    EXPECT_LE(sum, dominators->reachable_bytes);
    for (const Accumulator& one : found) {
      for (std::uint32_t up = dominators->idom[one.node]; up != 0; up = dominators->idom[up]) {
        EXPECT_FALSE(is_found[up]) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
