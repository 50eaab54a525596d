// The DUMP arguments of a command, opened one after the other: files, pipes, streams that hold
// several dumps. What was wrong with an input but did not stop it is said on standard error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "cli/common_options.h"
#include "formats/heap_file.h"
#include "heap/graph.h"

namespace tidemark {

struct NamedHeap {
  std::string name;  // the path as given; with "#2" behind it for a further dump of one stream
  HeapGraph graph;
};

// Tells the user what the reader had to leave out or mend.
void warn_about(const NamedHeap& heap, const CommonOptions& common);

// Opens every input in order and hands over each dump; `options_for(last_input)` says how to read
// it. A small file is read while the dump before it is looked at; of others, at most one dump is
// held at a time (but for streams that hold several).
Result<void> for_each_heap(const std::vector<std::string>& paths, const CommonOptions& common,
                           const std::shared_ptr<Vocabulary>& words, Monitor& monitor,
                           const std::function<LoadOptions(bool last_input)>& options_for,
                           const std::function<Result<void>(NamedHeap&& heap, bool last)>& take);

// The last dump of one input; a stream that holds several is said to, and its last one is taken.
Result<NamedHeap> open_one_heap(const std::string& path, const CommonOptions& common,
                                const LoadOptions& options, Monitor& monitor);

}  // namespace tidemark
