// Writes small V8 heap snapshots as each version of Node.js lays them out.
//
//   SnapshotBuilder snapshot;
//   const auto app = snapshot.node("object", "Shop", 101, 40);
//   snapshot.edge(0, "property", "shop", app);
//   const std::string text = snapshot.text();
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

// What V8 calls its nodes and edges, in its order.
inline constexpr std::array<std::string_view, 16> kSnapshotNodeTypes = {"hidden",
                                                                        "array",
                                                                        "string",
                                                                        "object",
                                                                        "code",
                                                                        "closure",
                                                                        "regexp",
                                                                        "number",
                                                                        "native",
                                                                        "synthetic",
                                                                        "concatenated string",
                                                                        "sliced string",
                                                                        "symbol",
                                                                        "bigint",
                                                                        "object shape",
                                                                        "wasm object"};
inline constexpr std::array<std::string_view, 7> kSnapshotEdgeTypes = {
    "context", "element", "property", "internal", "hidden", "shortcut", "weak"};

// How the file is written.
struct SnapshotStyle {
  bool trace_ids = true;       // a field trace_node_id, as up to Node 22
  bool detachedness = true;    // a field of that name, as from Node 15 on
  bool shuffled = false;       // fields in another order, with some that nobody knows
  bool one_line = false;       // no line breaks
  bool roomy = false;          // white space wherever it may be
  bool unknown_types = false;  // node and edge types that nobody knows, before the known ones
};

// Node 0 is the root, with id 1.
class SnapshotBuilder {
 public:
  SnapshotBuilder();
  std::uint32_t node(std::string_view type, std::string_view name, std::uint64_t id,
                     std::uint64_t bytes, std::uint32_t detachedness = 0);
  void edge(std::uint32_t from, std::string_view type, std::string_view name, std::uint32_t to);
  void edge(std::uint32_t from, std::string_view type, std::uint32_t index, std::uint32_t to);
  void location(std::uint32_t node, std::uint32_t script, std::uint32_t line, std::uint32_t column);
  [[nodiscard]] std::string text(const SnapshotStyle& style = {}) const;

 private:
  struct Edge {
    std::string type;
    std::string name;
    std::uint32_t index;
    std::uint32_t to;
  };
  struct Node {
    std::string type;
    std::string name;
    std::uint64_t id;
    std::uint64_t bytes;
    std::uint32_t detachedness;
    std::vector<Edge> edges;
  };
  std::vector<Node> nodes_;
  std::vector<std::vector<std::uint32_t>> locations_;
};

// Objects, strings, arrays and weak references at random, some of them in cycles that nothing
// holds.
SnapshotBuilder random_snapshot(std::uint64_t seed, std::uint32_t nodes);

}  // namespace tidemark
