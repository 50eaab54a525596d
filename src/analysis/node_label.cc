#include "analysis/node_label.h"

#include <algorithm>

namespace tidemark {
namespace {

StringId own_name_id(const HeapGraph& graph, std::uint32_t node) {
  const auto place = std::ranges::lower_bound(graph.own_names, node, {},
                                              [](const auto& entry) { return entry.first; });
  return place != graph.own_names.end() && place->first == node ? place->second : StringId::none();
}

}  // namespace

NodeLabel label_of(const HeapGraph& graph, std::uint32_t node) {
  const Role role = graph.role(node);
  if (role == Role::kClass || role == Role::kRoot) {
    const StringId name = own_name_id(graph, node);
    if (name.valid()) return {.kind = NodeLabel::Kind::kOwnName, .id = name.value};
  }
  const ClassId class_id = graph.class_id[node];
  if (class_id.valid()) return {.kind = NodeLabel::Kind::kClassName, .id = class_id.value};
  return {.kind = NodeLabel::Kind::kTypeName, .id = graph.kind[node]};
}

std::string_view label_text(const HeapGraph& graph, NodeLabel label) {
  switch (label.kind) {
    case NodeLabel::Kind::kOwnName:
      return graph.words->text(StringId(label.id));
    case NodeLabel::Kind::kClassName:
      return graph.words->class_name(ClassId(label.id));
    case NodeLabel::Kind::kTypeName:
      return graph.words->text(graph.kinds[label.id].name);
  }
  return {};
}

}  // namespace tidemark
