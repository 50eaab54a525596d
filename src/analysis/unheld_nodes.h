// Where every node counts as alive (HeapGraph::everything_lives), the roots lead to many and these
// to the rest: nodes that are held weakly only, or by what the snapshot does not show.
#pragma once

#include <cstdint>
#include <vector>

#include "heap/graph.h"

namespace tidemark {

// Nodes but the root that no reference keeps alive, ascending. One pass over the edges.
std::vector<std::uint32_t> unheld_nodes(const HeapGraph& graph);

}  // namespace tidemark
