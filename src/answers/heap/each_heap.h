// Several inputs, opened one after the other: files, pipes, streams that hold several dumps.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "formats/heap_file.h"
#include "heap/graph.h"

namespace tidemark {

struct NamedHeap {
  std::string name;  // the path as given; with "#2" behind it for a further dump of one stream
  HeapGraph graph;
  std::vector<Notice> notices;  // what the reader had to leave out or mend
};

// Opens every input in order and hands over each dump; `options_for(last_input)` says how to read
// it. A small file is read while the dump before it is looked at; of others, at most one dump is
// held at a time (but for streams that hold several). Errors: those of HeapFile and of `take`,
// which ends it all.
Result<void> for_each_heap(const std::vector<std::string>& paths,
                           const std::shared_ptr<Vocabulary>& words, Monitor& monitor,
                           const std::function<LoadOptions(bool last_input)>& options_for,
                           const std::function<Result<void>(NamedHeap&& heap, bool last)>& take);

}  // namespace tidemark
