// All that a heap holds as text, for tests that compare heaps. Words appear as text, so heaps with
// vocabularies of their own compare too.
#pragma once

#include <string>

#include "heap/graph.h"

namespace tidemark {

// One line for each node and each sparse entry, and the counts of the report.
std::string graph_text(const HeapGraph& graph);

// One line: address, kind, class, size, extent, flags, site, generation, edges.
std::string describe_node(const HeapGraph& graph, std::uint32_t node);

}  // namespace tidemark
