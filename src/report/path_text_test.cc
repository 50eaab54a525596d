#include "report/path_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "answers/heap/object_words.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Node = GraphBuilder::Node;

TEST(PathText, HostileNames) {
  GraphBuilder heap;
  const Node root = heap.root("\x1b[2J");
  const Node type = heap.class_node("Evil\n\xff");
  const Node object = heap.object("\x1b]0;title\x07");
  heap.edge(root, type);
  heap.edge(type, object);
  const HeapGraph graph = heap.build();
  const std::vector<std::uint32_t> path{0, root, type, object};
  const std::vector<PathStep> steps = path_steps(graph, path);
  for (const std::string& text : {path_text(steps), short_path_text(steps)}) {
    for (const char c : text) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << text;
  }
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
  EXPECT_EQ(path_text(path_steps(graph, path)),
            "root vm (the virtual machine) → class Object → class RequestAudit → Array (2)");
  EXPECT_EQ(short_path_text(path_steps(graph, path)), "class RequestAudit → Array (2)");
  EXPECT_EQ(path_lines(path_steps(graph, path), "  "),
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
      const std::string text = path_text(path_steps(graph, path));
      EXPECT_TRUE(text.starts_with("root vm")) << text;
      EXPECT_TRUE(text.ends_with(object_label(graph, path.back()))) << text;
      if (classes > 0) {
        EXPECT_NE(text.find("class Class" + std::to_string(classes - 1)), std::string::npos)
            << text;
      }
      const std::string end = short_path_text(path_steps(graph, path));
      EXPECT_TRUE(end.ends_with(object_label(graph, path.back()))) << end;
    }
  }
  EXPECT_EQ(path_text({}), "");
  EXPECT_EQ(short_path_text({}), "");
  EXPECT_EQ(path_lines({}, ""), "");
}

}  // namespace
}  // namespace tidemark
