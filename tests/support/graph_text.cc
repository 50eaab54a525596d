#include "support/graph_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {
namespace {

std::string site_text(const HeapGraph& graph, std::uint32_t node) {
  const Site site = graph.words->site(graph.site_of(node));
  return fmt::format("{}:{}:{}", graph.words->text(site.file), site.line,
                     graph.words->text(site.method));
}

}  // namespace

std::string describe_node(const HeapGraph& graph, std::uint32_t node) {
  return fmt::format(
      "{:x} {} [{}] {} bytes, extent {}, flags {}, {}, generation {}, content {} -> {}\n",
      graph.address(node), graph.kind_name(node), graph.class_name(node), graph.shallow(node),
      graph.extent_of(node), graph.flags[node], site_text(graph, node), graph.generation_of(node),
      graph.content.empty() ? 0 : graph.content[node], fmt::join(graph.edges(node), " "));
}

std::string graph_text(const HeapGraph& graph) {
  std::string out;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) out += describe_node(graph, node);
  for (const auto& [node, name] : graph.own_names) {
    out += fmt::format("{} is called {}\n", node, graph.words->text(name));
  }
  for (const auto& [node, layout] : graph.layouts) {
    out += fmt::format("{} has layout {}\n", node, layout);
  }
  for (const auto& [layout, names] : graph.layout_names) {
    out += fmt::format("layout {}:", layout);
    for (const StringId name : names) out += fmt::format(" {}", graph.words->text(name));
    out += '\n';
  }
  for (const DuplicateText& text : graph.duplicate_texts) {
    out += fmt::format("{} x {}, {} and {} bytes, {} long, as {}\n", text.count,
                       graph.words->text(text.preview), text.bytes, text.wasted, text.length,
                       text.example);
  }
  for (const SlotClass& slots : graph.slots) {
    out += fmt::format("slots of {}: {} + {}\n", slots.slot_bytes, slots.used, slots.free);
  }
  const ReadReport& report = graph.report;
  out += fmt::format("{} lines, {} repaired, {} damaged at {}: {}\n", report.lines,
                     report.repaired_lines, report.damaged_lines, report.first_damaged_offset,
                     report.first_damage);
  out += fmt::format("{} dangling, {} duplicates, {} traced, roots {}, dump {} of {}\n",
                     report.dangling_references, report.duplicate_addresses, report.traced_objects,
                     report.has_roots, report.dump_in_stream, report.dumps_in_stream);
  return out;
}

}  // namespace tidemark
