#include "answers/heap/object_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Node = GraphBuilder::Node;

TEST(ObjectLabel, EveryRole) {
  GraphBuilder heap;
  const Node vm = heap.root("vm");
  const Node odd = heap.root("somewhere");
  const Node type = heap.class_node("RequestAudit");
  const Node module = heap.class_node("Leak");
  heap.set_kind(module, "MODULE");
  const Node nameless = heap.node("Class", Role::kClass, 40);
  const Node array = heap.array("Array");
  heap.set_extent(array, 3902);
  const Node map = heap.node("Hash", Role::kMap, 40);
  const Node text = heap.node("String", Role::kString, 40);
  heap.set_extent(text, 1);
  const Node shared = heap.node("String", Role::kString, 40);
  heap.add_flags(shared, kSharedContent);
  const Node entry = heap.object("RequestAudit::Entry");
  const HeapGraph graph = heap.build();
  EXPECT_EQ(object_label(graph, 0), "root");
  EXPECT_EQ(object_label(graph, vm), "root vm (the virtual machine)");
  EXPECT_EQ(object_label(graph, odd), "root somewhere");
  EXPECT_EQ(object_label(graph, type), "class RequestAudit");
  EXPECT_EQ(object_label(graph, module), "module Leak");
  EXPECT_EQ(object_label(graph, nameless), "a nameless class");
  EXPECT_EQ(object_label(graph, array), "Array (3,902)");
  EXPECT_EQ(object_label(graph, map), "Hash (0)");
  EXPECT_EQ(object_label(graph, text), "String (1 byte)");
  EXPECT_EQ(object_label(graph, shared), "String (shared)");
  EXPECT_EQ(object_label(graph, entry), "RequestAudit::Entry");
  EXPECT_EQ(address_label(graph, vm), "");
  EXPECT_EQ(address_label(graph, type), "0x7f0000001000");
}

TEST(EdgeLabel, WhatAnEdgeIsCalled) {
  GraphBuilder heap;
  const Node vm = heap.root("vm");
  const Node type = heap.class_node("Store");
  const Node store = heap.object("Store");
  const Node array = heap.array("Array");
  const Node map = heap.node("Hash", Role::kMap, 40);
  const Node text = heap.node("String", Role::kString, 40);
  heap.edge(vm, type);
  heap.edge(type, store);
  heap.set_class(store, type);
  heap.edges(store, {array, map});
  heap.set_fields(store, {"@list", "@map"});
  heap.edge(array, text);
  heap.edge(map, text);
  const Node blurred = heap.object("Store");
  heap.edges(blurred, {array});
  heap.set_fields(blurred, {"@a", "@b"});
  const HeapGraph graph = heap.build();
  EXPECT_EQ(edge_label(graph, store, array), "@list");
  EXPECT_EQ(edge_label(graph, store, map), "@map");
  EXPECT_EQ(edge_label(graph, blurred, array), "@a or @b");
  EXPECT_EQ(edge_label(graph, store, type), "its class");
  EXPECT_EQ(edge_label(graph, array, text), "element");
  EXPECT_EQ(edge_label(graph, map, text), "key or value");
  EXPECT_EQ(edge_label(graph, type, store), "constant or variable");
  EXPECT_EQ(edge_label(graph, vm, type), "");
}

}  // namespace
}  // namespace tidemark
