#include "formats/v8_snapshot/reader.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/threads.h"
#include "formats/duplicate_list.h"
#include "formats/v8_snapshot/class_names.h"
#include "formats/v8_snapshot/rules.h"
#include "heap/numbered.h"

namespace tidemark::v8 {
namespace {

bool is_text(NodeType type) {
  return type == NodeType::kString || type == NodeType::kConcatenated || type == NodeType::kSliced;
}

// What a node is to an analysis. Arrays and maps of JavaScript are objects to V8.
Role role_of(NodeType type, std::string_view name) {
  switch (type) {
    case NodeType::kString:
    case NodeType::kConcatenated:
    case NodeType::kSliced:
      return Role::kString;
    case NodeType::kObject:
      if (name == "Array") return Role::kArray;
      if (name == "Map" || name == "Set" || name == "WeakMap" || name == "WeakSet") {
        return Role::kMap;
      }
      return Role::kObject;
    case NodeType::kClosure:
    case NodeType::kWasmObject:
      return Role::kObject;
    case NodeType::kRegExp:
    case NodeType::kNumber:
    case NodeType::kSymbol:
    case NodeType::kBigInt:
      return Role::kNumber;
    case NodeType::kNative:
      return Role::kData;
    case NodeType::kArray:
    case NodeType::kHidden:
    case NodeType::kCode:
    case NodeType::kSynthetic:
    case NodeType::kObjectShape:
    case NodeType::kUnknown:
      return Role::kInternal;
  }
  return Role::kInternal;
}

class GraphMaker {
 public:
  GraphMaker(Snapshot&& snapshot, std::shared_ptr<Vocabulary> words, const ReadOptions& options)
      : raw_(std::move(snapshot)), options_(options), sorted_(sort_by_id(raw_, options.threads)) {
    graph_.words = std::move(words);
  }
  HeapGraph run();

 private:
  // A concatenated string whose parts were never joined: the snapshot does not have its text.
  [[nodiscard]] bool is_rope(std::uint32_t node) const {
    return sorted_.type[node] == NodeType::kConcatenated &&
           sorted_.name_of(node) == "(concatenated string)";
  }
  void set_classes();
  void set_addresses();
  void set_kinds();
  void set_sizes();
  void set_extents();
  void set_sites();
  void set_names();
  void set_report();
  void hash_texts();
  void find_duplicates();
  [[nodiscard]] std::uint32_t follow(std::uint32_t node, std::string_view edge_name) const;
  [[nodiscard]] tsl::robin_map<std::uint32_t, StringId> script_names() const;

  Snapshot raw_;
  const ReadOptions& options_;
  SortedSnapshot sorted_;
  HeapGraph graph_;
};

HeapGraph GraphMaker::run() {
  propagate_detachedness(sorted_);
  graph_.strong_end = part_essential_edges(sorted_, options_.threads);
  in_parallel(options_.threads, [&] { transfer_sizes(sorted_); }, [&] { set_classes(); });
  set_addresses();
  set_kinds();
  set_sizes();
  set_extents();
  set_names();
  set_sites();
  if (options_.content) hash_texts();
  if (options_.duplicates) find_duplicates();
  graph_.edge_begin = std::move(sorted_.edge_begin);
  graph_.edge_target = std::move(sorted_.edge_target);
  graph_.edge_label = std::move(sorted_.edge_label);
  graph_.text = std::move(sorted_.name);
  graph_.texts = sorted_.strings;
  graph_.everything_lives = true;
  graph_.numbered = true;
  graph_.other_bytes = raw_.extra_native_bytes;
  set_report();
  return std::move(graph_);
}

void GraphMaker::set_classes() {
  Vocabulary& words = *graph_.words;
  const std::vector<Definition> definitions = options_.interfaces == nullptr
                                                  ? infer_interfaces(sorted_)
                                                  : translate(*options_.interfaces, sorted_, words);
  graph_.class_id = name_classes(sorted_, definitions, raw_.locations, words);
  for (const Definition& definition : definitions) {
    Interface one{.name = words.intern(definition.name), .properties = {}};
    for (const std::uint32_t property : definition.properties) {
      one.properties.push_back(words.intern((*sorted_.strings)[property]));
    }
    graph_.interfaces.push_back(std::move(one));
  }
}

void GraphMaker::set_report() {
  ReadReport& report = graph_.report;
  report.format = "V8 heap snapshot";
  report.content_bytes = raw_.content_bytes;
  report.dangling_references = raw_.dangling_edges;
  report.duplicate_addresses = sorted_.repeated_ids;
  report.has_roots = true;
  if (!raw_.early_end) return;
  report.damaged_lines = 1;
  report.first_damaged_offset = raw_.early_end->offset.value_or(0);
  report.first_damage = raw_.early_end->message;
}

void GraphMaker::set_addresses() {
  graph_.first_object = 1;
  std::vector<std::uint64_t> keys;
  Buffer<std::uint32_t> codes(sorted_.nodes - 1);
  for (std::uint32_t node = 1; node < sorted_.nodes; ++node) {
    const std::uint64_t address = address_of_number(sorted_.id[node]);
    if (keys.empty() || keys.back() != page_key(address)) keys.push_back(page_key(address));
    codes[node - 1] =
        (static_cast<std::uint32_t>(keys.size() - 1) << kSlotBits) | slot_in_page(address);
  }
  graph_.addresses = {.page_keys = std::move(keys), .codes = std::move(codes)};
  sorted_.id = {};
}

void GraphMaker::set_kinds() {
  tsl::robin_map<std::uint32_t, std::uint8_t> numbers;  // type and role -> kind
  Buffer<std::uint8_t> kinds(sorted_.nodes);
  Buffer<std::uint8_t> flags(sorted_.nodes);
  for (std::uint32_t node = 0; node < sorted_.nodes; ++node) {
    const NodeType type = sorted_.type[node];
    const Role role = node == 0 ? Role::kRoot : role_of(type, sorted_.name_of(node));
    const std::uint32_t key =
        (static_cast<std::uint32_t>(type) << 8) | static_cast<std::uint32_t>(role);
    const auto [place, fresh] =
        numbers.emplace(key, static_cast<std::uint8_t>(graph_.kinds.size()));
    if (fresh) {
      const std::string_view name = kNodeTypeNames[static_cast<std::size_t>(type)];
      graph_.kinds.push_back({.name = graph_.words->intern(name), .role = role});
    }
    kinds[node] = place->second;
    flags[node] = sorted_.detached[node] == 2 ? std::uint8_t{kDetached} : std::uint8_t{0};
  }
  graph_.kind = std::move(kinds);
  graph_.flags = std::move(flags);
}

void GraphMaker::set_sizes() {
  Buffer<std::uint32_t> sizes(sorted_.nodes);
  for (std::uint32_t node = 0; node < sorted_.nodes; ++node) {
    const std::uint64_t bytes = sorted_.size[node];
    sizes[node] = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, 0xffffffffU));
    if (bytes >= 0xffffffffU) graph_.large_sizes.emplace_back(node, bytes);
  }
  graph_.shallow32 = std::move(sizes);
  sorted_.size = {};
}

// Elements that are references; bytes of strings as far as the snapshot has them.
void GraphMaker::set_extents() {
  Buffer<std::uint32_t> extents(sorted_.nodes);
  for (std::uint32_t node = 0; node < sorted_.nodes; ++node) {
    std::uint32_t extent = 0;
    if (is_text(sorted_.type[node])) {
      if (!is_rope(node)) extent = static_cast<std::uint32_t>(sorted_.name_of(node).size());
    } else {
      for (std::uint32_t e = sorted_.edge_begin[node]; e < sorted_.edge_begin[node + 1]; ++e) {
        extent += sorted_.label(e).type() == EdgeType::kElement ? 1 : 0;
      }
    }
    extents[node] = extent;
  }
  graph_.extent = std::move(extents);
}

// Synthetic nodes, as "(GC roots)", are known by their name.
void GraphMaker::set_names() {
  for (std::uint32_t node = 0; node < sorted_.nodes; ++node) {
    if (sorted_.type[node] != NodeType::kSynthetic || sorted_.name_of(node).empty()) continue;
    graph_.own_names.emplace_back(node, graph_.words->intern(sorted_.name_of(node)));
  }
}

// Where the internal reference of this name leads; 0 where there is none.
std::uint32_t GraphMaker::follow(std::uint32_t node, std::string_view edge_name) const {
  for (std::uint32_t e = sorted_.edge_begin[node]; e < sorted_.edge_begin[node + 1]; ++e) {
    if (sorted_.label(e).type() == EdgeType::kInternal && sorted_.edge_name(e) == edge_name) {
      return sorted_.edge_target[e];
    }
  }
  return 0;
}

// Locations name their script by a number. What it is called stands at the end of the way from a
// function that has a location: its code's script.
tsl::robin_map<std::uint32_t, StringId> GraphMaker::script_names() const {
  tsl::robin_map<std::uint32_t, StringId> names;
  for (const Location& location : raw_.locations) {
    const std::uint32_t node = sorted_.node_of[location.ordinal];
    if (sorted_.type[node] != NodeType::kClosure || names.contains(location.script)) continue;
    const std::uint32_t shared = follow(node, "shared");
    std::uint32_t script = shared == 0 ? 0 : follow(shared, "script");
    if (script == 0 && shared != 0) script = follow(shared, "script_or_debug_info");
    const std::uint32_t name = script == 0 ? 0 : follow(script, "name");
    if (name == 0 || sorted_.name_of(name).empty()) continue;
    std::string_view text = sorted_.name_of(name);
    constexpr std::string_view kFile = "file://";
    if (text.starts_with(kFile)) text.remove_prefix(kFile.size());
    names.emplace(location.script, graph_.words->intern(text));
  }
  return names;
}

void GraphMaker::set_sites() {
  if (raw_.locations.empty()) return;
  const auto names = script_names();
  Buffer<SiteId> sites(sorted_.nodes);
  std::fill(sites.begin(), sites.end(), SiteId::none());
  for (const Location& location : raw_.locations) {
    const auto script = names.find(location.script);
    const StringId file = script != names.end()
                              ? script->second
                              : graph_.words->intern(fmt::format("(script {})", location.script));
    sites[sorted_.node_of[location.ordinal]] =
        graph_.words->intern_site({.file = file, .line = location.line + 1, .method = {}});
  }
  graph_.site = std::move(sites);
}

// Of every node's name: it tells whether a number still stands for the same object.
void GraphMaker::hash_texts() {
  Buffer<std::uint32_t> content(sorted_.nodes);
  for (std::uint32_t node = 0; node < sorted_.nodes; ++node) {
    content[node] = static_cast<std::uint32_t>(stable_hash(sorted_.name_of(node)) | 1);
  }
  graph_.content = std::move(content);
}

// Strings and concatenated strings of one text, as far as the snapshot tells it. Whether those are
// equal that the snapshot cut off at 1,024 characters, nobody knows.
void GraphMaker::find_duplicates() {
  constexpr std::size_t kCut = 1024;
  tsl::robin_map<std::uint32_t, DuplicateText> groups;  // by string
  for (std::uint32_t node = 0; node < sorted_.nodes; ++node) {
    const NodeType type = sorted_.type[node];
    if (type != NodeType::kString && type != NodeType::kConcatenated) continue;
    const std::string_view text = sorted_.name_of(node);
    if (graph_.shallow32[node] == 0 || text.size() >= kCut) continue;
    if (is_rope(node)) continue;
    DuplicateText& group = groups[sorted_.name[node]];
    if (group.count++ == 0) {
      group.example = node;
      group.length = static_cast<std::uint32_t>(text.size());
    }
    group.bytes += graph_.shallow(node);
  }
  std::vector<DuplicateText> all;
  for (const auto& [name, found] : groups) all.push_back(found);
  list_duplicates(std::move(all), graph_);
  for (DuplicateText& group : graph_.duplicate_texts) {
    group.preview = graph_.words->intern(sorted_.name_of(group.example));
  }
}

}  // namespace

Result<HeapGraph> read_heap(ByteSource& source, std::vector<char> head, const ReadOptions& options,
                            std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  auto snapshot = read_snapshot(source, std::move(head), options.strict, options.threads, monitor);
  if (!snapshot) return std::unexpected(snapshot.error());
  if (snapshot->nodes == 0) return fail(ErrorCode::kDamaged, "the snapshot has no nodes");
  monitor.begin_phase("linking", 0);
  HeapGraph graph = GraphMaker(std::move(*snapshot), std::move(words), options).run();
  graph.report.time_ns = source.info().modified_ns;
  return graph;
}

}  // namespace tidemark::v8
