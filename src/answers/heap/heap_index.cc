#include "answers/heap/heap_index.h"

#include <sys/stat.h>

#include <system_error>
#include <utility>

#include "analysis/dominators_index.h"
#include "base/hash.h"
#include "heap/index_file.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kSmallestIndexed = 8'000'000;  // content bytes; below, reading is as quick

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

}  // namespace

std::optional<HeapIndex> HeapIndex::of(const std::string& path, const LoadOptions& options) {
  if (path == "-") return std::nullopt;
  if (options.every_line || !options.name_holders) return std::nullopt;  // another graph
  auto cache = IndexCache::of_user();
  if (!cache) return std::nullopt;
  auto key = make_dump_key(path, program_identity());
  if (!key) return std::nullopt;
  return HeapIndex(path, std::move(*cache), std::move(*key));
}

std::optional<IndexedHeap> HeapIndex::open(const LoadOptions& options,
                                           const std::shared_ptr<Vocabulary>& words) const {
  const auto file = cache_.find(key_, options.threads);
  if (!file) return std::nullopt;
  auto graph = read_graph(*file, words, options.threads);
  if (!graph) return std::nullopt;
  // The dump is read again for the error that it is to end with.
  if (options.strict && graph->report.damaged_lines > 0) return std::nullopt;
  auto dominators = read_dominators(*file, *graph);
  if (!dominators) return std::nullopt;
  return IndexedHeap{.graph = std::move(*graph), .dominators = std::move(*dominators)};
}

std::future<bool> HeapIndex::write(const HeapGraph& graph, const Dominators& dominators,
                                   const Monitor& monitor) const {
  if (graph.report.content_bytes < kSmallestIndexed) return {};
  if (!graph.edge_label.empty()) return {};  // no section holds what V8 alone tells
  if (make_dump_key(path_, key_.maker) != key_) return {};
  SectionFileWriter sections;
  add_graph(sections, graph);
  add_dominators(sections, dominators);
  const auto store = [cache = cache_, key = key_, sections = std::move(sections), &monitor] {
    return cache.store(sections, key, monitor);
  };
  try {
    return std::async(std::launch::async, store);
  } catch (const std::system_error&) {
    return {};  // no thread, no index
  }
}

}  // namespace tidemark
