// Opens a heap dump of any known format: the one door between a path and a HeapGraph.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "formats/ruby_dump/reader.h"
#include "heap/graph.h"

namespace tidemark {

struct LoadOptions {
  bool references = true;    // false: nodes without edges
  bool content = false;      // HeapGraph::content
  bool duplicates = false;   // HeapGraph::duplicate_texts; not V8's, see analysis/
  bool for_index = false;    // all that an index file is to hold, if there is one for the format
  bool name_holders = true;  // say who holds an anonymous class
  bool every_line = false;   // what is no object is a node too, for the three-dump method
  bool strict = false;
  unsigned threads = 1;
  const std::vector<Interface>* interfaces = nullptr;  // V8: see HeapGraph::interfaces
};

// The dumps of one input, in order.
class HeapFile {
 public:
  // `path`: a file or "-". Errors: kIo, kNotADump (says what the file is), kDamaged (strict only),
  // kTooLarge, kCancelled.
  static Result<HeapFile> open(const std::string& path, const LoadOptions& options,
                               std::shared_ptr<Vocabulary> words, Monitor& monitor);
  static Result<HeapFile> read(ByteSource& source, const LoadOptions& options,
                               std::shared_ptr<Vocabulary> words, Monitor& monitor);

  [[nodiscard]] std::size_t size() const { return stream_ ? stream_->size() : 1; }
  // Each dump can be taken once.
  Result<HeapGraph> take(std::size_t index, Monitor& monitor) {
    if (stream_) return stream_->take(index, monitor);
    return std::move(*graph_);
  }

 private:
  explicit HeapFile(ruby::Stream stream) : stream_(std::move(stream)) {}
  explicit HeapFile(HeapGraph graph) : graph_(std::move(graph)) {}
  std::optional<ruby::Stream> stream_;  // Ruby: the dumps are made into graphs one by one
  std::optional<HeapGraph> graph_;      // V8
};

}  // namespace tidemark
