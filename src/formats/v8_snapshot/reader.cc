#include "formats/v8_snapshot/reader.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/threads.h"
#include "formats/v8_snapshot/class_names.h"
#include "formats/v8_snapshot/rules.h"
#include "heap/numbered.h"

namespace tidemark::v8 {
namespace {

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
    case NodeType::kSynthetic:
      return Role::kRoot;
    case NodeType::kArray:
    case NodeType::kHidden:
    case NodeType::kCode:
    case NodeType::kObjectShape:
    case NodeType::kUnknown:
      return Role::kInternal;
  }
  return Role::kInternal;
}

// Roots that hold what is just being worked on, or what others hold as well, by their names.
bool is_passing(std::string_view root) {
  return root == "(Stack roots)" || root == "(Handle scope)" || root == "(Internalized strings)";
}

std::string_view file_of_url(std::string_view url) {
  constexpr std::string_view kFile = "file://";
  if (url.starts_with(kFile)) url.remove_prefix(kFile.size());
  return url;
}

class GraphMaker {
 public:
  GraphMaker(Snapshot&& snapshot, std::shared_ptr<Vocabulary> words, const ReadOptions& options)
      : raw_(std::move(snapshot)), options_(options) {
    graph_.words = std::move(words);
  }
  HeapGraph run();

 private:
  void set_classes();
  void set_addresses();
  void set_kinds();
  void set_sizes();
  void set_sites();
  void add_locations(std::vector<std::pair<std::uint32_t, SiteId>>& sites);
  void add_allocations(std::vector<std::pair<std::uint32_t, SiteId>>& sites);
  void set_names();
  void set_report();
  void hash_texts();
  [[nodiscard]] std::uint32_t follow(std::uint32_t node, std::string_view edge_name) const;
  [[nodiscard]] tsl::robin_map<std::uint32_t, StringId> script_names() const;

  Snapshot raw_;
  const ReadOptions& options_;
  std::vector<std::pair<NodeType, Role>> kinds_;
  HeapGraph graph_;
};

HeapGraph GraphMaker::run() {
  propagate_detachedness(raw_);
  graph_.strong_end = part_essential_edges(raw_, options_.threads);
  in_parallel(
      options_.threads, [&] { set_classes(); },
      [&] {
        transfer_sizes(raw_);
        set_addresses();
        set_kinds();
      });
  set_sizes();
  set_names();
  set_sites();
  if (options_.content) hash_texts();
  graph_.edge_begin = std::move(raw_.edge_begin);
  graph_.edge_target = std::move(raw_.edge_target);
  graph_.edge_label = std::move(raw_.edge_label);
  graph_.text = std::move(raw_.name);
  graph_.texts = raw_.strings;
  graph_.everything_lives = true;
  graph_.numbered = true;
  graph_.other_bytes = raw_.extra_native_bytes;
  set_report();
  return std::move(graph_);
}

void GraphMaker::set_classes() {
  Vocabulary& words = *graph_.words;
  const std::vector<Definition> definitions = options_.interfaces == nullptr
                                                  ? infer_interfaces(raw_)
                                                  : translate(*options_.interfaces, raw_, words);
  graph_.class_id = name_classes(raw_, definitions, words);
  for (const Definition& definition : definitions) {
    Interface one{.name = words.intern(definition.name), .properties = {}};
    for (const std::uint32_t property : definition.properties) {
      one.properties.push_back(words.intern((*raw_.strings)[property]));
    }
    graph_.interfaces.push_back(std::move(one));
  }
}

void GraphMaker::set_report() {
  ReadReport& report = graph_.report;
  report.format = "V8 heap snapshot";
  report.content_bytes = raw_.content_bytes;
  report.dangling_references = raw_.dangling_edges;
  report.duplicate_addresses = raw_.repeated_ids;
  report.has_roots = true;
  if (!raw_.early_end) return;
  report.damaged_lines = 1;
  report.first_damaged_offset = raw_.early_end->offset.value_or(0);
  report.first_damage = raw_.early_end->message;
}

void GraphMaker::set_addresses() {
  constexpr std::uint32_t kPages = 1U << (32 - kSlotBits);
  const auto page_of = [](std::uint32_t id) {
    return static_cast<std::uint32_t>(address_of_number(id) >> (kSlotBits + 3));
  };
  std::vector<std::uint32_t> ordinal(kPages);
  for (std::uint32_t node = 1; node < raw_.nodes; ++node) ordinal[page_of(raw_.id[node])] = 1;
  std::vector<std::uint64_t> keys;
  for (std::uint32_t page = 0; page < kPages; ++page) {
    if (std::exchange(ordinal[page], static_cast<std::uint32_t>(keys.size())) == 0) continue;
    keys.push_back(std::uint64_t{page} << (kSlotBits + 3));
  }
  Buffer<std::uint32_t> codes(raw_.nodes - 1);
  for (std::uint32_t node = 1; node < raw_.nodes; ++node) {
    const std::uint32_t id = raw_.id[node];
    codes[node - 1] = (ordinal[page_of(id)] << kSlotBits) | slot_in_page(address_of_number(id));
  }
  graph_.first_object = 1;
  graph_.addresses = {.page_keys = std::move(keys), .codes = std::move(codes)};
  raw_.id = {};
}

// Without the vocabulary, which is for those who name classes meanwhile.
void GraphMaker::set_kinds() {
  tsl::robin_map<std::uint32_t, std::uint8_t> numbers;  // type and role -> kind
  Buffer<std::uint8_t> kinds(raw_.nodes);
  Buffer<std::uint8_t> flags(raw_.nodes);
  for (std::uint32_t node = 0; node < raw_.nodes; ++node) {
    const NodeType type = raw_.type[node];
    const Role role = node == 0 ? Role::kRoot : role_of(type, raw_.name_of(node));
    const std::uint32_t key =
        (static_cast<std::uint32_t>(type) << 8) | static_cast<std::uint32_t>(role);
    const auto [place, fresh] = numbers.emplace(key, static_cast<std::uint8_t>(kinds_.size()));
    if (fresh) kinds_.emplace_back(type, role);
    kinds[node] = place->second;
    flags[node] = raw_.detached[node] == 2 ? std::uint8_t{kDetached} : std::uint8_t{0};
    if (role == Role::kRoot && is_passing(raw_.name_of(node))) flags[node] = kConservative;
  }
  graph_.kind = std::move(kinds);
  graph_.flags = std::move(flags);
}

void GraphMaker::set_sizes() {
  graph_.shallow32 = std::move(raw_.size.small);
  graph_.large_sizes.assign(raw_.size.large.begin(), raw_.size.large.end());
  std::erase_if(graph_.large_sizes,
                [&](const auto& large) { return graph_.shallow32[large.first] != Sizes::kLarge; });
  std::ranges::sort(graph_.large_sizes);
}

// Synthetic nodes, as "(GC roots)", are known by their name.
void GraphMaker::set_names() {
  for (const auto& [type, role] : kinds_) {
    const std::string_view name = kNodeTypeNames[static_cast<std::size_t>(type)];
    graph_.kinds.push_back({.name = graph_.words->intern(name), .role = role});
  }
  for (std::uint32_t node = 0; node < raw_.nodes; ++node) {
    if (raw_.type[node] != NodeType::kSynthetic || raw_.name_of(node).empty()) continue;
    graph_.own_names.emplace_back(node, graph_.words->intern(raw_.name_of(node)));
  }
}

// Where the internal reference of this name leads; 0 where there is none.
std::uint32_t GraphMaker::follow(std::uint32_t node, std::string_view edge_name) const {
  for (std::uint32_t e = raw_.edge_begin[node]; e < raw_.edge_begin[node + 1]; ++e) {
    if (raw_.label(e).type() == EdgeType::kInternal && raw_.edge_name(e) == edge_name) {
      return raw_.edge_target[e];
    }
  }
  return 0;
}

// Locations name their script by a number. What it is called stands at the end of the way from a
// function that has a location: its code's script.
tsl::robin_map<std::uint32_t, StringId> GraphMaker::script_names() const {
  tsl::robin_map<std::uint32_t, StringId> names;
  for (const Location& location : raw_.locations) {
    const std::uint32_t node = location.node;
    if (raw_.type[node] != NodeType::kClosure || names.contains(location.script)) continue;
    const std::uint32_t shared = follow(node, "shared");
    std::uint32_t script = shared == 0 ? 0 : follow(shared, "script");
    if (script == 0 && shared != 0) script = follow(shared, "script_or_debug_info");
    const std::uint32_t name = script == 0 ? 0 : follow(script, "name");
    if (name == 0 || raw_.name_of(name).empty()) continue;
    names.emplace(location.script, graph_.words->intern(file_of_url(raw_.name_of(name))));
  }
  return names;
}

// By node, in its order. Functions and objects of classes stand where their code does; with tracked
// allocations, all that was allocated meanwhile where that was.
void GraphMaker::set_sites() {
  std::vector<std::pair<std::uint32_t, SiteId>> sites;
  add_locations(sites);
  add_allocations(sites);
  std::ranges::stable_sort(sites, {}, &std::pair<std::uint32_t, SiteId>::first);
  SparseColumn<SiteId> column(raw_.nodes);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const bool last = i + 1 == sites.size() || sites[i].first != sites[i + 1].first;
    if (last) column.append(sites[i].first, sites[i].second);
  }
  column.finish();
  graph_.sparse_site = std::move(column);
}

void GraphMaker::add_locations(std::vector<std::pair<std::uint32_t, SiteId>>& sites) {
  if (raw_.locations.empty()) return;
  const auto names = script_names();
  std::vector<std::pair<std::uint32_t, SiteId>> scopes;
  for (const Location& location : raw_.locations) {
    const auto script = names.find(location.script);
    const StringId file = script != names.end()
                              ? script->second
                              : graph_.words->intern(fmt::format("(script {})", location.script));
    sites.emplace_back(location.node, graph_.words->intern_site({.file = file,
                                                                 .line = location.line + 1,
                                                                 .method = {},
                                                                 .column = location.column + 1}));
    // The scope that a function was made in is somewhere in its file.
    const bool is_function = raw_.type[location.node] == NodeType::kClosure;
    const std::uint32_t scope = is_function ? follow(location.node, "context") : 0;
    if (scope != 0 && raw_.name_of(scope).starts_with("system / Context")) {
      scopes.emplace_back(
          scope, graph_.words->intern_site({.file = file, .line = 0, .method = {}, .column = 0}));
    }
  }
  sites.insert(sites.begin(), scopes.begin(), scopes.end());
}

void GraphMaker::add_allocations(std::vector<std::pair<std::uint32_t, SiteId>>& sites) {
  if (raw_.allocated_by.empty()) return;
  std::vector<SiteId> site_of;
  for (const TraceFunction& function : raw_.functions) {
    const std::string_view script = (*raw_.strings)[function.script];
    const std::string_view name = (*raw_.strings)[function.name];
    Site site{.file = graph_.words->intern(script.empty() ? "(runtime)" : file_of_url(script)),
              .line = function.line,
              .method = {},
              .column = function.column};
    if (!name.empty()) site.method = graph_.words->intern(name);
    site_of.push_back(graph_.words->intern_site(site));
  }
  for (std::uint32_t node = 1; node < raw_.nodes; ++node) {
    const std::uint32_t by = raw_.allocated_by[node];
    if (by == 0) continue;
    sites.emplace_back(node, site_of[by - 1]);
    ++graph_.report.traced_objects;
  }
}

// Of every node's name: it tells whether a number still stands for the same object.
void GraphMaker::hash_texts() {
  Buffer<std::uint32_t> content(raw_.nodes);
  for (std::uint32_t node = 0; node < raw_.nodes; ++node) {
    content[node] = static_cast<std::uint32_t>(stable_hash(raw_.name_of(node)) | 1);
  }
  graph_.content = std::move(content);
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
