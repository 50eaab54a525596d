#include "support/snapshot_builder.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <span>

namespace tidemark {
namespace {

std::string json_text(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += "\\u00";
      out += {kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

class Writer {
 public:
  explicit Writer(const SnapshotStyle& style) : style_(style) {}

  std::uint64_t string(const std::string& text) {
    const auto [place, fresh] = numbers_.emplace(text, strings_.size());
    if (fresh) strings_.push_back(text);
    return place->second;
  }
  [[nodiscard]] std::string names(const std::vector<std::string>& list) const {
    std::string out = "[";
    for (const std::string& one : list) out += (out.size() > 1 ? "," : "") + json_text(one);
    return out + "]";
  }
  [[nodiscard]] std::string types(const std::vector<std::string>& list, std::size_t fields) const {
    std::string out = "[" + names(list);
    for (std::size_t i = 1; i < fields; ++i) out += ",\"number\"";
    return out + "]";
  }
  void record(std::string& out, const std::vector<std::uint64_t>& values) const {
    const bool first = out.empty();
    if (!first) out += style_.one_line ? "," : style_.roomy ? "\r\n ,\t" : "\n,";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += style_.roomy ? " , " : ",";
      out += std::to_string(values[i]);
    }
  }
  [[nodiscard]] std::string all_strings() const {
    std::string out;
    for (const std::string& text : strings_) {
      if (!out.empty()) out += style_.one_line ? "," : ",\n";
      out += json_text(text);
    }
    return out;
  }

 private:
  const SnapshotStyle& style_;
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::string> strings_;
};

std::vector<std::string> all_types(std::span<const std::string_view> known, bool more) {
  std::vector<std::string> types;
  if (more) types.emplace_back("something new");
  types.insert(types.end(), known.begin(), known.end());
  return types;
}

std::uint64_t number_of(const std::vector<std::string>& types, std::string_view type) {
  return static_cast<std::uint64_t>(std::ranges::find(types, type) - types.begin());
}

}  // namespace

SnapshotBuilder::SnapshotBuilder() { node("synthetic", "", 1, 0); }

std::uint32_t SnapshotBuilder::node(std::string_view type, std::string_view name, std::uint64_t id,
                                    std::uint64_t bytes, std::uint32_t detachedness) {
  nodes_.push_back({.type = std::string(type),
                    .name = std::string(name),
                    .id = id,
                    .bytes = bytes,
                    .detachedness = detachedness,
                    .edges = {}});
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void SnapshotBuilder::edge(std::uint32_t from, std::string_view type, std::string_view name,
                           std::uint32_t to) {
  nodes_[from].edges.push_back(
      {.type = std::string(type), .name = std::string(name), .index = 0, .to = to});
}

void SnapshotBuilder::edge(std::uint32_t from, std::string_view type, std::uint32_t index,
                           std::uint32_t to) {
  nodes_[from].edges.push_back({.type = std::string(type), .name = {}, .index = index, .to = to});
}

void SnapshotBuilder::location(std::uint32_t node, std::uint32_t script, std::uint32_t line,
                               std::uint32_t column) {
  locations_.push_back({node, script, line, column});
}

std::string SnapshotBuilder::text(const SnapshotStyle& style) const {
  Writer writer(style);
  const auto node_types = all_types(kSnapshotNodeTypes, style.unknown_types);
  const auto edge_types = all_types(kSnapshotEdgeTypes, style.unknown_types);
  std::vector<std::string> fields = {"type", "name", "id", "self_size", "edge_count"};
  if (style.trace_ids) fields.emplace_back("trace_node_id");
  if (style.detachedness) fields.emplace_back("detachedness");
  if (style.shuffled) {
    fields.emplace_back("colour");
    std::ranges::reverse(fields);
  }
  std::string nodes;
  std::string edges;
  std::size_t edge_count = 0;
  for (const Node& node : nodes_) {
    std::map<std::string, std::uint64_t> values = {{"type", number_of(node_types, node.type)},
                                                   {"name", writer.string(node.name)},
                                                   {"id", node.id},
                                                   {"self_size", node.bytes},
                                                   {"edge_count", node.edges.size()},
                                                   {"detachedness", node.detachedness}};
    std::vector<std::uint64_t> record;
    for (const std::string& field : fields) record.push_back(values[field]);
    writer.record(nodes, record);
    for (const Edge& edge : node.edges) {
      const bool indexed = edge.type == "element" || edge.type == "hidden";
      writer.record(
          edges, {number_of(edge_types, edge.type), indexed ? edge.index : writer.string(edge.name),
                  edge.to * fields.size()});
    }
    edge_count += node.edges.size();
  }
  std::string locations;
  for (const auto& place : locations_) {
    writer.record(locations, {place[0] * fields.size(), place[1], place[2], place[3]});
  }
  const std::vector<std::string> edge_fields = {"type", "name_or_index", "to_node"};
  const std::string line = style.one_line ? "" : "\n";
  return "{\"snapshot\":{\"meta\":{\"node_fields\":" + writer.names(fields) +
         ",\"node_types\":" + writer.types(node_types, fields.size()) +
         ",\"edge_fields\":" + writer.names(edge_fields) +
         ",\"edge_types\":" + writer.types(edge_types, edge_fields.size()) +
         ",\"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}" +
         ",\"node_count\":" + std::to_string(nodes_.size()) +
         ",\"edge_count\":" + std::to_string(edge_count) + "}," + line + "\"nodes\":[" + nodes +
         line + "]," + line + "\"edges\":[" + edges + line + "]," + line +
         "\"trace_tree\":[1,[2,{\"a\":\"]\"}]]," + line + "\"locations\":[" + locations + "]," +
         line + "\"strings\":[" + writer.all_strings() + "]}";
}

SnapshotBuilder random_snapshot(std::uint64_t seed, std::uint32_t nodes) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  constexpr std::array<std::string_view, 10> kTypes = {
      "object", "object",  "object", "string", "array",
      "hidden", "closure", "code",   "native", "concatenated string"};
  constexpr std::array<std::string_view, 6> kNames = {"Object", "Array", "Session",
                                                      "Map",    "a b",   "\"x\n"};
  SnapshotBuilder snapshot;
  snapshot.node("synthetic", "(GC roots)", 3, 0);
  snapshot.edge(0, "element", 1, 1);
  snapshot.node("object", "global / ", 5, 40);
  snapshot.edge(0, "shortcut", "global", 2);
  for (std::uint32_t i = 3; i < nodes; ++i) {
    const std::uint64_t id = below(4) == 0 ? 2 * below(100'000) : 2 * i + 1;
    snapshot.node(kTypes[below(kTypes.size())], kNames[below(kNames.size())], id, below(5) * 8,
                  below(3));
  }
  for (std::uint32_t i = 0; i < nodes * 2; ++i) {
    const std::uint32_t from = below(8) == 0 ? below(3) : below(nodes);
    const std::string name = "p" + std::to_string(below(4));
    switch (below(6)) {
      case 0:
        snapshot.edge(from, "element", below(100), below(nodes));
        break;
      case 1:
        snapshot.edge(from, "internal", name, below(nodes));
        break;
      case 2:
        snapshot.edge(from, "weak", name, below(nodes));
        break;
      case 3:
        snapshot.edge(from, "context", name, below(nodes));
        break;
      default:
        snapshot.edge(from, "property", name, below(nodes));
        break;
    }
  }
  return snapshot;
}

}  // namespace tidemark
