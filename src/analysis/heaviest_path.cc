#include "analysis/heaviest_path.h"

namespace tidemark {

std::vector<std::uint32_t> heaviest_path(const HeapGraph& graph, const Dominators& dominators,
                                         std::uint32_t node, std::size_t steps) {
  std::vector<std::uint32_t> path = {node};
  while (path.size() <= steps && graph.role(node) != Role::kString) {
    std::uint32_t heaviest = node;
    for (const std::uint32_t child : graph.references(node)) {
      const bool alone = dominators.idom[child] == node && child != node;
      if (!alone) continue;
      if (heaviest == node || dominators.retained[child] > dominators.retained[heaviest]) {
        heaviest = child;
      }
    }
    if (heaviest == node) break;
    const std::uint64_t below = dominators.retained[node] - graph.shallow(node);
    if (dominators.retained[heaviest] * 2 < below) break;
    node = heaviest;
    path.push_back(node);
  }
  return path;
}

}  // namespace tidemark
