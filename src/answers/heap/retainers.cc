#include "answers/heap/retainers.h"

#include <fmt/format.h>

#include <array>

#include "analysis/dominator_tree.h"
#include "analysis/predecessors.h"
#include "analysis/referrers.h"
#include "analysis/retaining_paths.h"
#include "analysis/v8_distances.h"
#include "answers/heap/object_words.h"
#include "answers/heap/open_heap.h"
#include "base/nearest.h"
#include "heap/joined_text.h"
#include "heap/numbered.h"

namespace tidemark {
namespace {

// The object that is meant.
struct Choice {
  std::uint32_t node = 0;
  std::optional<std::uint64_t> of;
};

// A class's largest instance; failing instances, the class itself.
std::optional<Choice> choose_by_class(const HeapGraph& graph, const Dominators& dominators,
                                      std::string_view name) {
  std::optional<Choice> choice;
  std::uint64_t count = 0;
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    if (graph.class_name(node) != name) continue;
    ++count;
    const bool better = !choice || dominators.retained[node] > dominators.retained[choice->node];
    if (better) choice = Choice{.node = node, .of = {}};
  }
  if (choice && count > 1) choice->of = count;
  for (const auto& [node, own] : graph.own_names) {
    if (choice) break;
    if (graph.words->text(own) == name) choice = Choice{.node = node, .of = {}};
  }
  return choice;
}

Result<Choice> choose_by_address(const HeapGraph& graph, std::uint64_t address,
                                 const std::string& name) {
  const NodeId node = graph.find(address);
  if (node.valid()) return Choice{.node = node.value, .of = {}};
  return fail(ErrorCode::kNotFound, fmt::format("there is no object at {}", name),
              "addresses are those of this dump; in another one the object may be elsewhere");
}

Result<Choice> choose(const HeapGraph& graph, const Dominators& dominators,
                      const RetainersRequest& request) {
  if (const auto* address = std::get_if<RetainersRequest::Address>(&request.object)) {
    return choose_by_address(graph, address->value, fmt::format("{:#x}", address->value));
  }
  if (const auto* number = std::get_if<RetainersRequest::Number>(&request.object)) {
    return choose_by_address(graph, address_of_number(number->value),
                             fmt::format("@{}", number->value));
  }
  const std::string& name = std::get<std::string>(request.object);
  if (const auto choice = choose_by_class(graph, dominators, name)) return *choice;
  std::vector<std::string_view> names;
  for (std::uint32_t id = 0; id < graph.words->class_count(); ++id) {
    names.push_back(graph.words->class_name(ClassId(id)));
  }
  const std::string near(nearest(name, names));
  return fail(ErrorCode::kNotFound, fmt::format("no object or class is called '{}'", name),
              near.empty() ? "OBJECT is an address (0x7f...), a V8 id (@123) or the name of a class"
                           : fmt::format("did you mean {}?", near));
}

std::string reference_name(const HeapGraph& graph, const ReferrerGroup& group) {
  switch (group.kind) {
    case ReferenceKind::kRoot:
      return "root";
    case ReferenceKind::kField:
      return std::string(graph.words->text(group.field));
    case ReferenceKind::kElement:
      return "element";
    case ReferenceKind::kEntry:
      return "key or value";
    case ReferenceKind::kClass:
      return "instance of it";
    case ReferenceKind::kOther:
      break;
  }
  return {};
}

void add_facts(RetainersAnswer& answer, const HeapGraph& graph, const Dominators& dominators,
               const Choice& choice) {
  const std::uint32_t node = choice.node;
  answer.object = object_ref(graph, node);
  answer.type = graph.kind_name(node);
  answer.of = choice.of;
  answer.place = code_place(graph, graph.site_of(node), false);
  answer.place_is_code = graph.sites_are_code();
  answer.bytes = graph.shallow(node);
  answer.retained_bytes = dominators.retained[node];
  if (graph.generation_of(node) != kNoGeneration) answer.generation = graph.generation_of(node);
  answer.reachable = dominators.reachable(node);
  if (graph.texts == nullptr) return;
  const std::int32_t distance = v8_distances(graph)[node];
  if (distance >= 0 && distance < kSystemDistance) answer.distance = distance;
  if (graph.role(node) != Role::kString) return;
  constexpr std::size_t kShown = 400;
  JoinedText joined = joined_text(graph, node, kShown);
  answer.text_is_whole = joined.text.size() == joined.length && joined.whole;
  answer.text = std::move(joined.text);
}

void add_referrers(RetainersAnswer& answer, const HeapGraph& graph, const Referrers& found) {
  answer.references = found.references;
  answer.referring_objects = found.referrers;
  for (const ReferrerGroup& group : found.groups) {
    Referrer referrer{.class_name = std::string(label_text(graph, group.referrer)),
                      .as = reference_name(graph, group),
                      .objects = group.referrers,
                      .references = group.references};
    const std::string example = address_label(graph, group.example);
    if (!example.empty()) referrer.example = example;
    answer.referrers.push_back(std::move(referrer));
  }
}

void add_holders(RetainersAnswer& answer, const HeapGraph& graph, const Dominators& dominators,
                 const RetainingPaths& found, std::uint32_t node) {
  answer.search_limited = found.limited;
  answer.only_through_classes = found.through_classes;
  for (const PathGroup& group : found.groups) {
    answer.paths.push_back({.paths = group.paths,
                            .conservative = group.conservative,
                            .steps = path_steps(graph, group.example)});
  }
  for (const std::uint32_t dominator : dominator_path(dominators, node)) {
    answer.dominators.push_back(
        {.object = object_ref(graph, dominator), .retained_bytes = dominators.retained[dominator]});
  }
}

}  // namespace

Result<RetainersAnswer> answer(const RetainersRequest& request, Monitor& monitor) {
  auto heap = open_heap(request.dump,
                        {.load = {.strict = request.read.strict, .threads = request.read.threads},
                         .use_index = request.read.use_index},
                        monitor);
  if (!heap) return std::unexpected(heap.error());
  const HeapGraph& graph = heap->graph;
  const auto choice = choose(graph, heap->dominators, request);
  if (!choice) return std::unexpected(choice.error());

  RetainersAnswer answer;
  answer.notices = std::move(heap->notices);
  add_facts(answer, graph, heap->dominators, *choice);
  monitor.begin_phase("turning references round", 0);
  const auto predecessors = find_predecessors(graph, nullptr, monitor);
  if (!predecessors) return std::unexpected(predecessors.error());
  const auto referrers = find_referrers(graph, *predecessors, choice->node, monitor);
  if (!referrers) return std::unexpected(referrers.error());
  add_referrers(answer, graph, *referrers);
  if (!answer.reachable) return answer;
  monitor.begin_phase("finding paths", 0);
  const auto paths =
      find_retaining_paths(graph, *predecessors, choice->node, monitor, {.groups = request.paths});
  if (!paths) return std::unexpected(paths.error());
  add_holders(answer, graph, heap->dominators, *paths, choice->node);
  return answer;
}

}  // namespace tidemark
