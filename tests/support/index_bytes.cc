#include "support/index_bytes.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "base/monitor.h"
#include "heap/index_file.h"
#include "support/graph_builder.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

std::vector<std::string> names_of(const HeapGraph& graph) {
  std::vector<std::string> names;
  const auto add = [&](StringId id) { names.emplace_back(graph.words->text(id)); };
  for (const Kind& kind : graph.kinds) add(kind.name);
  for (const auto& [node, name] : graph.own_names) add(name);
  for (const auto& [layout, fields] : graph.layout_names) {
    for (const StringId field : fields) add(field);
  }
  for (const DuplicateText& text : graph.duplicate_texts) add(text.preview);
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    names.emplace_back(graph.class_name(node));
    const Site site = graph.words->site(graph.site_of(node));
    names.push_back(graph.words->site_label(graph.site_of(node)));
    add(site.method);
  }
  return names;
}

std::vector<std::uint64_t> report_of(const HeapGraph& graph) {
  const ReadReport& report = graph.report;
  return {report.content_bytes,        report.lines,
          report.repaired_lines,       report.damaged_lines,
          report.first_damaged_offset, report.dangling_references,
          report.duplicate_addresses,  report.traced_objects,
          report.has_roots ? 1U : 0U,  report.dumps_in_stream,
          report.dump_in_stream,       static_cast<std::uint64_t>(report.time_ns)};
}

std::vector<std::uint64_t> tables_of(const HeapGraph& graph) {
  std::vector<std::uint64_t> numbers = {graph.first_object, graph.duplicate_waste,
                                        graph.duplicate_groups, graph.kinds.size()};
  for (const Kind& kind : graph.kinds) numbers.push_back(static_cast<std::uint64_t>(kind.role));
  for (const auto& [node, bytes] : graph.large_sizes) numbers.insert(numbers.end(), {node, bytes});
  for (const auto& [node, name] : graph.own_names) numbers.push_back(node);
  for (const auto& [node, layout] : graph.layouts) numbers.insert(numbers.end(), {node, layout});
  for (const auto& [layout, fields] : graph.layout_names) {
    numbers.insert(numbers.end(), {layout, fields.size()});
  }
  for (const DuplicateText& text : graph.duplicate_texts) {
    numbers.insert(numbers.end(), {text.count, text.bytes, text.wasted, text.example, text.length});
  }
  for (const SlotClass& slot : graph.slots) {
    numbers.insert(numbers.end(), {slot.slot_bytes, slot.used, slot.free});
  }
  return numbers;
}

}  // namespace

HeapGraph full_graph() {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto stack = heap.root("machine_context", true);
  const auto order_class = heap.class_node("Order");
  heap.edge(vm, order_class);
  const auto order = heap.object("Order");
  heap.set_class(order, order_class);
  heap.set_fields(order, {"@id", "@lines", "@note"});
  heap.set_site(order, "app/models/order.rb", 19, "create");
  heap.set_generation(order, 17);
  const auto lines = heap.array("Array", 5'000'000'000);
  heap.set_extent(lines, 625'000'000);
  heap.edge(order, lines);
  const auto note = heap.node("String", Role::kString, 40);
  heap.set_content(note, 0x1234567);
  heap.set_site(note, "app/models/order.rb", 20);
  heap.edge(order, note);
  heap.edges(lines, {order, order, note});
  heap.edge(stack, order);
  heap.set_address(heap.object("Garbage", 96), 0x7fff00000008);
  HeapGraph graph = heap.build();
  graph.duplicate_texts.push_back({.preview = graph.words->intern("a note"),
                                   .count = 3,
                                   .bytes = 120,
                                   .wasted = 80,
                                   .example = note,
                                   .length = 6});
  graph.duplicate_waste = 81;
  graph.duplicate_groups = 2;
  graph.slots = {{.slot_bytes = 40, .used = 5, .free = 2},
                 {.slot_bytes = 80, .used = 1, .free = 9}};
  graph.report = {.format = "Ruby heap dump",
                  .content_bytes = 9'000'000'001,
                  .lines = 11,
                  .repaired_lines = 12,
                  .damaged_lines = 13,
                  .first_damaged_offset = 14,
                  .first_damage = "a line that breaks off",
                  .dangling_references = 15,
                  .duplicate_addresses = 16,
                  .traced_objects = 1,
                  .has_roots = true,
                  .dumps_in_stream = 3,
                  .dump_in_stream = 2,
                  .time_ns = -7};
  return graph;
}

std::string difference(const HeapGraph& a, const HeapGraph& b) {
  const auto same = [](const auto& left, const auto& right) {
    return std::ranges::equal(left.span(), right.span());
  };
  if (!same(a.kind, b.kind)) return "kind";
  if (!same(a.flags, b.flags)) return "flags";
  if (!same(a.shallow32, b.shallow32)) return "shallow32";
  if (!same(a.extent, b.extent)) return "extent";
  if (a.site.size() != b.site.size()) return "site";
  if (!same(a.generation, b.generation)) return "generation";
  if (!same(a.edge_begin, b.edge_begin)) return "edge_begin";
  if (!same(a.edge_target, b.edge_target)) return "edge_target";
  if (!same(a.content, b.content)) return "content";
  if (!same(a.addresses.page_keys, b.addresses.page_keys)) return "page_keys";
  if (!same(a.addresses.codes, b.addresses.codes)) return "codes";
  if (tables_of(a) != tables_of(b)) return "tables";
  if (names_of(a) != names_of(b)) return "names";
  if (report_of(a) != report_of(b)) return "report";
  if (a.report.format != b.report.format || a.report.first_damage != b.report.first_damage) {
    return "words of the report";
  }
  return {};
}

std::string bytes_of(const SectionFileWriter& sections) {
  const TemporaryFolder folder;
  const Monitor monitor;
  if (!sections.write(folder / "file", monitor)) std::abort();
  return read_file(folder / "file");
}

std::string index_bytes(const HeapGraph& graph) {
  SectionFileWriter sections;
  add_graph(sections, graph);
  return bytes_of(sections);
}

Result<SectionFile> verified(std::string_view bytes) {
  constexpr std::align_val_t kAlignment{kSectionAlignment};
  auto* const copy = static_cast<std::byte*>(operator new(bytes.size() + 1, kAlignment));
  const std::shared_ptr<const void> owner(
      copy, [=](std::byte* memory) { operator delete(memory, kAlignment); });
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  auto file = SectionFile::from_bytes({copy, bytes.size()}, owner);
  if (!file) return file;
  if (auto sound = file->verify(1); !sound) return std::unexpected(sound.error());
  return file;
}

}  // namespace tidemark
