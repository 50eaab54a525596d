// Opens a heap dump of any known format: the one door between a path and a HeapGraph.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "formats/format.h"
#include "formats/load_options.h"
#include "heap/graph.h"

namespace tidemark {

// The dumps of one input, in order.
class HeapFile {
 public:
  // `path`: a file, "-", or a remote address. Errors: kIo, kNotADump (says what the file is), and
  // those of OpenDump. Thread-safe, with a source and a Vocabulary for each call.
  static Result<HeapFile> open(const std::string& path, const LoadOptions& options,
                               std::shared_ptr<Vocabulary> words, Monitor& monitor);
  static Result<HeapFile> read(ByteSource& source, const LoadOptions& options,
                               std::shared_ptr<Vocabulary> words, Monitor& monitor);

  [[nodiscard]] std::size_t size() const { return reader_->size(); }
  // Each dump can be taken once.
  Result<HeapGraph> take(std::size_t index, Monitor& monitor) {
    return reader_->take(index, monitor);
  }
  [[nodiscard]] const Format& format() const { return *format_; }

 private:
  HeapFile(const Format& format, std::unique_ptr<DumpReader> reader)
      : format_(&format), reader_(std::move(reader)) {}
  const Format* format_;
  std::unique_ptr<DumpReader> reader_;
};

}  // namespace tidemark
