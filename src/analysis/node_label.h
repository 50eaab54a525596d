// What a node is called where nodes of a kind are taken together: classes, modules and root groups
// by their own name, all else by the name of the class, or of the type where there is no class.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "heap/graph.h"

namespace tidemark {

struct NodeLabel {
  enum class Kind : std::uint8_t { kOwnName, kClassName, kTypeName };

  Kind kind = Kind::kTypeName;
  std::uint32_t id = 0;  // a StringId, a ClassId, or an index in HeapGraph::kinds

  // One number for both, to hash and compare.
  [[nodiscard]] std::uint64_t packed() const {
    return (static_cast<std::uint64_t>(kind) << 32) | id;
  }
  friend auto operator<=>(const NodeLabel&, const NodeLabel&) = default;
};

NodeLabel label_of(const HeapGraph& graph, std::uint32_t node);
std::string_view label_text(const HeapGraph& graph, NodeLabel label);

}  // namespace tidemark
