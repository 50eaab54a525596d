// A walk through the dominator tree in preorder, with the path from the root to the current node on
// a stack. A group is open while a member of it is on the path; a member counts when it opens its
// group, and closes it again when it leaves the path. Rejected: climbing from each member
// (quadratic on lists), and positions and sizes in the tree for all nodes (twice the time).
#include "analysis/retained_by_group.h"

#include <cstddef>

namespace tidemark {
namespace {

struct Step {
  std::uint32_t node;
  std::uint32_t opened;  // a group, or kUngrouped
};

}  // namespace

std::vector<std::uint64_t> retained_by_group(const Dominators& dominators,
                                             std::span<const std::uint32_t> group_of,
                                             std::uint32_t group_count) {
  constexpr std::size_t kAhead = 16;
  std::vector<std::uint64_t> retained(group_count, 0);
  std::vector<std::uint8_t> open(group_count, 0);
  std::vector<Step> path;
  const std::uint32_t* const idom = dominators.idom.span().data();
  const std::uint64_t* const bytes = dominators.retained.span().data();
  const auto order = dominators.order.span();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + kAhead < order.size()) {
      const std::uint32_t next = order[i + kAhead];
      __builtin_prefetch(&idom[next]);
      __builtin_prefetch(&group_of[next]);
      __builtin_prefetch(&bytes[next]);
    }
    const std::uint32_t node = order[i];
    while (!path.empty() && path.back().node != idom[node]) {
      if (path.back().opened != kUngrouped) open[path.back().opened] = 0;
      path.pop_back();
    }
    const std::uint32_t group = group_of[node];
    const bool opens = group != kUngrouped && open[group] == 0;
    if (opens) {
      open[group] = 1;
      retained[group] += bytes[node];
    }
    path.push_back({.node = node, .opened = opens ? group : kUngrouped});
  }
  return retained;
}

}  // namespace tidemark
