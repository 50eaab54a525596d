#include "heap/joined_text.h"

#include <string_view>
#include <vector>

namespace tidemark {
namespace {

constexpr std::string_view kRope = "(concatenated string)";

// The part of this name; 0 where it has none.
std::uint32_t part_of(const HeapGraph& graph, std::uint32_t rope, std::string_view name) {
  for (std::uint32_t e = graph.edge_begin[rope]; e < graph.edge_begin[rope + 1]; ++e) {
    const EdgeLabel label = graph.label_of_edge(e);
    if (label.type() == EdgeType::kInternal && (*graph.texts)[label.what()] == name) {
      return graph.edge_target[e];
    }
  }
  return 0;
}

std::string_view cut_at_character(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most < text.size() && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) ++most;
  return text.substr(0, most);
}

}  // namespace

bool is_rope(const HeapGraph& graph, std::uint32_t node) {
  return !graph.text.empty() && graph.role(node) == Role::kString && graph.text_of(node) == kRope &&
         part_of(graph, node, "first") != 0;
}

JoinedText joined_text(const HeapGraph& graph, std::uint32_t node, std::size_t most,
                       std::size_t parts) {
  JoinedText joined;
  std::vector<std::uint32_t> todo = {node};
  while (!todo.empty()) {
    if (parts-- == 0) {
      joined.whole = false;
      return joined;
    }
    const std::uint32_t part = todo.back();
    todo.pop_back();
    if (is_rope(graph, part)) {
      for (const std::string_view name : {"second", "first"}) {
        if (const std::uint32_t next = part_of(graph, part, name); next != 0) todo.push_back(next);
      }
    } else if (graph.role(part) == Role::kString) {
      const std::string_view text = graph.text_of(part);
      joined.length += text.size();
      if (joined.text.size() < most) {
        joined.text += cut_at_character(text, most - joined.text.size());
      }
    }
  }
  return joined;
}

}  // namespace tidemark
