// A HeapGraph in an index file: everything that a reader made of a dump, ready to be mapped back.
// docs/index-file.md lists the sections. Upper rooms add sections of their own to the same file
// (analysis/dominators_index.h); where such files lie and which are still true, index_cache.h
// knows.
//
// Size: 34 bytes a node, 4 bytes an edge and the words; 4 bytes a node less for each column that
// the graph does not have.
#pragma once

#include <memory>

#include "base/result.h"
#include "heap/graph.h"
#include "heap/section_file.h"
#include "heap/vocabulary.h"

namespace tidemark {

// Adds the graph's sections. Large columns are shared, words and small tables are copied: once this
// returns, the vocabulary may be used freely.
void add_graph(SectionFileWriter& file, const HeapGraph& graph);

// The graph of a file that has been verified. Columns view the file. Its words are interned in
// `words`; where ids come out different from those in the file (other heaps share the vocabulary),
// columns of ids are copied.
//
// Even where somebody made up a file with right checksums, every node, edge, word and page number
// in the graph is in range. Errors: kDamaged.
Result<HeapGraph> read_graph(const SectionFile& file, const std::shared_ptr<Vocabulary>& words,
                             unsigned threads);

}  // namespace tidemark
