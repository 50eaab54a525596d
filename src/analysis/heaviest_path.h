// Where most of what an object keeps alive is: from it downwards, at each step to what it refers to
// and alone holds, as long as that is the better part of what is left.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/dominators.h"
#include "heap/graph.h"

namespace tidemark {

// `node` first. At most `steps` steps, no further than to a string, and not through a list of
// objects of one class.
std::vector<std::uint32_t> heaviest_path(const HeapGraph& graph, const Dominators& dominators,
                                         std::uint32_t node, std::size_t steps = 8);

}  // namespace tidemark
