// Reads Ruby heap dumps (ObjectSpace.dump_all of MRI 2.1 to 4.x, ObjectSpace.dump_shapes included)
// from any byte source, on several threads, without a copy of the input on disk.
//
// A stream may hold several dumps, one after the other: each becomes a heap of its own. Damaged
// lines are left out and counted in ReadReport; with `strict` the first one is an error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark::ruby {

struct ReadOptions {
  bool references = true;    // false: nodes without edges, faster and smaller
  bool content = false;      // HeapGraph::content
  bool duplicates = false;   // HeapGraph::duplicate_texts
  bool name_holders = true;  // say who holds an anonymous class (needs references)
  bool every_line = false;   // free slots and shapes become nodes too
  bool strict = false;
  unsigned threads = 1;
  std::size_t block_size = std::size_t{1} << 20;  // bytes that a thread parses at a time
};

// Does this look like the beginning of a Ruby heap dump? `head`: the first bytes of the content.
bool looks_like_dump(std::string_view head);

// All parsed dumps of one stream; take() turns them into heaps one at a time, so that only
// one is held in full.
class Stream {
 public:
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  // `head`: bytes already taken from the source. Errors: kIo, kDamaged (strict), kCancelled.
  static Result<Stream> read(ByteSource& source, std::vector<char> head, const ReadOptions& options,
                             std::shared_ptr<Vocabulary> words, Monitor& monitor);

  [[nodiscard]] std::size_t size() const;
  // Gives up dump number `index`; each can be taken once. Errors: kTooLarge, kCancelled.
  Result<HeapGraph> take(std::size_t index, Monitor& monitor);

 private:
  struct State;
  explicit Stream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::ruby
