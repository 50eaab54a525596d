#include "answers/heap/open_heap.h"

#include <optional>
#include <utility>

#include "analysis/duplicate_texts.h"
#include "answers/heap/heap_index.h"
#include "answers/heap/read_notices.h"
#include "base/threads.h"
#include "heap/duplicate_list.h"

namespace tidemark {
namespace {

Result<OpenedHeap> read_dump(const std::string& path, const LoadOptions& options,
                             const std::shared_ptr<Vocabulary>& words, const HeapVisitor& beside,
                             Monitor& monitor) {
  auto file = HeapFile::open(path, options, words, monitor);
  if (!file) return std::unexpected(file.error());
  auto graph = file->take(file->size() - 1, monitor);
  if (!graph) return std::unexpected(graph.error());
  monitor.begin_phase("computing retained sizes", 0);
  Result<Dominators> dominators;
  std::vector<DuplicateText> duplicates;
  const bool has_texts = options.duplicates && graph->texts != nullptr;
  in_parallel(
      beside || has_texts ? options.threads : 1,
      [&] { dominators = compute_dominators(*graph, monitor); },
      [&] {
        if (beside) beside(*graph);
        if (has_texts) duplicates = find_duplicate_texts(*graph);
      });
  if (!dominators) return std::unexpected(dominators.error());
  if (has_texts) {
    list_duplicates(std::move(duplicates), *graph);
    name_duplicates(*graph);
  }
  OpenedHeap heap;
  heap.graph = std::move(*graph);
  heap.dominators = std::move(*dominators);
  return heap;
}

// The heap without its name and notices.
Result<OpenedHeap> read_index_or_dump(const std::string& path, const OpenOptions& options,
                                      Monitor& monitor) {
  const auto words = options.words != nullptr ? options.words : std::make_shared<Vocabulary>();
  LoadOptions wanted = options.load;
  wanted.references = true;  // dominators need them
  const auto index = options.use_index ? HeapIndex::of(path, wanted) : std::nullopt;
  if (!index) return read_dump(path, wanted, words, options.beside, monitor);
  wanted.for_index = true;
  monitor.begin_phase("opening the index", 0);
  if (auto indexed = index->open(wanted, words)) {
    OpenedHeap heap;
    heap.graph = std::move(indexed->graph);
    heap.dominators = std::move(indexed->dominators);
    heap.from_index = true;
    if (options.beside) options.beside(heap.graph);
    return heap;
  }
  auto heap = read_dump(path, wanted, words, options.beside, monitor);
  if (heap) heap->index_written = index->write(heap->graph, heap->dominators, monitor);
  return heap;
}

}  // namespace

Result<OpenedHeap> open_heap(const std::string& path, const OpenOptions& options,
                             Monitor& monitor) {
  auto heap = read_index_or_dump(path, options, monitor);
  if (!heap) return heap;
  const ReadReport& report = heap->graph.report;
  heap->name = dump_name(path, report.dump_in_stream, report.dumps_in_stream);
  heap->notices = read_notices(heap->name, report);
  if (report.dumps_in_stream > 1) {
    heap->notices.push_back(several_dumps_notice(path, report.dumps_in_stream));
  }
  return heap;
}

}  // namespace tidemark
