// Names for the classes of a dump, and the label under which each object is grouped.
//
// A label is what Ruby's obj.class.name would say. Singleton classes stand for the class below
// them; anonymous classes get "(anonymous class < Base held by Holder)" once the edges are known;
// objects of the runtime that have no class get a label in parentheses: "(imemo iseq)".
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <string>
#include <vector>

#include "formats/ruby_dump/types.h"
#include "heap/graph.h"

namespace tidemark::ruby {

struct ClassEntry {
  std::uint32_t node = 0;
  std::uint32_t class_node = 0;       // 0: none known
  std::uint32_t superclass_node = 0;  // 0: none known
  StringId name;
  StringId real_name;
  Type type = Type::kClass;
  bool singleton = false;
};

class ClassNames {
 public:
  // `entries` in any order; nodes as in the graph to be.
  ClassNames(std::vector<ClassEntry> entries, Vocabulary& words);

  // The label of an object. `class_node` 0: has none; `detail`: struct or imemo type, may be none.
  // Thread-safe but for labels that are new, which the Vocabulary locks for.
  ClassId label(Type type, std::uint8_t flags, std::uint32_t class_node, StringId detail) const;

  [[nodiscard]] bool has_anonymous() const { return !anonymous_.empty(); }

  // To be called once the graph has its edges: writes own names of classes, and gives anonymous
  // classes and their instances their final label.
  // `name_holders`: say who holds an anonymous class (needs edges).
  void finish(HeapGraph& graph, bool name_holders) const;

 private:
  [[nodiscard]] const ClassEntry* find(std::uint32_t node) const;
  [[nodiscard]] std::vector<ClassEntry>::iterator place_of(std::uint32_t node);
  void label_instances_of(const ClassEntry& start);
  [[nodiscard]] std::string provisional_name(const ClassEntry& entry) const;
  [[nodiscard]] bool is_anonymous(const ClassEntry& entry) const;
  [[nodiscard]] std::string describe_anonymous(const HeapGraph& graph, const ClassEntry& entry,
                                               std::uint32_t holder) const;
  [[nodiscard]] std::string own_name(const ClassEntry& entry) const;
  [[nodiscard]] std::vector<std::uint32_t> find_holders(const HeapGraph& graph) const;

  Vocabulary& words_;
  std::vector<ClassEntry> entries_;                         // by node
  tsl::robin_map<std::uint32_t, ClassId> instance_labels_;  // by class node
  std::vector<std::size_t> anonymous_;                      // positions in entries_
  tsl::robin_map<std::uint32_t, std::uint32_t> attached_;   // metaclass node -> class node
};

}  // namespace tidemark::ruby
