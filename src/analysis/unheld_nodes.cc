#include "analysis/unheld_nodes.h"

namespace tidemark {

std::vector<std::uint32_t> unheld_nodes(const HeapGraph& graph) {
  std::vector<bool> held(graph.node_count());
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    for (const std::uint32_t target : graph.edges(node)) held[target] = true;
  }
  std::vector<std::uint32_t> unheld;
  for (std::uint32_t node = 1; node < graph.node_count(); ++node) {
    if (!held[node]) unheld.push_back(node);
  }
  return unheld;
}

}  // namespace tidemark
