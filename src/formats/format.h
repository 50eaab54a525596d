// What a format of files is to the rest of the program: a name, how it is recognised, and, where it
// holds a heap, how it is read. registry.h lists them all.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "formats/load_options.h"
#include "heap/graph.h"

namespace tidemark {

// The heaps of one input that has been read, in order. Not thread-safe.
class DumpReader {
 public:
  DumpReader() = default;
  DumpReader(const DumpReader&) = delete;
  DumpReader& operator=(const DumpReader&) = delete;
  virtual ~DumpReader() = default;

  [[nodiscard]] virtual std::size_t size() const = 0;  // at least 1
  // Gives up heap number `index`; each can be taken once. Errors: kTooLarge, kCancelled.
  virtual Result<HeapGraph> take(std::size_t index, Monitor& monitor) = 0;
};

// `head`: the bytes already taken from the source. The reader may outlive the source, and works
// with the monitor that it is given only during the call. Errors: kIo, kDamaged (of some formats
// with `strict` only), kTooLarge, kCancelled; Error::file is the source's name.
using OpenDump = Result<std::unique_ptr<DumpReader>> (*)(ByteSource& source, std::vector<char> head,
                                                         const LoadOptions& options,
                                                         std::shared_ptr<Vocabulary> words,
                                                         Monitor& monitor);

struct Format {
  std::string_view name;   // for programs: "ruby-dump"; never changes
  std::string_view title;  // for people, with its article: "a Ruby heap dump"
  // `head`: the first 64 kB of the uncompressed content, or all of it. What is recognised in a head
  // is recognised in a longer one. A file's name has no say.
  bool (*recognise)(std::string_view head);
  OpenDump open;  // null: it can be named, but is no heap
  // Of a heap: how one is made, behind "made by". Otherwise what to do with it; may be empty.
  std::string_view hint;
};

}  // namespace tidemark
