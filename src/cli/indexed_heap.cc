#include "cli/indexed_heap.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <future>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "analysis/dominators_index.h"
#include "analysis/duplicate_texts.h"
#include "base/hash.h"
#include "base/threads.h"
#include "cli/heap_input.h"
#include "cli/print_error.h"
#include "heap/duplicate_list.h"
#include "heap/index_cache.h"
#include "heap/index_file.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kSmallestIndexed = 8'000'000;  // content bytes; below, reading is as quick

// Where an index of this input would be, and what it would have to be about.
struct IndexPlace {
  IndexCache cache;
  DumpKey key;
};

// A number that another build of this program does not have: it may read dumps another way.
std::uint64_t program_identity() {
  struct stat status{};
  std::uint64_t identity = stable_hash(TIDEMARK_VERSION);
  if (stat("/proc/self/exe", &status) == 0) {
    identity = combine(identity, static_cast<std::uint64_t>(status.st_size));
    identity = combine(identity, static_cast<std::uint64_t>(status.st_mtim.tv_sec));
    identity = combine(identity, static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
  }
  return identity;
}

std::optional<IndexPlace> find_place(const std::string& path, const CommonOptions& common,
                                     const LoadOptions& options) {
  if (!common.use_index || path == "-") return std::nullopt;
  if (options.every_line || !options.name_holders) return std::nullopt;  // another graph
  auto cache = IndexCache::of_user();
  if (!cache) return std::nullopt;
  auto key = make_dump_key(path, program_identity());
  if (!key) return std::nullopt;
  return IndexPlace{.cache = std::move(*cache), .key = std::move(*key)};
}

std::optional<AnalysedHeap> open_index(const IndexPlace& place, const LoadOptions& options,
                                       const std::shared_ptr<Vocabulary>& words) {
  const auto file = place.cache.find(place.key, options.threads);
  if (!file) return std::nullopt;
  auto graph = read_graph(*file, words, options.threads);
  if (!graph) return std::nullopt;
  // The dump is read again for the error that it is to end with.
  if (options.strict && graph->report.damaged_lines > 0) return std::nullopt;
  auto dominators = read_dominators(*file, *graph);
  if (!dominators) return std::nullopt;
  AnalysedHeap heap;
  heap.graph = std::move(*graph);
  heap.dominators = std::move(*dominators);
  heap.from_index = true;
  return heap;
}

Result<AnalysedHeap> read_dump(const std::string& path, const LoadOptions& options,
                               const std::shared_ptr<Vocabulary>& words, Monitor& monitor,
                               const HeapVisitor& beside) {
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
  AnalysedHeap heap;
  heap.graph = std::move(*graph);
  heap.dominators = std::move(*dominators);
  return heap;
}

// Begins to write the index, unless the dump has changed while it was read. The thread works on
// shares of the columns, so the heap may be moved, and words be added, meanwhile.
void start_index(AnalysedHeap& heap, const std::string& path, const IndexPlace& place,
                 const Monitor& monitor) {
  if (heap.graph.report.content_bytes < kSmallestIndexed) return;
  if (!heap.graph.edge_label.empty()) return;  // no section holds what V8 alone tells
  if (make_dump_key(path, place.key.maker) != place.key) return;
  SectionFileWriter sections;
  add_graph(sections, heap.graph);
  add_dominators(sections, heap.dominators);
  const auto write = [place, sections = std::move(sections), &monitor] {
    return place.cache.store(sections, place.key, monitor);
  };
  try {
    heap.index_written = std::async(std::launch::async, write);
  } catch (const std::system_error&) {
    heap.index_written = {};  // no thread, no index
  }
}

void warn_of(AnalysedHeap& heap, const std::string& path, const CommonOptions& common) {
  NamedHeap named{.name = heap.name, .graph = std::move(heap.graph)};
  warn_about(named, common);
  heap.graph = std::move(named.graph);
  const std::uint32_t dumps = heap.graph.report.dumps_in_stream;
  if (dumps > 1 && !common.quiet) {
    print_warning(fmt::format("{} holds {} dumps; this is about the last of them", path, dumps),
                  common.color);
  }
}

std::string display_name(const std::string& path, const ReadReport& report) {
  const std::string name = path == "-" ? "standard input" : path;
  if (report.dumps_in_stream <= 1) return name;
  return fmt::format("{}#{}", name, report.dump_in_stream + 1);
}

}  // namespace

Result<AnalysedHeap> open_analysed_heap(const std::string& path, const CommonOptions& common,
                                        const LoadOptions& options, Monitor& monitor,
                                        std::shared_ptr<Vocabulary> words,
                                        const HeapVisitor& beside) {
  if (words == nullptr) words = std::make_shared<Vocabulary>();
  LoadOptions wanted = options;
  wanted.references = true;  // dominators need them
  const auto place = find_place(path, common, options);
  std::optional<AnalysedHeap> heap;
  if (place) {
    wanted.for_index = true;
    monitor.begin_phase("opening the index", 0);
    heap = open_index(*place, wanted, words);
    if (heap && beside) beside(heap->graph);
  }
  if (!heap) {
    auto read = read_dump(path, wanted, words, monitor, beside);
    if (!read) return std::unexpected(read.error());
    heap = std::move(*read);
    if (place) start_index(*heap, path, *place, monitor);
  }
  heap->name = display_name(path, heap->graph.report);
  warn_of(*heap, path, common);
  return std::move(*heap);
}

}  // namespace tidemark
