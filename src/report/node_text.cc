#include "report/node_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/units.h"
#include "heap/numbered.h"
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
  return fmt::format("{} ({})", text, format_count(graph.extent_of(node)));
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

// Does a reference of this name lead to an object whose own name is one of the runtime's?
bool leads_to(const HeapGraph& graph, std::uint32_t node, std::string_view name,
              std::string_view own_name) {
  for (std::uint32_t e = graph.edge_begin[node]; e < graph.edge_begin[node + 1]; ++e) {
    const EdgeLabel label = graph.label_of_edge(e);
    if (label.has_name() && (*graph.texts)[label.what()] == name &&
        graph.text_of(graph.edge_target[e]) == own_name) {
      return true;
    }
  }
  return false;
}

// The variables of a function or of a module.
std::string scope_text(const HeapGraph& graph, std::uint32_t node) {
  constexpr std::string_view kContext = "system / Context";
  const std::string_view class_name = graph.class_name(node);
  if (class_name.size() > kContext.size()) {
    return "context of " + safe_text(class_name.substr(kContext.size() + 3)) + "()";
  }
  if (!graph.sites_are_code() || !graph.site_of(node).valid()) return "context";
  const std::string file = graph.words->site_label(graph.site_of(node));
  const std::string name = safe_text(std::string_view(file).substr(file.rfind('/') + 1));
  const bool outermost = leads_to(graph, node, "previous", "system / NativeContext");
  return (outermost ? "module scope of " : "context in ") + name;
}

// An object of JavaScript, as a developer calls it.
std::string script_object_text(const HeapGraph& graph, std::uint32_t node) {
  const std::string_view kind = graph.kind_name(node);
  const std::string_view name = graph.text_of(node);
  const std::string_view class_name = graph.class_name(node);
  if (kind == "closure") return name.empty() ? "a function" : safe_text(name) + "()";
  if (class_name.starts_with("system / Context")) return scope_text(graph, node);
  if (class_name == "Timeout" && leads_to(graph, node, "_repeat", "system / Oddball")) {
    return "Timeout of setTimeout()";
  }
  if (class_name == "Timeout" && leads_to(graph, node, "_destroyed", "system / Oddball")) {
    return "Timeout of setInterval()";  // _repeat is a number, which no snapshot shows
  }
  const bool says_little = kind == "code" || kind == "array" || kind == "hidden";
  if (says_little && !name.empty()) {
    return name.starts_with("(") ? safe_text(name)
                                 : fmt::format("{} {}", safe_text(class_name), safe_text(name));
  }
  return safe_text(class_name);
}

// ".name" or "[3]" for what a program wrote itself, "(name)" for what the runtime calls it.
std::string label_text(const HeapGraph& graph, EdgeLabel label) {
  const std::string name = label.has_name() ? safe_text((*graph.texts)[label.what()]) : "";
  switch (label.type()) {
    case EdgeType::kProperty:
      return "." + name;
    case EdgeType::kContext:
      return "variable " + name;
    case EdgeType::kElement:
      return fmt::format("[{}]", label.what());
    case EdgeType::kInternal:
    case EdgeType::kShortcut:
    case EdgeType::kWeak:
      return "(" + name + ")";
    case EdgeType::kHidden:
    case EdgeType::kOther:
      return "";
  }
  return "";
}

// Of several references from one to the other, the one that says most.
std::string label_text(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held) {
  constexpr std::array kBest = {EdgeType::kProperty, EdgeType::kContext,  EdgeType::kElement,
                                EdgeType::kInternal, EdgeType::kShortcut, EdgeType::kWeak};
  const std::uint32_t end = graph.edge_begin[holder + 1];
  std::size_t best = kBest.size();
  std::string text;
  for (std::uint32_t edge = graph.edge_begin[holder]; edge < end; ++edge) {
    if (graph.edge_target[edge] != held) continue;
    const EdgeLabel label = graph.label_of_edge(edge);
    const auto rank =
        static_cast<std::size_t>(std::ranges::find(kBest, label.type()) - kBest.begin());
    if (rank >= best) continue;
    best = rank;
    text = label_text(graph, label);
  }
  return text;
}

// Is the label worth its place on a line of many steps?
bool tells_much(const std::string& edge) {
  return edge.starts_with("@") || edge.starts_with(".") || edge.starts_with("variable ");
}

std::string step_text(const std::string& edge) {
  return tells_much(edge) ? fmt::format(" → {} ", edge) : " → ";
}

}  // namespace

std::string node_text(const HeapGraph& graph, std::uint32_t node) {
  const std::string name = safe_text(graph.class_name(node));
  const Role role = graph.role(node);
  const bool plain = role != Role::kArray && role != Role::kString && role != Role::kRoot;
  if (graph.numbered && plain) return script_object_text(graph, node);
  switch (role) {
    case Role::kRoot:
      return root_text(graph, node);
    case Role::kClass:
      return class_text(graph, node);
    case Role::kArray:
    case Role::kMap:
      if (graph.numbered && graph.extent_of(node) == 0) return name;
      return counted(name, graph, node);
    case Role::kString:
      if (graph.numbered && graph.extent_of(node) == 0) return name;
      return (graph.flags[node] & kSharedContent) != 0
                 ? name + " (shared)"
                 : name + fmt::format(" ({})", plural(graph.extent_of(node), "byte"));
    default:
      return name;
  }
}

std::string address_text(const HeapGraph& graph, std::uint32_t node) {
  if (!graph.is_object(node)) return {};
  return graph.numbered ? fmt::format("@{}", number_of_address(graph.address(node)))
                        : fmt::format("{:#x}", graph.address(node));
}

std::string edge_text(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held) {
  if (!graph.edge_label.empty()) return label_text(graph, holder, held);
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
      text += step_text(edge);
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
      text += step_text(edge);
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
