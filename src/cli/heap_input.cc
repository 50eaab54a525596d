#include "cli/heap_input.h"

#include <fmt/format.h>

#include <filesystem>
#include <future>
#include <system_error>

#include "base/units.h"
#include "cli/print_error.h"

namespace tidemark {
namespace {

std::string display_name(const std::string& path, std::size_t index, std::size_t count) {
  const std::string name = path == "-" ? "standard input" : path;
  return count > 1 ? fmt::format("{}#{}", name, index + 1) : name;
}

}  // namespace

void warn_about(const NamedHeap& heap, const CommonOptions& common) {
  if (common.quiet) return;
  const ReadReport& report = heap.graph.report;
  const auto warn = [&](const std::string& text) {
    print_warning(fmt::format("{}: {}", heap.name, text), common.color);
  };
  if (report.damaged_lines > 0) {
    warn(fmt::format(
        "{} left out as damaged; the first at byte {}: {}", plural(report.damaged_lines, "line"),
        format_count(static_cast<std::int64_t>(report.first_damaged_offset)), report.first_damage));
  }
  if (report.duplicate_addresses > 0) {
    warn(fmt::format("{} of an address that came before; the first of each was taken",
                     plural(report.duplicate_addresses, "record")));
  }
  if (!report.has_roots) {
    warn(
        "no ROOT records (a dump made with since:, or a part of one), so nothing is known of "
        "what is reachable");
  }
}

namespace {

// Is it worth having two inputs in memory, so that one is read while the other is looked at?
bool may_read_ahead(const std::string& path, unsigned threads) {
  constexpr std::uintmax_t kLargest = 128'000'000;  // bytes; compressed ones are small enough, too
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return threads > 1 && !error && size <= kLargest && path != "-";
}

}  // namespace

Result<void> for_each_heap(const std::vector<std::string>& paths, const CommonOptions& common,
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
      NamedHeap heap{.name = display_name(paths[i], d, file->size()), .graph = std::move(*graph)};
      warn_about(heap, common);
      auto taken = take(std::move(heap), last_input && d + 1 == file->size());
      if (!taken) return taken;
    }
  }
  return {};
}

Result<NamedHeap> open_one_heap(const std::string& path, const CommonOptions& common,
                                const LoadOptions& options, Monitor& monitor) {
  auto file = HeapFile::open(path, options, std::make_shared<Vocabulary>(), monitor);
  if (!file) return std::unexpected(file.error());
  const std::size_t last = file->size() - 1;
  auto graph = file->take(last, monitor);
  if (!graph) return std::unexpected(graph.error());
  NamedHeap heap{.name = display_name(path, last, file->size()), .graph = std::move(*graph)};
  warn_about(heap, common);
  if (last > 0 && !common.quiet) {
    print_warning(fmt::format("{} holds {} dumps; this is about the last of them", path, last + 1),
                  common.color);
  }
  return heap;
}

}  // namespace tidemark
