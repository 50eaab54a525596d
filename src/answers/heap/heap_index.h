// The index files of dumps, for those who open heaps: where one is, and when one may be used.
// Without a place for indexes, or with a damaged one, there is just none.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "analysis/dominators.h"
#include "base/monitor.h"
#include "formats/heap_file.h"
#include "heap/graph.h"
#include "heap/index_cache.h"

namespace tidemark {

struct IndexedHeap {
  HeapGraph graph;
  Dominators dominators;
};

class HeapIndex {
 public:
  // Nothing where no index can serve: `path` is a pipe or remote, or `options` want another graph
  // than indexes hold.
  static std::optional<HeapIndex> of(const std::string& path, const LoadOptions& options);

  // The heap of the index, if it is there, sound, and about the dump as it is now.
  [[nodiscard]] std::optional<IndexedHeap> open(const LoadOptions& options,
                                                const std::shared_ptr<Vocabulary>& words) const;

  // Begins to write the index of what was read from the dump, unless the dump has changed
  // meanwhile or is so small that reading it is as quick. The thread works on shares of the
  // columns, so the heap may be moved, and words be added, meanwhile. `monitor` must outlive the
  // future, which is invalid where nothing is written.
  [[nodiscard]] std::future<bool> write(const HeapGraph& graph, const Dominators& dominators,
                                        const Monitor& monitor) const;

 private:
  HeapIndex(std::string path, IndexCache cache, DumpKey key)
      : path_(std::move(path)), cache_(std::move(cache)), key_(std::move(key)) {}
  std::string path_;
  IndexCache cache_;
  DumpKey key_;  // what the index would have to be about
};

}  // namespace tidemark
