// Groups objects by what a person looks for: allocation site, class, type, gem, method, file, age.
// One grouping serves several heaps that share a Vocabulary, so that group numbers can be compared.
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/dimension.h"
#include "base/column.h"
#include "heap/graph.h"

namespace tidemark {

// What a group stands for. Fields that the dimension does not look at are empty.
struct GroupKey {
  std::string label;       // value of the dimension: "app/a.rb:19", "json 2.6"; "" for unknown
  std::string class_name;  // kSite and kClass only
  std::string kind;        // kSite, kClass and kType
};

using GroupId = std::uint32_t;

// Not thread-safe. Group numbers are given in the order of first sight.
class Grouping {
 public:
  // kSite groups by file and line together with class and type; kClass by class and type.
  Grouping(Vocabulary& words, Dimension dimension) : words_(words), dimension_(dimension) {}

  // The group of every node of `graph`, root nodes included.
  Buffer<GroupId> assign(const HeapGraph& graph);

  [[nodiscard]] GroupKey key(GroupId group) const;
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  [[nodiscard]] Dimension dimension() const { return dimension_; }

 private:
  struct Key {
    std::uint32_t value = 0;  // of the dimension, an id in its own space
    std::uint32_t class_id = 0;
    std::uint32_t kind = 0;  // StringId of the kind's name
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };

  void project_sites();
  [[nodiscard]] Key key_of(const HeapGraph& graph, std::uint32_t node) const;
  static std::uint32_t kind_of(const HeapGraph& graph, std::uint32_t node);

  Vocabulary& words_;
  Dimension dimension_;
  std::vector<std::uint32_t> site_values_;  // by SiteId: what this dimension sees of the site
  std::vector<Key> keys_;
  std::vector<std::uint32_t> kinds_;  // of each group's first member
  tsl::robin_map<Key, GroupId, KeyHash> ids_;
};

}  // namespace tidemark
