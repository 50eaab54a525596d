// Finds equal strings by the hashes of their contents.
#pragma once

#include <vector>

#include "formats/ruby_dump/segment.h"
#include "heap/graph.h"

namespace tidemark::ruby {

// Fills graph.duplicate_texts (the 1,000 groups with the most waste) and the totals. Rows must
// already hold node numbers. Time: one sort of 24 bytes a string.
void find_duplicate_texts(const std::vector<Segment>& segments, unsigned threads, HeapGraph& graph);

}  // namespace tidemark::ruby
