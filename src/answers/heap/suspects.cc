#include "answers/heap/suspects.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "analysis/path_growth.h"
#include "answers/heap/dump_times.h"
#include "answers/heap/each_heap.h"
#include "answers/heap/open_heap.h"

namespace tidemark {
namespace {

Result<void> expect_roots(const HeapGraph& graph, const std::string& name) {
  if (graph.report.has_roots) return {};
  return std::unexpected(Error{.code = ErrorCode::kUnsupported,
                               .message = "a dump without ROOT records cannot say who holds what",
                               .file = name,
                               .offset = {},
                               .hint = "take a whole dump: ObjectSpace.dump_all without since:"});
}

LoadOptions load_options(const ReadOptions& read, bool name_holders) {
  return {.name_holders = name_holders, .strict = read.strict, .threads = read.threads};
}

Result<SuspectsAnswer> suspects_of_one(const SuspectsRequest& request, Monitor& monitor) {
  auto heap = open_heap(
      request.dumps.front(),
      {.load = load_options(request.read, true), .use_index = request.read.use_index}, monitor);
  if (!heap) return std::unexpected(heap.error());
  if (auto roots = expect_roots(heap->graph, heap->name); !roots) {
    return std::unexpected(roots.error());
  }
  monitor.begin_phase("finding suspects", 0);
  const auto found = find_suspects(heap->graph, heap->dominators, nullptr, monitor);
  if (!found) return std::unexpected(found.error());
  SuspectsAnswer answer =
      suspects_answer(*found, heap->graph, heap->dominators, {}, request.source_lines);
  answer.dumps = {heap->name};
  answer.notices = std::move(heap->notices);
  return answer;
}

// What is taken from heaps that come one after the other.
struct Growth {
  PathGrowth places;
  std::vector<std::string> names;
  std::vector<std::int64_t> times_ns;
  std::vector<Notice> notices;
  HeapGraph last;
  Dominators dominators;
};

Result<void> take_heap(Growth& growth, NamedHeap&& heap, bool is_last, Monitor& monitor) {
  // Without roots no path leads anywhere, and all that the next dump holds would have grown.
  if (auto roots = expect_roots(heap.graph, heap.name); !roots) return roots;
  growth.names.push_back(heap.name);
  growth.times_ns.push_back(heap.graph.report.time_ns);
  std::ranges::move(heap.notices, std::back_inserter(growth.notices));
  if (is_last) {
    // Dominators first: they need the most memory while they are made.
    monitor.begin_phase("finding dominators", 0);
    auto computed = compute_dominators(heap.graph, monitor);
    if (!computed) return std::unexpected(computed.error());
    growth.dominators = std::move(*computed);
  }
  monitor.begin_phase("following paths", 0);
  auto added = growth.places.add(heap.graph, monitor);
  if (is_last) {
    growth.last = std::move(heap.graph);
  } else {
    growth.places.forget_paths();
  }
  return added;
}

Result<SuspectsAnswer> suspects_of_several(const SuspectsRequest& request, Monitor& monitor) {
  Growth growth;
  const auto read = for_each_heap(
      request.dumps, std::make_shared<Vocabulary>(), monitor,
      [&](bool) { return load_options(request.read, false); },
      [&](NamedHeap&& heap, bool is_last) {
        return take_heap(growth, std::move(heap), is_last, monitor);
      });
  if (!read) return std::unexpected(read.error());
  auto times = dump_times(request.at_seconds, growth.times_ns);
  if (!times) return std::unexpected(times.error());
  monitor.begin_phase("finding suspects", 0);
  const auto found = find_suspects(growth.last, growth.dominators,
                                   growth.names.size() > 1 ? &growth.places : nullptr, monitor);
  if (!found) return std::unexpected(found.error());
  SuspectsAnswer answer =
      suspects_answer(*found, growth.last, growth.dominators, times->hours, request.source_lines);
  answer.dumps = std::move(growth.names);
  answer.hours = std::move(times->hours);
  answer.notices = std::move(growth.notices);
  return answer;
}

}  // namespace

Result<SuspectsAnswer> answer(const SuspectsRequest& request, Monitor& monitor) {
  const bool one = request.dumps.size() == 1 && request.dumps.front() != "-";
  return one ? suspects_of_one(request, monitor) : suspects_of_several(request, monitor);
}

}  // namespace tidemark
