// The shortest path from the root to every node, as a person would want to read it.
//
// Two kinds of steps explain little: onto the runtime's own bookkeeping (Role::kInternal: inline
// caches lead from anywhere to any class), and from an instance to its class. Each counts as
// kDearStep ordinary steps, so that they are taken where nothing better is near.
//
// Root groups found by scanning stacks (kConservative) may keep dead objects and change from dump
// to dump, so a path through them is the last choice: it is taken for those nodes only that no
// other root reaches, however short it may be.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/dominators.h"
#include "base/column.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

inline constexpr std::uint32_t kDearStep = 8;

// 4 bytes a node. Plain data; any number of threads may read it.
struct ShortestPaths {
  Column<std::uint32_t> parent;  // by node; the root's is the root, others' may be kUnreachable

  // The nodes of the path: the root, a root group, ..., `node`. Empty for what is not reachable.
  [[nodiscard]] std::vector<std::uint32_t> path_to(std::uint32_t node) const;
};

// One breadth-first search. Memory while it runs: about 5 bytes a node more. Errors: kCancelled.
Result<ShortestPaths> find_shortest_paths(const HeapGraph& graph, Monitor& monitor);

}  // namespace tidemark
