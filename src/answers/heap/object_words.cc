#include "answers/heap/object_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/units.h"
#include "heap/numbered.h"

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
  const std::string text = "root " + std::string(name);
  if (known == kRootMeanings.end() || known->first == known->second) return text;
  return text + fmt::format(" ({})", known->second);
}

std::string class_text(const HeapGraph& graph, std::uint32_t node) {
  const std::string_view name = graph.own_name(node);
  const bool module = graph.kind_name(node) == "MODULE";
  if (name.empty()) return module ? "a nameless module" : "a nameless class";
  // Names that describe rather than name already say what they are.
  if (name.starts_with("(") || name.starts_with("singleton") || name.ends_with("(included)")) {
    return std::string(name);
  }
  return (module ? "module " : "class ") + std::string(name);
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
    return "context of " + std::string(class_name.substr(kContext.size() + 3)) + "()";
  }
  if (!graph.sites_are_code() || !graph.site_of(node).valid()) return "context";
  const std::string file = graph.words->site_label(graph.site_of(node));
  const std::string name = std::string(std::string_view(file).substr(file.rfind('/') + 1));
  const bool outermost = leads_to(graph, node, "previous", "system / NativeContext");
  return (outermost ? "module scope of " : "context in ") + name;
}

// An object of JavaScript, as a developer calls it.
std::string script_object_text(const HeapGraph& graph, std::uint32_t node) {
  const std::string_view kind = graph.kind_name(node);
  const std::string_view name = graph.text_of(node);
  const std::string_view class_name = graph.class_name(node);
  if (kind == "closure") return name.empty() ? "a function" : std::string(name) + "()";
  if (class_name.starts_with("system / Context")) return scope_text(graph, node);
  if (class_name == "Timeout" && leads_to(graph, node, "_repeat", "system / Oddball")) {
    return "Timeout of setTimeout()";
  }
  if (class_name == "Timeout" && leads_to(graph, node, "_destroyed", "system / Oddball")) {
    return "Timeout of setInterval()";  // _repeat is a number, which no snapshot shows
  }
  const bool says_little = kind == "code" || kind == "array" || kind == "hidden";
  if (says_little && !name.empty()) {
    return name.starts_with("(") ? std::string(name)
                                 : fmt::format("{} {}", std::string(class_name), std::string(name));
  }
  return std::string(class_name);
}

// ".name" or "[3]" for what a program wrote itself, "(name)" for what the runtime calls it.
std::string text_of_label(const HeapGraph& graph, EdgeLabel label) {
  const std::string name = label.has_name() ? std::string((*graph.texts)[label.what()]) : "";
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
std::string text_of_label(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held) {
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
    text = text_of_label(graph, label);
  }
  return text;
}

}  // namespace

std::string object_label(const HeapGraph& graph, std::uint32_t node) {
  const std::string name = std::string(graph.class_name(node));
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

std::string address_label(const HeapGraph& graph, std::uint32_t node) {
  if (!graph.is_object(node)) return {};
  return graph.numbered ? fmt::format("@{}", number_of_address(graph.address(node)))
                        : fmt::format("{:#x}", graph.address(node));
}

std::string edge_label(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held) {
  if (!graph.edge_label.empty()) return text_of_label(graph, holder, held);
  const auto references = graph.references(holder);
  const auto place = std::ranges::find(references, held);
  if (place == references.end()) return "its class";
  const auto names =
      graph.field_candidates(holder, static_cast<std::size_t>(place - references.begin()));
  constexpr std::size_t kFew = 3;
  if (!names.empty() && names.size() <= kFew) {
    std::string text;
    for (const StringId name : names) {
      text += (text.empty() ? "" : " or ") + std::string(graph.words->text(name));
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

}  // namespace tidemark
