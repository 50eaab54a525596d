#include "report/node_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/units.h"
#include "report/safe_text.h"

namespace tidemark {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kRootMeanings = {{
    {"vm", "the virtual machine"},
    {"global_tbl", "global variables"},
    {"machine_context", "the stack, scanned conservatively"},
    {"finalizers", "finalizers"},
    {"end_proc", "at_exit blocks"},
    {"global_list", "C extensions"},
    {"global_symbols", "symbols"},
    {"object_id", "object ids"},
    {"symbols", "symbols"},
}};

std::string counted(std::string_view text, const HeapGraph& graph, std::uint32_t node) {
  return fmt::format("{} ({})", text, format_count(graph.extent[node]));
}

std::string root_text(const HeapGraph& graph, std::uint32_t node) {
  if (node == kRootNode.value) return "root";
  const std::string_view name = graph.own_name(node);
  const auto known =
      std::ranges::find(kRootMeanings, name, &std::pair<std::string_view, std::string_view>::first);
  const std::string text = "root " + safe_text(name);
  if (known == kRootMeanings.end() || known->first == known->second) return text;
  return text + fmt::format(" ({})", known->second);
}

std::string class_text(const HeapGraph& graph, std::uint32_t node) {
  const std::string_view name = graph.own_name(node);
  const bool module = graph.kind_name(node) == "MODULE";
  if (name.empty()) return module ? "a nameless module" : "a nameless class";
  // Names that describe rather than name already say what they are.
  if (name.starts_with("(") || name.starts_with("singleton") || name.ends_with("(included)")) {
    return safe_text(name);
  }
  return (module ? "module " : "class ") + safe_text(name);
}

}  // namespace

std::string node_text(const HeapGraph& graph, std::uint32_t node) {
  const std::string name = safe_text(graph.class_name(node));
  switch (graph.role(node)) {
    case Role::kRoot:
      return root_text(graph, node);
    case Role::kClass:
      return class_text(graph, node);
    case Role::kArray:
    case Role::kMap:
      return counted(name, graph, node);
    case Role::kString:
      return (graph.flags[node] & kSharedContent) != 0
                 ? name + " (shared)"
                 : name + fmt::format(" ({})", plural(graph.extent[node], "byte"));
    default:
      return name;
  }
}

std::string address_text(const HeapGraph& graph, std::uint32_t node) {
  return graph.is_object(node) ? fmt::format("{:#x}", graph.address(node)) : std::string();
}

std::string edge_text(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held) {
  const auto references = graph.references(holder);
  const auto place = std::ranges::find(references, held);
  if (place == references.end()) return "its class";
  const auto names =
      graph.field_candidates(holder, static_cast<std::size_t>(place - references.begin()));
  constexpr std::size_t kFew = 3;
  if (!names.empty() && names.size() <= kFew) {
    std::string text;
    for (const StringId name : names) {
      text += (text.empty() ? "" : " or ") + safe_text(graph.words->text(name));
    }
    return text;
  }
  switch (graph.role(holder)) {
    case Role::kArray:
      return graph.role(held) == Role::kArray && graph.class_id[held] != graph.class_id[holder]
                 ? "its shared elements"
                 : "element";
    case Role::kMap:
      return "key or value";
    case Role::kClass:
      return graph.role(held) == Role::kClass ? "" : "constant or variable";
    default:
      return "";
  }
}

std::string path_text(const HeapGraph& graph, std::span<const std::uint32_t> path) {
  // What matters begins at the last class or root group; a step or two before it gives the context.
  std::size_t start = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Role role = graph.role(path[i]);
    if (role == Role::kClass) start = i;
  }
  constexpr std::size_t kContext = 2;
  start = start > kContext ? start - 1 : 0;
  std::string text;
  if (path.size() > 1 && path[0] == kRootNode.value) path = path.subspan(1);
  start = start > 0 ? start - 1 : 0;
  constexpr std::size_t kMostSteps = 9;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0 && i < start) {
      if (i == 1) text += " → …";
      continue;
    }
    const bool skipped = path.size() > start + kMostSteps && i >= start + kMostSteps / 2 &&
                         i + kMostSteps / 2 < path.size();
    if (skipped) {
      if (i == start + kMostSteps / 2) text += " → …";
      continue;
    }
    if (i > 0) {
      const std::string edge = edge_text(graph, path[i - 1], path[i]);
      text += edge.starts_with("@") ? fmt::format(" → {} ", edge) : " → ";
    }
    text += node_text(graph, path[i]);
  }
  return text;
}

std::string short_path_text(const HeapGraph& graph, std::span<const std::uint32_t> path) {
  constexpr std::size_t kMostSteps = 4;
  std::size_t start =
      path.size() > kMostSteps ? path.size() - kMostSteps : std::min<std::size_t>(1, path.size());
  for (std::size_t i = start; i < path.size(); ++i) {
    if (graph.role(path[i]) == Role::kClass) start = i;
  }
  std::string text;
  for (std::size_t i = start; i < path.size(); ++i) {
    if (i > start) {
      const std::string edge = edge_text(graph, path[i - 1], path[i]);
      text += edge.starts_with("@") ? fmt::format(" → {} ", edge) : " → ";
    }
    text += node_text(graph, path[i]);
  }
  return text;
}

std::string path_lines(const HeapGraph& graph, std::span<const std::uint32_t> path,
                       std::string_view indent) {
  if (path.size() > 1 && path[0] == kRootNode.value) path = path.subspan(1);
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::string line(indent);
    if (i > 0) {
      const std::string edge = edge_text(graph, path[i - 1], path[i]);
      line += edge.empty() ? "→ " : fmt::format("→ {}: ", edge);
    }
    line += node_text(graph, path[i]);
    const std::string address = address_text(graph, path[i]);
    if (!address.empty()) line += "  " + address;
    out += line + "\n";
  }
  return out;
}

}  // namespace tidemark
