// A heap with its dominators, as nearly every command wants it: from an index file where there is a
// true one, otherwise from the dump, whose index is then written for the next time.
#pragma once

#include <functional>
#include <future>
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
  // The index is written meanwhile. Destroying the heap waits for that: some tenths of a second for
  // a GB of dump, next to nothing once `monitor` is cancelled. So flush the output before.
  std::future<bool> index_written;
};

// The last dump of one input; a stream that holds several is said to, and its last one is taken.
// `options` are the least that is needed: from a regular file the heap comes with edges, content
// and duplicates in any case, so that one index serves every command. Not so with
// common.use_index off.
//
// Heaps that are compared share `words`; without them the heap has its own. `monitor` must outlive
// the heap. Errors: those of HeapFile; never one about an index.
//
// `beside`, when given, is called with the heap before it is returned: in a thread of its own,
// while dominators are computed, where both may be had.
using HeapVisitor = std::function<void(const HeapGraph&)>;
Result<AnalysedHeap> open_analysed_heap(const std::string& path, const CommonOptions& common,
                                        const LoadOptions& options, Monitor& monitor,
                                        std::shared_ptr<Vocabulary> words = nullptr,
                                        const HeapVisitor& beside = {});

}  // namespace tidemark
