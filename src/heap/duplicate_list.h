// The last step of every reader's search for equal texts.
#pragma once

#include <cstddef>
#include <vector>

#include "heap/graph.h"

namespace tidemark {

// Fills graph.duplicate_texts with the groups of most waste, the most wasteful first, and the
// totals over all. `groups`: with `count` and `bytes`, of any count; those of one alone are left
// out.
void list_duplicates(std::vector<DuplicateText> groups, HeapGraph& graph);

// Gives those listed the text of their example, where the heap has texts.
void name_duplicates(HeapGraph& graph);

}  // namespace tidemark
