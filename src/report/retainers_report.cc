#include "report/retainers_report.h"

#include <fmt/format.h>

#include <array>

#include "analysis/v8_distances.h"
#include "base/units.h"
#include "heap/joined_text.h"
#include "report/json_writer.h"
#include "report/node_text.h"
#include "report/safe_text.h"
#include "report/summary_words.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {

using summary_words::bytes_text;

namespace {

constexpr std::array<std::string_view, 6> kReferenceNames = {
    "root", "field", "element", "key or value", "instance of it", ""};

std::string reference_name(const HeapGraph& graph, const ReferrerGroup& group) {
  if (group.kind == ReferenceKind::kField) return safe_text(graph.words->text(group.field));
  return std::string(kReferenceNames[static_cast<std::size_t>(group.kind)]);
}

// The beginning of a string's text, where the dump has it.
std::string text_line(const HeapGraph& graph, std::uint32_t node) {
  constexpr std::size_t kShown = 400;
  if (graph.texts == nullptr || graph.role(node) != Role::kString) return {};
  const JoinedText joined = joined_text(graph, node, kShown);
  const bool more = joined.text.size() < joined.length || !joined.whole;
  return wrap(fmt::format("Text: {}{}", safe_text(joined.text), more ? "…" : ""));
}

std::string heading(const Retainers& retainers, const HeapGraph& graph,
                    const Dominators& dominators, const TextStyle& style) {
  const std::uint32_t node = retainers.node;
  std::string out = style.bold(node_text(graph, node)) + "  " + address_text(graph, node) +
                    fmt::format("  {}", graph.kind_name(node));
  if (!retainers.chosen.empty()) out += "  (" + retainers.chosen + ")";
  out += "\n";
  std::string facts = fmt::format("{} by itself, keeps {} alive", bytes_text(graph.shallow(node)),
                                  bytes_text(dominators.retained[node]));
  const std::string site = safe_text(graph.words->site_label(graph.site_of(node)));
  if (!site.empty()) facts += (graph.sites_are_code() ? ", defined at " : ", allocated at ") + site;
  if (graph.generation_of(node) != kNoGeneration) {
    facts += fmt::format(", generation {}", graph.generation_of(node));
  }
  if (retainers.distance && *retainers.distance < kSystemDistance && *retainers.distance >= 0) {
    facts += fmt::format(", {} from the program's roots (DevTools' distance)",
                         plural(static_cast<std::uint64_t>(*retainers.distance), "step"));
  }
  return out + wrap(facts + ".") + text_line(graph, node);
}

std::string paths_section(const RetainingPaths& paths, const HeapGraph& graph,
                          const TextStyle& style) {
  std::string out = "\n" + style.bold("Held by") + " (from a root; the shortest first)\n";
  std::size_t number = 0;
  for (const PathGroup& group : paths.groups) {
    std::string note;
    if (group.paths > 1) {
      note =
          fmt::format("  {} paths like this", format_count(static_cast<std::int64_t>(group.paths)));
    }
    if (group.conservative) note += "  found on the stack; may be by accident";
    out += fmt::format(" {}.{}\n", ++number, style.dim(note));
    out += path_lines(graph, group.example, "    ");
  }
  if (paths.through_classes) {
    out += " There is no path but through the class of an instance.\n";
  }
  if (paths.limited) out += " The search was stopped at its limit: there may be further paths.\n";
  return out;
}

std::string dominators_section(const Retainers& retainers, const HeapGraph& graph,
                               const Dominators& dominators, const TextStyle& style) {
  std::string out =
      "\n" + style.bold("Dominators") + " (every path passes these; cut one and it goes)\n";
  Table table({number_column("RETAINED"), name_column("OBJECT"), text_column("ADDRESS")});
  // The root dominates everything; the first rows would say nothing else.
  for (const std::uint32_t node : retainers.dominators) {
    if (node == kRootNode.value) continue;
    table.add_row(
        {bytes_text(dominators.retained[node]), node_text(graph, node), address_text(graph, node)});
  }
  return out + table.print(style);
}

std::string referrers_section(const Referrers& referrers, const HeapGraph& graph, std::size_t limit,
                              const TextStyle& style) {
  std::string out = "\n" + style.bold("Referrers") +
                    fmt::format(" ({} from {})\n", plural(referrers.references, "reference"),
                                plural(referrers.referrers, "object"));
  Table table(
      {number_column("OBJECTS"), name_column("OF"), text_column("AS"), text_column("EXAMPLE")});
  std::size_t listed = 0;
  for (const ReferrerGroup& group : referrers.groups) {
    if (listed++ == limit) break;
    table.add_row({format_count(static_cast<std::int64_t>(group.referrers)),
                   label_text(graph, group.referrer), reference_name(graph, group),
                   address_text(graph, group.example)});
  }
  out += table.print(style);
  if (referrers.groups.size() > limit) {
    out += fmt::format(" ... and {} (--limit 0 shows all)\n",
                       plural(referrers.groups.size() - limit, "further group"));
  }
  return out;
}

void write_path(JsonWriter& json, const HeapGraph& graph, const std::vector<std::uint32_t>& path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    json.begin_object();
    json.member("object", node_text(graph, path[i]));
    if (graph.is_object(path[i])) json.member("address", address_text(graph, path[i]));
    if (i > 0) json.member("edge", edge_text(graph, path[i - 1], path[i]));
    json.end_object();
  }
}

}  // namespace

std::string retainers_text(const Retainers& retainers, const HeapGraph& graph,
                           const Dominators& dominators, std::size_t limit,
                           const TextStyle& style) {
  std::string out = heading(retainers, graph, dominators, style);
  if (!dominators.reachable(retainers.node)) {
    out += "\nNothing holds it: no root reaches it, and the next garbage collection frees it.\n";
  } else {
    out += paths_section(retainers.paths, graph, style);
    out += dominators_section(retainers, graph, dominators, style);
  }
  return out + referrers_section(retainers.referrers, graph, limit, style);
}

void retainers_json(const Retainers& retainers, const HeapGraph& graph,
                    const Dominators& dominators, std::size_t limit, TextSink& sink) {
  const std::uint32_t node = retainers.node;
  JsonWriter json(sink);
  json.begin_document("retainers");
  json.member("object", node_text(graph, node));
  json.member("address", address_text(graph, node));
  json.member("type", graph.kind_name(node));
  json.member("class", graph.class_name(node));
  json.member("site", graph.words->site_label(graph.site_of(node)));
  json.member("bytes", graph.shallow(node));
  json.member("retained_bytes", dominators.retained[node]);
  json.member("reachable", dominators.reachable(node));
  if (retainers.distance) json.member("distance", *retainers.distance);
  if (graph.texts != nullptr && graph.role(node) == Role::kString) {
    json.member("text", joined_text(graph, node, 1024).text);
  }
  json.begin_array("paths");
  for (const PathGroup& group : retainers.paths.groups) {
    json.begin_object();
    json.member("paths", group.paths);
    json.member("conservative", group.conservative);
    json.begin_array("steps");
    write_path(json, graph, group.example);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.member("search_limited", retainers.paths.limited);
  json.begin_array("dominators");
  for (const std::uint32_t dominator : retainers.dominators) {
    json.begin_object();
    json.member("object", node_text(graph, dominator));
    if (graph.is_object(dominator)) json.member("address", address_text(graph, dominator));
    json.member("retained_bytes", dominators.retained[dominator]);
    json.end_object();
  }
  json.end_array();
  json.begin_array("referrers");
  std::size_t listed = 0;
  for (const ReferrerGroup& group : retainers.referrers.groups) {
    if (listed++ == limit) break;
    json.begin_object();
    json.member("class", label_text(graph, group.referrer));
    json.member("as", reference_name(graph, group));
    json.member("objects", group.referrers);
    json.member("references", group.references);
    json.member("example", address_text(graph, group.example));
    json.end_object();
  }
  json.end_array();
  json.end_document();
}

}  // namespace tidemark
