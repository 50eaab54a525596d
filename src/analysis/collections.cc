#include "analysis/collections.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tidemark {
namespace {

constexpr std::uint64_t kWord = 8;

struct Room {
  std::uint64_t bytes = 0;
  std::uint64_t spare = 0;
  bool empty = false;
};

// Ruby: memsize is the slot and, outside of it, room for elements.
std::optional<Room> room_in_ruby(const HeapGraph& graph, std::uint32_t node) {
  constexpr std::uint64_t kSlot = 40;
  const std::uint64_t bytes = graph.shallow(node);
  const std::uint64_t elements = graph.extent_of(node);
  if ((graph.flags[node] & kSharedContent) != 0) return std::nullopt;
  const std::uint64_t outside = bytes - std::min(bytes, kSlot);
  if (elements == 0) return Room{.bytes = bytes, .spare = outside, .empty = true};
  // An entry takes up to 24 bytes in a hash, and as many again in a table half full.
  const std::uint64_t each = graph.role(node) == Role::kArray ? kWord : 6 * kWord;
  return Room{.bytes = bytes, .spare = outside - std::min(outside, elements * each)};
}

// V8: behind an array are its elements, behind a Map or Set is its table.
class ScriptRooms {
 public:
  explicit ScriptRooms(const HeapGraph& graph) : graph_(graph) {}

  [[nodiscard]] std::optional<Room> of(std::uint32_t node) const {
    const std::string_view name = graph_.class_name(node);
    if (name == "Array") return array(node);
    if (name == "Map") return table(node, 3);
    if (name == "Set") return table(node, 2);
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::uint32_t behind(std::uint32_t node, std::string_view name) const {
    for (std::uint32_t e = graph_.edge_begin[node]; e < graph_.edge_begin[node + 1]; ++e) {
      const EdgeLabel label = graph_.label_of_edge(e);
      if (label.type() == EdgeType::kInternal && (*graph_.texts)[label.what()] == name) {
        return graph_.edge_target[e];
      }
    }
    return 0;
  }
  [[nodiscard]] std::optional<Room> array(std::uint32_t node) const {
    constexpr std::uint64_t kObject = 32;
    const std::uint32_t elements = behind(node, "elements");
    const std::uint64_t bytes = graph_.shallow(node) + graph_.shallow(elements);
    const std::uint64_t references = graph_.extent_of(node);
    if (elements == 0) return Room{.bytes = graph_.shallow(node), .spare = 0, .empty = true};
    if (references == 0) return std::nullopt;
    const std::uint64_t used = kObject + references * kWord;
    return Room{.bytes = bytes, .spare = bytes - std::min(bytes, used)};
  }
  [[nodiscard]] std::optional<Room> table(std::uint32_t node, std::uint64_t words) const {
    constexpr std::uint64_t kObject = 32;
    constexpr std::uint64_t kFirstTable = 160;  // what a new one has
    const std::uint32_t table = behind(node, "table");
    if (table == 0) return std::nullopt;
    const std::uint64_t bytes = graph_.shallow(node) + graph_.shallow(table);
    std::uint64_t references = 0;
    for (std::uint32_t e = graph_.edge_begin[table]; e < graph_.edge_begin[table + 1]; ++e) {
      const EdgeLabel label = graph_.label_of_edge(e);
      const bool shape = label.has_name() && (*graph_.texts)[label.what()] == "map";
      references += shape || label.type() == EdgeType::kWeak ? 0 : 1;
    }
    if (references == 0) {
      if (bytes > kFirstTable + kObject) return std::nullopt;
      return Room{.bytes = bytes, .spare = bytes - std::min(bytes, kObject), .empty = true};
    }
    // Each reference may be an entry of its own, the rest of it numbers; half a word is its bucket.
    const std::uint64_t used = kObject + references * (words * kWord + kWord / 2);
    return Room{.bytes = bytes, .spare = bytes - std::min(bytes, used)};
  }

  const HeapGraph& graph_;
};

class Rows {
 public:
  void add(ClassId class_id, std::uint32_t node, const Room& room) {
    const auto [place, fresh] = places_.emplace(class_id.value, rows_.size());
    if (fresh) rows_.push_back({.class_id = class_id});
    CollectionRow& row = rows_[place->second];
    ++row.count;
    row.bytes += room.bytes;
    row.spare += room.spare;
    if (fresh || room.spare > most_[place->second]) row.example = node;
    if (fresh) most_.push_back(0);
    most_[place->second] = std::max(most_[place->second], room.spare);
  }
  std::vector<CollectionRow> take() {
    std::ranges::sort(rows_, [](const CollectionRow& a, const CollectionRow& b) {
      return a.spare != b.spare ? a.spare > b.spare : a.example < b.example;
    });
    return std::move(rows_);
  }

 private:
  tsl::robin_map<std::uint32_t, std::size_t> places_;  // by class
  std::vector<CollectionRow> rows_;
  std::vector<std::uint64_t> most_;
};

}  // namespace

CollectionWaste find_collection_waste(const HeapGraph& graph) {
  constexpr std::uint64_t kWorthTelling = 200;
  const ScriptRooms script(graph);
  CollectionWaste found;
  Rows empty;
  Rows oversized;
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    const Role role = graph.role(node);
    if (role != Role::kArray && role != Role::kMap) continue;
    if ((graph.flags[node] & kOverhead) != 0 || !graph.is_counted(node)) continue;
    const auto room = graph.numbered ? script.of(node) : room_in_ruby(graph, node);
    if (!room) continue;
    if (room->empty) {
      empty.add(graph.class_id[node], node, *room);
      ++found.empty_count;
      found.spare += room->spare;
    } else if (room->spare >= kWorthTelling && room->spare * 2 > room->bytes) {
      oversized.add(graph.class_id[node], node, *room);
      ++found.oversized_count;
      found.spare += room->spare;
    }
  }
  found.empty = empty.take();
  found.oversized = oversized.take();
  return found;
}

}  // namespace tidemark
