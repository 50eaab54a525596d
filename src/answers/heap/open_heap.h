// A heap with its dominators, as nearly every question wants it: from an index file where there is
// a true one, otherwise from the dump, whose index is then written for the next time. Nothing is
// printed: what the reader had to leave out or mend is among the notices.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "analysis/dominators.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "formats/heap_file.h"
#include "heap/graph.h"

namespace tidemark {

struct OpenedHeap {
  std::string name;  // the path as given; with "#2" behind it for a further dump of one stream
  HeapGraph graph;
  Dominators dominators;
  std::vector<Notice> notices;
  bool from_index = false;
  // The index is written meanwhile. Destroying the heap waits for that: some tenths of a second for
  // a GB of dump, next to nothing once `monitor` is cancelled. So show the answer before.
  std::future<bool> index_written;
};

using HeapVisitor = std::function<void(const HeapGraph&)>;

struct OpenOptions {
  // The least that is needed: from a regular file the heap comes with edges, content and duplicates
  // in any case, so that one index serves every question. Not so without use_index.
  LoadOptions load;
  bool use_index = true;                        // an index may be read and written
  std::shared_ptr<Vocabulary> words = nullptr;  // heaps that are compared share it; null: its own
  // Called with the heap before it is returned: in a thread of its own, while dominators are
  // computed, where both may be had.
  HeapVisitor beside = nullptr;
};

// The last dump of one input, a path, "-" or a remote address; that a stream holds several is a
// notice. `monitor` must outlive the heap. Errors: those of HeapFile; never one about an index.
// Thread-safe, with a Vocabulary for each call.
Result<OpenedHeap> open_heap(const std::string& path, const OpenOptions& options, Monitor& monitor);

}  // namespace tidemark
