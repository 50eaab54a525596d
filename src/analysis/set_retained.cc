// One byte a node: what is known of it. Nodes are marked when they are put on the stack, so that
// the stack holds each at most once.
#include "analysis/set_retained.h"

#include <cstddef>

#include "analysis/unheld_nodes.h"
#include "base/column.h"

namespace tidemark {
namespace {

enum class Mark : std::uint8_t {
  kUnseen = 0,
  kSurvives,  // reached around the set
  kMember,
  kDominated,  // a member dominates it; also members below members
};

struct Tally {
  std::uint64_t bytes = 0;
  std::uint64_t nodes = 0;
};

// Follows the dominator tree from the top, and marks all that members dominate.
Tally mark_dominated(const HeapGraph& graph, const Dominators& dominators, Buffer<Mark>& marks) {
  Tally dominated;
  for (const std::uint32_t node : dominators.order) {
    const bool below = marks[dominators.idom[node]] >= Mark::kMember;
    if (below) marks[node] = Mark::kDominated;
    if (!below && marks[node] != Mark::kMember) continue;
    dominated.bytes += graph.shallow(node);
    ++dominated.nodes;
  }
  return dominated;
}

// Nothing beyond a member, or dominated by one, can be reached around the set: all are marked.
Result<Tally> find_survivors(const HeapGraph& graph, Buffer<Mark>& marks, Monitor& monitor) {
  constexpr std::uint64_t kPollMask = (1U << 16) - 1;
  Tally survivors;
  if (marks.empty() || marks[kRootNode.value] != Mark::kUnseen) return survivors;
  const std::uint32_t* const begin = graph.edge_begin.span().data();
  const std::uint32_t* const target = graph.edge_target.span().data();
  Buffer<std::uint32_t> stack(graph.node_count());
  std::size_t top = 0;
  marks[kRootNode.value] = Mark::kSurvives;
  stack[top++] = kRootNode.value;
  if (graph.everything_lives) {
    for (const std::uint32_t node : unheld_nodes(graph)) {
      if (marks[node] != Mark::kUnseen) continue;
      marks[node] = Mark::kSurvives;
      stack[top++] = node;
    }
  }
  while (top != 0) {
    const std::uint32_t node = stack[--top];
    if ((survivors.nodes++ & kPollMask) == 0 && monitor.cancelled()) {
      return fail(ErrorCode::kCancelled, "stopped while walking around a set of objects");
    }
    survivors.bytes += graph.shallow(node);
    for (std::uint32_t edge = begin[node], end = graph.edge_end(node); edge < end; ++edge) {
      const std::uint32_t child = target[edge];
      if (marks[child] != Mark::kUnseen) continue;
      marks[child] = Mark::kSurvives;
      stack[top++] = child;
      __builtin_prefetch(&begin[child]);
    }
  }
  return survivors;
}

}  // namespace

Result<SetRetained> retained_by_set(const HeapGraph& graph, const Dominators& dominators,
                                    std::span<const std::uint32_t> set, Monitor& monitor) {
  auto marks = Buffer<Mark>::zeroed(graph.node_count());
  for (const std::uint32_t node : set) marks[node] = Mark::kMember;
  const Tally dominated = mark_dominated(graph, dominators, marks);
  const auto survivors = find_survivors(graph, marks, monitor);
  if (!survivors) return std::unexpected(survivors.error());
  return SetRetained{.bytes = dominators.reachable_bytes - survivors->bytes,
                     .nodes = dominators.reachable_count - survivors->nodes,
                     .dominated_bytes = dominated.bytes,
                     .dominated_nodes = dominated.nodes};
}

}  // namespace tidemark
