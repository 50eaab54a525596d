// What goes when a whole set of objects goes: exactly the objects that are reachable now and not
// without passing a member of the set.
//
// This may be more than the members' retained sizes make together. An object that two members hold
// between them, and nobody else, is dominated by neither, so no sum over the dominator tree
// finds it. `dominated_bytes` is that sum, each byte once: a lower bound, and equal to `bytes`
// for a set of one.
#pragma once

#include <cstdint>
#include <span>

#include "analysis/dominators.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

struct SetRetained {
  std::uint64_t bytes = 0;  // shallow, of all that goes, the members included
  std::uint64_t nodes = 0;
  std::uint64_t dominated_bytes = 0;  // of what single members dominate
  std::uint64_t dominated_nodes = 0;
};

// Members that are not reachable add nothing; naming one twice changes nothing. One traversal of
// the heap around the set: the time of a search, 1 byte a node, and a stack of at most 4 bytes a
// node. Errors: kCancelled.
Result<SetRetained> retained_by_set(const HeapGraph& graph, const Dominators& dominators,
                                    std::span<const std::uint32_t> set, Monitor& monitor);

}  // namespace tidemark
