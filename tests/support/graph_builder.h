// Makes small object graphs for tests, and random ones.
//
//   GraphBuilder heap;
//   const auto vm = heap.root("vm");
//   const auto list = heap.array("Array", 80);
//   heap.edge(vm, list);
//   heap.edge(list, heap.object("Order", 40));
//   const HeapGraph graph = heap.build();
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "heap/graph.h"

namespace tidemark {

// Nodes are numbered as they are added, root groups first (adding one later aborts the test), and
// get ascending addresses: kFirstAddress, and kAddressStep more for each object.
class GraphBuilder {
 public:
  using Node = std::uint32_t;

  static constexpr std::uint64_t kFirstAddress = 0x7f0000001000;
  static constexpr std::uint64_t kAddressStep = 40;
  static constexpr std::uint64_t address_of(std::uint32_t object_number) {
    return kFirstAddress + kAddressStep * object_number;
  }

  // Heaps that are to be compared share one Vocabulary.
  explicit GraphBuilder(std::shared_ptr<Vocabulary> words = std::make_shared<Vocabulary>());

  // Root groups hang from node 0 by themselves.
  Node root(std::string_view name, bool conservative = false);

  Node node(std::string_view class_name, Role role, std::uint64_t bytes);
  Node object(std::string_view class_name, std::uint64_t bytes = 40) {
    return node(class_name, Role::kObject, bytes);
  }
  Node array(std::string_view class_name, std::uint64_t bytes = 40) {
    return node(class_name, Role::kArray, bytes);
  }
  // A class object called `name`, itself of class "Class".
  Node class_node(std::string_view name, std::uint64_t bytes = 40);

  void edge(Node from, Node to) { nodes_[from].edges.push_back(to); }
  void edges(Node from, std::initializer_list<Node> to) {
    nodes_[from].edges.insert(nodes_[from].edges.end(), to);
  }
  // Becomes the last edge, and class_name stays as it is.
  void set_class(Node of, Node class_object) { nodes_[of].class_object = class_object; }
  void set_kind(Node of, std::string_view kind) {
    nodes_[of].kind = kind_number(kind, nodes_[of].role);
  }
  void set_address(Node of, std::uint64_t address) { nodes_[of].address = address; }  // ascending!
  void set_extent(Node of, std::uint32_t extent) { nodes_[of].extent = extent; }
  void set_site(Node of, std::string_view file, std::uint32_t line, std::string_view method = {});
  void set_generation(Node of, std::uint32_t generation) { nodes_[of].generation = generation; }
  void set_fields(Node of, std::initializer_list<std::string_view> names);
  void set_content(Node of, std::uint32_t hash) { nodes_[of].content = hash; }
  void add_flags(Node of, std::uint8_t flags) { nodes_[of].flags |= flags; }

  [[nodiscard]] HeapGraph build() const;

 private:
  struct Draft {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    Role role = Role::kRoot;
    std::uint8_t kind = 0;
    std::uint8_t flags = 0;
    ClassId class_id{};
    StringId own_name{};
    SiteId site{};
    std::uint32_t generation = kNoGeneration;
    std::uint32_t extent = 0;
    std::uint32_t content = 0;
    std::uint32_t class_object = 0;  // 0: none
    std::vector<Node> edges{};
    std::vector<StringId> fields{};
  };

  std::uint8_t kind_number(std::string_view name, Role role);
  void add_columns(HeapGraph& graph) const;
  void add_sparse_columns(HeapGraph& graph) const;

  std::shared_ptr<Vocabulary> words_;
  std::vector<Kind> kinds_;
  std::vector<Draft> nodes_;
  std::uint32_t first_object_ = 1;
};

// A graph with any shape that a heap may have: garbage, cycles, references to itself, several edges
// between two nodes, classes with many instances. `nodes` counts all but node 0; the same arguments
// give the same graph.
HeapGraph random_graph(std::uint64_t seed, std::uint32_t nodes, std::uint32_t edges);

// A graph of nothing but edges, for tests of shapes; node 0 is the root, there are no root
// groups. Node i has i % 7 + 1 bytes, and edge order is kept.
HeapGraph bare_graph(std::uint32_t nodes,
                     const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges);

}  // namespace tidemark
