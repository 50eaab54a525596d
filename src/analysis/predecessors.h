// Who refers to whom: the edges of a heap, turned round.
//
// A class is referred to by all its instances, and a heap has classes with a million of them. They
// answer "what is this class used for", hardly ever "why is this class alive", so they are kept
// apart from the other references: a walk towards the roots can leave them out unread.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "analysis/dominators.h"
#include "base/column.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

// 4 bytes a node and 4 bytes an edge. Plain data; any number of threads may read it.
struct Predecessors {
  Column<std::uint32_t> begin;   // by node, and one more: offsets in `source`
  Column<std::uint32_t> source;  // of one node: references first, then instances, each ascending
  // For nodes that are a class of something: where the instances begin. Sorted by node.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> instances_begin;

  // Nodes that refer to `node`, once for each of their edges.
  [[nodiscard]] std::span<const std::uint32_t> references_to(std::uint32_t node) const {
    return between(begin[node], split(node));
  }
  // Objects of class `node`.
  [[nodiscard]] std::span<const std::uint32_t> instances_of(std::uint32_t node) const {
    return between(split(node), begin[node + 1]);
  }
  [[nodiscard]] std::span<const std::uint32_t> all_to(std::uint32_t node) const {
    return between(begin[node], begin[node + 1]);
  }

 private:
  [[nodiscard]] std::uint32_t split(std::uint32_t node) const;
  [[nodiscard]] std::span<const std::uint32_t> between(std::uint32_t from, std::uint32_t to) const {
    return source.span().subspan(from, to - from);
  }
};

// With `dominators`, edges from unreachable nodes are left out: garbage holds nothing. Time: about
// 10 ns an edge. Errors: kCancelled.
Result<Predecessors> find_predecessors(const HeapGraph& graph, const Dominators* dominators,
                                       Monitor& monitor);

}  // namespace tidemark
