// Says whether a graph is one: for what comes from a file that may be damaged, and for tests.
#pragma once

#include <string>

#include "heap/graph.h"

namespace tidemark {

// What keeps a graph from being one, in words; empty when it is sound. One pass over nodes and
// edges; nothing outside of the columns is read, whatever they hold.
std::string broken_invariant(const HeapGraph& graph);

}  // namespace tidemark
