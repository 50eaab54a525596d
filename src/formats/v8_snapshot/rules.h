// The rules by which Chrome DevTools reads a snapshot, so that our numbers are its numbers: which
// edges keep alive, whose bytes are shown where, what an object's class is called.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "formats/v8_snapshot/snapshot.h"
#include "heap/edge_label.h"

namespace tidemark::v8 {

// Tells each node's detachedness from that of the DOM nodes around it.
void propagate_detachedness(Snapshot& snapshot);

// Puts the edges that keep their target alive first, each part in the order of the file; returns
// where, of each node's edges, the others begin.
Buffer<std::uint32_t> part_essential_edges(Snapshot& snapshot, unsigned threads);

// Gives the bytes of arrays and hidden nodes that one object alone owns to that object.
void transfer_sizes(Snapshot& snapshot);

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
