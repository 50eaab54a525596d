#include "cli/indexed_heap.h"

#include <fmt/format.h>

#include <utility>

#include "cli/heap_input.h"
#include "cli/print_error.h"

namespace tidemark {
namespace {

std::string display_name(const std::string& path, const ReadReport& report) {
  const std::string name = path == "-" ? "standard input" : path;
  if (report.dumps_in_stream <= 1) return name;
  return fmt::format("{}#{}", name, report.dump_in_stream + 1);
}

Result<HeapGraph> read_last_dump(const std::string& path, LoadOptions options,
                                 std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  options.references = true;  // dominators need them
  auto file = HeapFile::open(path, options, std::move(words), monitor);
  if (!file) return std::unexpected(file.error());
  return file->take(file->size() - 1, monitor);
}

// Says what the user should know, and gives the graph back.
HeapGraph warn_of(const std::string& path, HeapGraph graph, const CommonOptions& common) {
  NamedHeap heap{.name = display_name(path, graph.report), .graph = std::move(graph)};
  warn_about(heap, common);
  const std::uint32_t dumps = heap.graph.report.dumps_in_stream;
  if (dumps > 1 && !common.quiet) {
    print_warning(fmt::format("{} holds {} dumps; this is about the last of them", path, dumps),
                  common.color);
  }
  return std::move(heap.graph);
}

}  // namespace

Result<AnalysedHeap> open_analysed_heap(const std::string& path, const CommonOptions& common,
                                        const LoadOptions& options, Monitor& monitor,
                                        std::shared_ptr<Vocabulary> words) {
  if (words == nullptr) words = std::make_shared<Vocabulary>();
  auto graph = read_last_dump(path, options, std::move(words), monitor);
  if (!graph) return std::unexpected(graph.error());
  AnalysedHeap heap;
  heap.name = display_name(path, graph->report);
  heap.graph = warn_of(path, std::move(*graph), common);
  monitor.begin_phase("computing retained sizes", 0);
  auto dominators = compute_dominators(heap.graph, monitor);
  if (!dominators) return std::unexpected(dominators.error());
  heap.dominators = std::move(*dominators);
  return heap;
}

}  // namespace tidemark
