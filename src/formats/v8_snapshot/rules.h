// The rules by which Chrome DevTools reads a snapshot, so that our numbers are its numbers: which
// edges keep alive, whose bytes are shown where, what an object's class is called.
//
// All work on nodes in their final numbers; node 0 is the root.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "formats/v8_snapshot/snapshot.h"
#include "heap/edge_label.h"

namespace tidemark::v8 {

// A snapshot whose nodes stand in the order of their ids.
struct SortedSnapshot {
  std::uint32_t nodes = 0;
  Buffer<NodeType> type{};
  Buffer<std::uint32_t> name{};
  Buffer<std::uint32_t> id{};  // strictly ascending from node 1 on
  std::vector<std::uint64_t> size{};
  Buffer<std::uint8_t> detached{};
  Buffer<std::uint32_t> edge_begin{};
  Buffer<std::uint32_t> edge_label{};
  Buffer<std::uint32_t> edge_target{};
  Buffer<std::uint32_t> node_of{};  // by ordinal
  std::shared_ptr<const TextTable> strings{};
  std::uint64_t repeated_ids = 0;

  [[nodiscard]] std::string_view name_of(std::uint32_t node) const {
    return (*strings)[name[node]];
  }
  [[nodiscard]] EdgeLabel label(std::uint32_t edge) const { return EdgeLabel(edge_label[edge]); }
  [[nodiscard]] std::string_view edge_name(std::uint32_t edge) const {
    const EdgeLabel what = label(edge);
    return what.has_name() ? (*strings)[what.what()] : std::string_view();
  }
};

// Takes the snapshot apart on the way, to save memory.
SortedSnapshot sort_by_id(Snapshot& snapshot, unsigned threads);

// Tells each node's detachedness from that of the DOM nodes around it.
void propagate_detachedness(SortedSnapshot& snapshot);

// Puts the edges that keep their target alive first, each part in the order of the file; returns
// where, of each node's edges, the others begin.
Buffer<std::uint32_t> part_essential_edges(SortedSnapshot& snapshot, unsigned threads);

// Gives the bytes of arrays and hidden nodes that one object alone owns to that object.
void transfer_sizes(SortedSnapshot& snapshot);

// For an edge that is one half of a WeakMap's pair: the id of the table, otherwise 0. By string.
class WeakPairs {
 public:
  explicit WeakPairs(const TextTable& strings);
  [[nodiscard]] std::uint32_t table_of(EdgeLabel label) const;

 private:
  std::vector<bool> is_pair_;                                    // by string; empty: none is
  std::vector<std::pair<std::uint32_t, std::uint32_t>> tables_;  // string, id; sorted
};

}  // namespace tidemark::v8
