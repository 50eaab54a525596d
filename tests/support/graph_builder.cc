#include "support/graph_builder.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/hash.h"

namespace tidemark {
namespace {

std::string_view default_kind(Role role) {
  switch (role) {
    case Role::kRoot:
      return "ROOT";
    case Role::kObject:
      return "OBJECT";
    case Role::kStruct:
      return "STRUCT";
    case Role::kArray:
      return "ARRAY";
    case Role::kMap:
      return "HASH";
    case Role::kString:
      return "STRING";
    case Role::kNumber:
      return "NUMBER";
    case Role::kClass:
      return "CLASS";
    case Role::kData:
      return "DATA";
    case Role::kCode:
      return "CODE";
    case Role::kInternal:
      return "INTERNAL";
  }
  return "";
}

// Ascending addresses.
Addresses pack(const std::vector<std::uint64_t>& values) {
  std::vector<std::uint64_t> pages;
  for (const std::uint64_t value : values) pages.push_back(page_key(value));
  std::ranges::sort(pages);
  pages.erase(std::ranges::unique(pages).begin(), pages.end());
  std::vector<std::uint32_t> codes;
  for (const std::uint64_t value : values) {
    const auto page = std::ranges::lower_bound(pages, page_key(value)) - pages.begin();
    codes.push_back((static_cast<std::uint32_t>(page) << kSlotBits) | slot_in_page(value));
  }
  Addresses addresses;
  addresses.page_keys = std::move(pages);
  addresses.codes = std::move(codes);
  return addresses;
}

// Numbers that depend on the seed alone, on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix(seed)) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = combine(state_, 1);
    return static_cast<std::uint32_t>(state_ % limit);
  }

 private:
  std::uint64_t state_;
};

}  // namespace

GraphBuilder::GraphBuilder(std::shared_ptr<Vocabulary> words) : words_(std::move(words)) {
  nodes_.push_back(
      {.kind = kind_number("ROOT", Role::kRoot), .class_id = words_->intern_class("(root)")});
}

std::uint8_t GraphBuilder::kind_number(std::string_view name, Role role) {
  const StringId id = words_->intern(name);
  const auto place = std::ranges::find_if(
      kinds_, [&](const Kind& kind) { return kind.name == id && kind.role == role; });
  const auto number = static_cast<std::uint8_t>(place - kinds_.begin());
  if (place == kinds_.end()) kinds_.push_back({.name = id, .role = role});
  return number;
}

GraphBuilder::Node GraphBuilder::root(std::string_view name, bool conservative) {
  if (nodes_.size() != first_object_) std::abort();  // root groups come before all objects
  const Node group = first_object_++;
  nodes_.push_back({.kind = kind_number("ROOT", Role::kRoot),
                    .flags = conservative ? std::uint8_t{kConservative} : std::uint8_t{0},
                    .class_id = words_->intern_class("(root)"),
                    .own_name = words_->intern(name)});
  edge(0, group);
  return group;
}

GraphBuilder::Node GraphBuilder::node(std::string_view class_name, Role role, std::uint64_t bytes) {
  const auto id = static_cast<Node>(nodes_.size());
  nodes_.push_back({.address = address_of(id - first_object_),
                    .bytes = bytes,
                    .role = role,
                    .kind = kind_number(default_kind(role), role),
                    .class_id = words_->intern_class(class_name)});
  return id;
}

GraphBuilder::Node GraphBuilder::class_node(std::string_view name, std::uint64_t bytes) {
  const Node id = node("Class", Role::kClass, bytes);
  nodes_[id].own_name = words_->intern(name);
  return id;
}

void GraphBuilder::set_site(Node of, std::string_view file, std::uint32_t line,
                            std::string_view method) {
  nodes_[of].site =
      words_->intern_site({.file = words_->intern(file),
                           .line = line,
                           .method = method.empty() ? StringId::none() : words_->intern(method)});
}

void GraphBuilder::set_fields(Node of, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) nodes_[of].fields.push_back(words_->intern(name));
}

void GraphBuilder::add_columns(HeapGraph& graph) const {
  std::vector<std::uint8_t> kind;
  std::vector<std::uint8_t> flags;
  std::vector<ClassId> class_id;
  std::vector<std::uint32_t> shallow;
  std::vector<std::uint32_t> extent;
  std::vector<SiteId> site;
  std::vector<std::uint32_t> generation;
  std::vector<std::uint32_t> content;
  std::vector<std::uint32_t> begin{0};
  std::vector<std::uint32_t> target;
  for (const Draft& draft : nodes_) {
    const bool has_class = draft.class_object != 0;
    kind.push_back(draft.kind);
    flags.push_back(static_cast<std::uint8_t>(draft.flags | (has_class ? kHasClassEdge : 0)));
    class_id.push_back(draft.class_id);
    shallow.push_back(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(draft.bytes, 0xffffffffU)));
    extent.push_back(draft.extent);
    site.push_back(draft.site);
    generation.push_back(draft.generation);
    content.push_back(draft.content);
    target.insert(target.end(), draft.edges.begin(), draft.edges.end());
    if (has_class) target.push_back(draft.class_object);
    begin.push_back(static_cast<std::uint32_t>(target.size()));
  }
  graph.kind = std::move(kind);
  graph.flags = std::move(flags);
  graph.class_id = std::move(class_id);
  graph.shallow32 = std::move(shallow);
  graph.extent = std::move(extent);
  const auto known = [](const auto& column, auto unknown) {
    return std::ranges::any_of(column, [&](auto value) { return value != unknown; });
  };
  if (known(site, SiteId::none())) graph.site = std::move(site);
  if (known(generation, kNoGeneration)) graph.generation = std::move(generation);
  if (known(content, 0U)) graph.content = std::move(content);
  graph.edge_begin = std::move(begin);
  graph.edge_target = std::move(target);
}

void GraphBuilder::add_sparse_columns(HeapGraph& graph) const {
  for (Node id = 0; id < nodes_.size(); ++id) {
    const Draft& draft = nodes_[id];
    if (draft.bytes >= 0xffffffffU) graph.large_sizes.emplace_back(id, draft.bytes);
    if (draft.own_name.valid()) graph.own_names.emplace_back(id, draft.own_name);
    if (draft.fields.empty()) continue;
    const auto layout = static_cast<std::uint32_t>(graph.layout_names.size());
    graph.layouts.emplace_back(id, layout);
    graph.layout_names.emplace_back(layout, draft.fields);
  }
}

HeapGraph GraphBuilder::build() const {
  HeapGraph graph;
  graph.words = words_;
  graph.kinds = kinds_;
  graph.first_object = first_object_;
  add_columns(graph);
  std::vector<std::uint64_t> addresses;
  for (Node id = first_object_; id < nodes_.size(); ++id) addresses.push_back(nodes_[id].address);
  graph.addresses = pack(addresses);
  add_sparse_columns(graph);
  graph.report.format = "test";
  graph.report.has_roots = first_object_ > 1;
  return graph;
}

HeapGraph random_graph(std::uint64_t seed, std::uint32_t nodes, std::uint32_t edges) {
  GraphBuilder heap;
  Dice dice(seed);
  const std::uint32_t roots = std::min(nodes, 1 + dice.below(4));
  for (std::uint32_t i = 0; i < roots; ++i)
    heap.root("root " + std::to_string(i), dice.below(3) == 0);
  const std::uint32_t classes = std::min(nodes - roots, dice.below(4));
  for (std::uint32_t i = 0; i < classes; ++i) heap.class_node("Class" + std::to_string(i));
  constexpr std::array kRoles = {Role::kObject, Role::kArray, Role::kMap, Role::kString};
  for (std::uint32_t i = roots + classes; i < nodes; ++i) {
    const std::uint32_t kind = dice.below(4);
    const auto node = heap.node("Class" + std::to_string(kind), kRoles[kind], 16 + dice.below(97));
    if (kind < classes) heap.set_class(node, 1 + roots + kind);
  }
  for (std::uint32_t i = 0; i < edges; ++i) {
    const std::uint32_t from = 1 + dice.below(nodes);
    const std::uint32_t near = std::min(std::max(from + dice.below(9), 5U) - 4, nodes);
    const std::uint32_t far = 1 + dice.below(nodes);
    const std::uint32_t to = dice.below(2) == 0 ? near : far;
    if (to > roots) heap.edge(from, to);
  }
  return heap.build();
}

HeapGraph bare_graph(std::uint32_t nodes,
                     const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges) {
  HeapGraph graph;
  graph.words = std::make_shared<Vocabulary>();
  graph.kinds.push_back({.name = graph.words->intern("ROOT"), .role = Role::kRoot});
  graph.kinds.push_back({.name = graph.words->intern("OBJECT"), .role = Role::kObject});
  std::vector<std::uint32_t> begin(nodes + 1, 0);
  for (const auto& [from, to] : edges) ++begin[from + 1];
  for (std::uint32_t node = 0; node < nodes; ++node) begin[node + 1] += begin[node];
  std::vector<std::uint32_t> target(edges.size());
  std::vector<std::uint32_t> place(begin.begin(), begin.end() - 1);
  for (const auto& [from, to] : edges) target[place[from]++] = to;
  std::vector<std::uint32_t> shallow(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) shallow[node] = node % 7 + 1;
  std::vector<std::uint64_t> addresses(nodes - 1);
  for (std::uint32_t i = 0; i + 1 < nodes; ++i) addresses[i] = GraphBuilder::address_of(i);
  std::vector<std::uint8_t> kind(nodes, 1);
  kind[0] = 0;
  graph.kind = std::move(kind);
  graph.addresses = pack(addresses);
  graph.flags = std::vector<std::uint8_t>(nodes);
  graph.class_id = std::vector<ClassId>(nodes, graph.words->intern_class("Object"));
  graph.shallow32 = std::move(shallow);
  graph.extent = std::vector<std::uint32_t>(nodes);
  graph.edge_begin = std::move(begin);
  graph.edge_target = std::move(target);
  return graph;
}

}  // namespace tidemark
