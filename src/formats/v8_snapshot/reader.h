// Reads a V8 heap snapshot (.heapsnapshot, .heaptimeline of Node.js and Chrome) into a HeapGraph.
//
// Nodes stand in the order of the file. Their ids are their addresses here, times 8 (see
// HeapGraph::numbered). Sizes, classes and which references keep alive are those of Chrome
// DevTools. Memory at the peak: about 45 bytes a node and 16 an edge, and the text of all strings.
#pragma once

#include <memory>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "formats/v8_snapshot/snapshot.h"
#include "heap/graph.h"

namespace tidemark::v8 {

struct ReadOptions {
  bool content = false;  // hashes of strings
  bool strict = false;
  unsigned threads = 1;
  const std::vector<Interface>* interfaces = nullptr;  // null: those that this one suggests
};

// Errors: those of read_snapshot().
Result<HeapGraph> read_heap(ByteSource& source, std::vector<char> head, const ReadOptions& options,
                            std::shared_ptr<Vocabulary> words, Monitor& monitor);

}  // namespace tidemark::v8
