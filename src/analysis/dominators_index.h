// Dominators in an index file, beside the graph that they belong to.
#pragma once

#include "analysis/dominators.h"
#include "base/result.h"
#include "heap/graph.h"
#include "heap/section_file.h"

namespace tidemark {

// Shares the columns; 16 bytes a node.
void add_dominators(SectionFileWriter& file, const Dominators& dominators);

// The dominators of a verified file, for the graph that was read from it. Columns view the file;
// every node number in them is in range. Errors: kDamaged.
Result<Dominators> read_dominators(const SectionFile& file, const HeapGraph& graph);

}  // namespace tidemark
