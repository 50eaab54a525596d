// A heap with its dominators, as nearly every command wants it.
#pragma once

#include <memory>
#include <string>

#include "analysis/dominators.h"
#include "base/monitor.h"
#include "base/result.h"
#include "cli/common_options.h"
#include "formats/heap_file.h"
#include "heap/graph.h"

namespace tidemark {

struct AnalysedHeap {
  std::string name;  // the path as given; with "#2" behind it for a further dump of one stream
  HeapGraph graph;
  Dominators dominators;
  bool from_index = false;
};

// The last dump of one input; a stream that holds several is said to, and its last one is taken.
// Heaps that are compared share `words`; without them the heap has its own.
Result<AnalysedHeap> open_analysed_heap(const std::string& path, const CommonOptions& common,
                                        const LoadOptions& options, Monitor& monitor,
                                        std::shared_ptr<Vocabulary> words = nullptr);

}  // namespace tidemark
