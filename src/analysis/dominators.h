// Dominators and retained sizes of a whole heap.
//
// Node d dominates node v when every path from the root to v passes d. The nearest dominator but
// v itself is v's immediate dominator; these make a tree with the root on top. The retained
// size of v is the shallow size of all that v dominates: what the heap would lose if v went.
#pragma once

#include <cstdint>
#include <limits>

#include "base/column.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

inline constexpr std::uint32_t kUnreachable = std::numeric_limits<std::uint32_t>::max();

// Plain data; the columns may also view an index file. Any number of threads may read it.
//
// retained[root] is the sum of the shallow sizes of all reachable nodes, and retained[v] that of v
// plus the retained sizes of v's children in the tree. `order` is a preorder of the tree: first a
// node, right behind it all that it dominates.
struct Dominators {
  Column<std::uint32_t> idom;      // by node; the root's is the root, others' may be kUnreachable
  Column<std::uint32_t> order;     // reachable nodes
  Column<std::uint64_t> retained;  // by node, bytes; 0 for what the root does not reach
  std::uint64_t reachable_bytes = 0;
  std::uint64_t unreachable_bytes = 0;
  std::uint32_t reachable_count = 0;  // nodes, root and root groups included

  [[nodiscard]] bool reachable(std::uint32_t node) const { return idom[node] != kUnreachable; }
};

// Exact, on all edges. Time: nearly linear; 0.45 s for a Ruby heap of 4 million objects and 16
// million edges on one core at 2.4 GHz. Memory beside the graph: at most 28 bytes a node and 4
// bytes an edge, of which 16 bytes a node are the result. Errors: kTooLarge (above 2^31 - 1
// nodes), kCancelled.
Result<Dominators> compute_dominators(const HeapGraph& graph, Monitor& monitor);

}  // namespace tidemark
