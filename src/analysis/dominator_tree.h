// Two ways to walk down the dominator tree, each built on demand in linear time. Neither recurses:
// real heaps hold dominator chains of a million nodes.
//
// DominatorTree lists the children of each node. DominatorIntervals says where each node stands in
// the tree's preorder, so that all that it dominates is one stretch of an array and "does a
// dominate b" is one comparison. Both are plain data, and any number of threads may read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/dominators.h"
#include "base/column.h"

namespace tidemark {

// 8 bytes a node.
struct DominatorTree {
  Column<std::uint32_t> begin;  // by node, and one more: offsets in `child`
  Column<std::uint32_t> child;  // of one parent in the order of Dominators::order

  [[nodiscard]] std::span<const std::uint32_t> children(std::uint32_t node) const {
    return child.span().subspan(begin[node], begin[node + 1] - begin[node]);
  }
};

DominatorTree build_dominator_tree(const Dominators& dominators);

// At most `count` children of `node`, most retained bytes first.
std::vector<std::uint32_t> largest_children(const Dominators& dominators, const DominatorTree& tree,
                                            std::uint32_t node, std::size_t count);

// What dominates `node`: the root first, `node` last. Empty for what is not reachable.
std::vector<std::uint32_t> dominator_path(const Dominators& dominators, std::uint32_t node);

// 8 bytes a node beside the dominators, whose `order` it shares.
struct DominatorIntervals {
  Column<std::uint32_t> order;     // see Dominators
  Column<std::uint32_t> position;  // by node, in `order`; kUnreachable for what is not reachable
  Column<std::uint32_t> size;      // by node: how many nodes it dominates, itself included; or 0

  // What `node` dominates, itself first. Empty for what is not reachable.
  [[nodiscard]] std::span<const std::uint32_t> dominated(std::uint32_t node) const {
    return size[node] == 0 ? std::span<const std::uint32_t>()
                           : order.span().subspan(position[node], size[node]);
  }
  // True also for a == b; false when the root reaches either not.
  [[nodiscard]] bool dominates(std::uint32_t a, std::uint32_t b) const {
    return size[a] != 0 && size[b] != 0 && position[b] - position[a] < size[a];
  }
};

DominatorIntervals build_dominator_intervals(const Dominators& dominators);

}  // namespace tidemark
