#include "answers/heap/shapes.h"

#include "answers/heap/object_words.h"
#include "answers/heap/source_lines.h"

namespace tidemark {
namespace {

std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

std::optional<CodePlace> code_place(const HeapGraph& graph, SiteId site, bool source) {
  if (!site.valid()) return std::nullopt;
  CodePlace place{.site = graph.words->site_label(site)};
  if (place.site.empty()) return std::nullopt;
  const Site where = graph.words->site(site);
  const std::string file(graph.words->text(where.file));
  place.file = unless_empty(file);
  if (where.line > 0) place.line = where.line;
  if (where.column > 0) place.column = where.column;
  place.method = unless_empty(std::string(graph.words->text(where.method)));
  if (source) place.source = unless_empty(source_line(file, where.line));
  return place;
}

ObjectRef object_ref(const HeapGraph& graph, std::uint32_t node) {
  return {.object = object_label(graph, node),
          .address = unless_empty(address_label(graph, node)),
          .class_name = std::string(graph.class_name(node))};
}

std::vector<PathStep> path_steps(const HeapGraph& graph, std::span<const std::uint32_t> path) {
  std::vector<PathStep> steps;
  steps.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::uint32_t node = path[i];
    PathStep step{.object = object_label(graph, node),
                  .address = unless_empty(address_label(graph, node)),
                  .class_name = std::string(graph.class_name(node)),
                  .type = std::string(graph.kind_name(node)),
                  .role = graph.role(node)};
    if (i > 0) step.edge = unless_empty(edge_label(graph, path[i - 1], node));
    const SiteId site = graph.site_of(node);
    if (site.valid()) step.site = unless_empty(graph.words->site_label(site));
    steps.push_back(std::move(step));
  }
  return steps;
}

void describe_place(Fields& fields, const CodePlace& place) {
  fields("site", place.site, "file and line as far as they are known: app/models/user.rb:19");
  fields("file", place.file, "the file");
  fields("line", place.line, "the line, from 1");
  fields("column", place.column, "the column, from 1");
  fields("method", place.method, "the method");
  fields("source", place.source, "the line of code, where its file is at hand");
}

void describe(Fields& fields, const CodePlace& place) {
  fields.record("CodePlace", "A place in the app's code.");
  describe_place(fields, place);
}

void describe(Fields& fields, const ObjectRef& object) {
  fields.record("ObjectRef", "An object of a heap.");
  fields("object", object.object, "what it is called: Array (3,902)");
  fields("address", object.address, "its address, V8: @ and its id; null: a root");
  fields("class", object.class_name, "its class");
}

void describe(Fields& fields, const PathStep& step) {
  fields.record("PathStep", "A step of a path from a root to an object.");
  fields("edge", step.edge, "what the reference to it is called: @store, element");
  fields("object", step.object, "what it is called: Array (3,902)");
  fields("address", step.address, "its address, V8: @ and its id; null: a root");
  fields("class", step.class_name, "its class");
  fields("type", step.type, "the runtime's own name of its kind: ARRAY, closure");
  fields("role", step.role, "what kind of thing it is");
  fields("site", step.site, "where it was allocated, or defined");
}

}  // namespace tidemark
