#include "answers/heap/advice.h"

#include <algorithm>
#include <string_view>

#include "answers/heap/object_words.h"

namespace tidemark {
namespace {

bool any_named(const HeapGraph& graph, const std::vector<std::uint32_t>& nodes,
               std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(nodes, [&](std::uint32_t node) {
    return std::ranges::find(names, graph.class_name(node)) != names.end();
  });
}

bool passes_field(const HeapGraph& graph, const std::vector<std::uint32_t>& path,
                  std::string_view field) {
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (edge_label(graph, path[i - 1], path[i]) == field) return true;
  }
  return false;
}

bool any_detached(const HeapGraph& graph, const std::vector<std::uint32_t>& nodes) {
  return std::ranges::any_of(
      nodes, [&](std::uint32_t node) { return (graph.flags[node] & kDetached) != 0; });
}

bool compiled_from_text(const HeapGraph& graph, const Suspect& suspect) {
  return std::ranges::any_of(suspect.sites, [&](const auto& site) {
    const std::string_view file = graph.words->text(graph.words->site(site.first).file);
    return file.starts_with("evalmachine.<anonymous>") || file.empty();
  });
}

}  // namespace

std::string advice(const HeapGraph& graph, const Suspect& suspect,
                   const std::vector<std::uint32_t>& content) {
  if (!graph.numbered) return {};
  const std::string member = object_label(graph, suspect.example);
  if (member == "Timeout of setInterval()") {
    return "Each setInterval() runs, and keeps all that its callback reaches, until "
           "clearInterval(): start it once, or clear it where its work ends.";
  }
  if (member == "Timeout of setTimeout()") {
    return "Each setTimeout() keeps all that its callback reaches until it fires or is cleared: "
           "shorten it, or clearTimeout() it where its work ends.";
  }
  if (passes_field(graph, suspect.path, "._events")) {
    return "Event listeners that are added and never removed: once(), removeListener(), or an "
           "AbortSignal.";
  }
  if (suspect.kind == SuspectKind::kDetached || any_detached(graph, content)) {
    return "Elements that are out of their page, but that the program still refers to: drop the "
           "reference when the element goes.";
  }
  if (compiled_from_text(graph, suspect)) {
    return "Code that is compiled from text again and again (eval, new Function, vm): compile it "
           "once and keep that.";
  }
  if (graph.class_name(suspect.example) == "Promise") {
    return "Promises that somebody gathers, or that are never settled, with all that waits for "
           "them.";
  }
  if (any_named(graph, content, {"system / JSArrayBufferData", "ArrayBuffer"})) {
    return "Most of it lies outside of the JavaScript heap: RSS grows while heapUsed hardly does, "
           "and --max-old-space-size does not limit it.";
  }
  return {};
}

}  // namespace tidemark
