#include "report/node_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Node = GraphBuilder::Node;

TEST(NodeText, EveryRole) {
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
  EXPECT_EQ(node_text(graph, 0), "root");
  EXPECT_EQ(node_text(graph, vm), "root vm (the virtual machine)");
  EXPECT_EQ(node_text(graph, odd), "root somewhere");
  EXPECT_EQ(node_text(graph, type), "class RequestAudit");
  EXPECT_EQ(node_text(graph, module), "module Leak");
  EXPECT_EQ(node_text(graph, nameless), "a nameless class");
  EXPECT_EQ(node_text(graph, array), "Array (3,902)");
  EXPECT_EQ(node_text(graph, map), "Hash (0)");
  EXPECT_EQ(node_text(graph, text), "String (1 byte)");
  EXPECT_EQ(node_text(graph, shared), "String (shared)");
  EXPECT_EQ(node_text(graph, entry), "RequestAudit::Entry");
  EXPECT_EQ(address_text(graph, vm), "");
  EXPECT_EQ(address_text(graph, type), "0x7f0000001000");
}

TEST(NodeText, HostileNames) {
  GraphBuilder heap;
  const Node root = heap.root("\x1b[2J");
  const Node type = heap.class_node("Evil\n\xff");
  const Node object = heap.object("\x1b]0;title\x07");
  heap.edge(root, type);
  heap.edge(type, object);
  const HeapGraph graph = heap.build();
  const std::vector<std::uint32_t> path{0, root, type, object};
  for (const std::string& text : {node_text(graph, root), node_text(graph, type),
                                  node_text(graph, object), path_text(graph, path)}) {
    for (const char c : text) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << text;
  }
}

TEST(EdgeText, WhatAnEdgeIsCalled) {
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
  EXPECT_EQ(edge_text(graph, store, array), "@list");
  EXPECT_EQ(edge_text(graph, store, map), "@map");
  EXPECT_EQ(edge_text(graph, blurred, array), "@a or @b");
  EXPECT_EQ(edge_text(graph, store, type), "its class");
  EXPECT_EQ(edge_text(graph, array, text), "element");
  EXPECT_EQ(edge_text(graph, map, text), "key or value");
  EXPECT_EQ(edge_text(graph, type, store), "constant or variable");
  EXPECT_EQ(edge_text(graph, vm, type), "");
}

TEST(PathText, FromARootToAnObject) {
  GraphBuilder heap;
  const Node vm = heap.root("vm");
  const Node object = heap.class_node("Object");
  const Node audit = heap.class_node("RequestAudit");
  const Node array = heap.array("Array");
  heap.set_extent(array, 2);
  heap.edge(vm, object);
  heap.edge(object, audit);
  heap.edge(audit, array);
  const HeapGraph graph = heap.build();
  const std::vector<std::uint32_t> path{0, vm, object, audit, array};
  EXPECT_EQ(path_text(graph, path),
            "root vm (the virtual machine) → class Object → class RequestAudit → Array (2)");
  EXPECT_EQ(short_path_text(graph, path), "class RequestAudit → Array (2)");
  EXPECT_EQ(path_lines(graph, path, "  "),
            "  root vm (the virtual machine)\n"
            "  → class Object  0x7f0000001000\n"
            "  → class RequestAudit  0x7f0000001028\n"
            "  → constant or variable: Array (2)  0x7f0000001050\n");
}

// Whatever the length: both ends are there, what lies between may be left out, and says so.
TEST(PathText, AnyLength) {
  for (std::size_t length = 0; length <= 40; ++length) {
    for (std::size_t classes = 0; classes <= length; ++classes) {
      GraphBuilder heap;
      std::vector<std::uint32_t> path{0, heap.root("vm")};
      for (std::size_t i = 0; i < length; ++i) {
        path.push_back(i < classes ? heap.class_node("Class" + std::to_string(i))
                                   : heap.object("Step" + std::to_string(i)));
        heap.edge(path[path.size() - 2], path.back());
      }
      const HeapGraph graph = heap.build();
      const std::string text = path_text(graph, path);
      EXPECT_TRUE(text.starts_with("root vm")) << text;
      EXPECT_TRUE(text.ends_with(node_text(graph, path.back()))) << text;
      if (classes > 0) {
        EXPECT_NE(text.find("class Class" + std::to_string(classes - 1)), std::string::npos)
            << text;
      }
      const std::string end = short_path_text(graph, path);
      EXPECT_TRUE(end.ends_with(node_text(graph, path.back()))) << end;
    }
  }
  const HeapGraph empty = GraphBuilder().build();
  EXPECT_EQ(path_text(empty, {}), "");
  EXPECT_EQ(short_path_text(empty, {}), "");
  EXPECT_EQ(path_lines(empty, {}, ""), "");
}

}  // namespace
}  // namespace tidemark
