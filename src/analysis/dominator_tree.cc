// A node's children, and so the sizes of all subtrees, are found without a stack: dominators come
// first in the order, so one pass forward or backward is enough.
#include "analysis/dominator_tree.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tidemark {

DominatorTree build_dominator_tree(const Dominators& dominators) {
  const std::size_t node_count = dominators.idom.size();
  const std::size_t reachable = dominators.order.size();
  if (reachable == 0) return {.begin = std::vector<std::uint32_t>(node_count + 1), .child = {}};

  // Offsets are counted two places late and placed one place late, which leaves them right.
  std::vector<std::uint32_t> begin(node_count + 2, 0);
  for (std::size_t i = 1; i < reachable; ++i) ++begin[dominators.idom[dominators.order[i]] + 2];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  Buffer<std::uint32_t> child(reachable - 1);
  for (std::size_t i = 1; i < reachable; ++i) {
    const std::uint32_t node = dominators.order[i];
    child[begin[dominators.idom[node] + 1]++] = node;
  }
  begin.pop_back();
  DominatorTree tree;
  tree.begin = std::move(begin);
  tree.child = std::move(child);
  return tree;
}

std::vector<std::uint32_t> largest_children(const Dominators& dominators, const DominatorTree& tree,
                                            std::uint32_t node, std::size_t count) {
  const auto all = tree.children(node);
  std::vector<std::uint32_t> largest(std::min(count, all.size()));
  std::ranges::partial_sort_copy(all, largest, [&](std::uint32_t a, std::uint32_t b) {
    const auto left = dominators.retained[a];
    const auto right = dominators.retained[b];
    return left != right ? left > right : a < b;
  });
  return largest;
}

std::vector<std::uint32_t> dominator_path(const Dominators& dominators, std::uint32_t node) {
  std::vector<std::uint32_t> path;
  if (!dominators.reachable(node)) return path;
  for (; node != kRootNode.value; node = dominators.idom[node]) path.push_back(node);
  path.push_back(kRootNode.value);
  std::ranges::reverse(path);
  return path;
}

DominatorIntervals build_dominator_intervals(const Dominators& dominators) {
  const std::size_t node_count = dominators.idom.size();
  const std::uint32_t* const order = dominators.order.span().data();
  const std::uint32_t* const idom = dominators.idom.span().data();
  const auto reachable = static_cast<std::uint32_t>(dominators.order.size());
  Buffer<std::uint32_t> positions(node_count);
  std::ranges::fill(positions, kUnreachable);
  auto sizes = Buffer<std::uint32_t>::zeroed(node_count);
  std::uint32_t* const position = positions.begin();
  std::uint32_t* const size = sizes.begin();
  for (std::uint32_t i = 0; i < reachable; ++i) position[order[i]] = i;
  for (std::uint32_t i = reachable; i-- > 0;) {
    const std::uint32_t node = order[i];
    ++size[node];
    if (i != 0) size[idom[node]] += size[node];
  }
  DominatorIntervals intervals;
  intervals.order = dominators.order;
  intervals.position = std::move(positions);
  intervals.size = std::move(sizes);
  return intervals;
}

}  // namespace tidemark
