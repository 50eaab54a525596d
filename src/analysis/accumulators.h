// Where memory gathers in one heap: objects that dominate much, spread over many members.
//
// After Eclipse MAT's leak suspects, made to fit languages where everything hangs from one class:
// classes and roots are namespaces, never suspects. An accumulation point is an object that retains
// much, where the memory divides: no single child holds 70 % of it, and most of it is in
// children of one class. A long list is one too, although each node's only child holds all the
// rest. Of nested ones the outermost is taken. Two passes over the nodes.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/age_spread.h"
#include "analysis/dominators.h"
#include "heap/graph.h"

namespace tidemark {

struct Accumulator {
  std::uint32_t node = 0;
  std::uint64_t retained = 0;    // bytes
  ClassId member_class{};        // of most of what it holds; none for one large object
  std::uint8_t member_kind = 0;  // index in HeapGraph::kinds
  std::uint64_t members = 0;
  std::uint64_t members_retained = 0;
  std::uint32_t example = 0;  // the largest member
  bool chain = false;         // a list: members hang behind each other
  AgeSpread ages{};           // of the members
};

struct AccumulatorLimits {
  double least_share = 0.005;  // of the reachable bytes
  std::uint64_t least_bytes = 65536;
};

// Most retained bytes first.
std::vector<Accumulator> find_accumulators(const HeapGraph& graph, const Dominators& dominators,
                                           const AccumulatorLimits& limits = {});

// The first and last generation of any object in the heap.
GenerationRange generation_range(const HeapGraph& graph);

}  // namespace tidemark
