#include "answers/heap/each_heap.h"

#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include "answers/heap/read_notices.h"

namespace tidemark {
namespace {

// Is it worth having two inputs in memory, so that one is read while the other is looked at?
bool may_read_ahead(const std::string& path, unsigned threads) {
  constexpr std::uintmax_t kLargest = 128'000'000;  // bytes; compressed ones are small enough, too
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return threads > 1 && !error && size <= kLargest && path != "-";
}

}  // namespace

Result<void> for_each_heap(const std::vector<std::string>& paths,
                           const std::shared_ptr<Vocabulary>& words, Monitor& monitor,
                           const std::function<LoadOptions(bool last_input)>& options_for,
                           const std::function<Result<void>(NamedHeap&& heap, bool last)>& take) {
  Monitor background(&monitor);
  std::future<Result<HeapFile>> ahead;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const bool last_input = i + 1 == paths.size();
    auto file = ahead.valid() ? ahead.get()
                              : HeapFile::open(paths[i], options_for(last_input), words, monitor);
    if (!file) return std::unexpected(file.error());
    if (!last_input && may_read_ahead(paths[i + 1], options_for(false).threads)) {
      ahead = std::async(std::launch::async,
                         [&, next = paths[i + 1], options = options_for(i + 2 == paths.size())] {
                           return HeapFile::open(next, options, words, background);
                         });
    }
    for (std::size_t d = 0; d < file->size(); ++d) {
      auto graph = file->take(d, monitor);
      if (!graph) return std::unexpected(graph.error());
      NamedHeap heap{
          .name = dump_name(paths[i], d, file->size()), .graph = std::move(*graph), .notices = {}};
      heap.notices = read_notices(heap.name, heap.graph.report);
      auto taken = take(std::move(heap), last_input && d + 1 == file->size());
      if (!taken) return taken;
    }
  }
  return {};
}

}  // namespace tidemark
