#include "reproduce/heap_series.h"

#include "analysis/summary.h"
#include "formats/heap_file.h"

namespace tidemark {

Result<LiveHeap> HeapSeries::add(const std::string& path, const std::string& name,
                                 std::uint64_t requests, Monitor& monitor) {
  LoadOptions options;
  options.name_holders = false;
  auto file = HeapFile::open(path, options, words_, monitor);
  if (!file) return std::unexpected(file.error());
  auto graph = file->take(file->size() - 1, monitor);
  if (!graph) return std::unexpected(graph.error());
  if (!graph->report.has_roots) {
    return fail(ErrorCode::kUnsupported, "the dump has no roots, so nothing says what lives");
  }
  last_ = HeapGraph();  // before the next one's dominators need their memory
  auto dominators = compute_dominators(*graph, monitor);
  if (!dominators) return std::unexpected(dominators.error());
  growth_.forget_paths();
  if (auto added = growth_.add(*graph, monitor); !added) return std::unexpected(added.error());
  LiveHeap live{.bytes = dominators->reachable_bytes,
                .objects = dominators->reachable_count - graph->first_object};
  for (std::uint32_t node = 0; node < graph->node_count(); ++node) {
    if (!dominators->reachable(node)) continue;
    const std::uint64_t bytes = graph->shallow(node);
    if ((graph->flags[node] & kOverhead) != 0) {
      live.bytes -= std::min(live.bytes, bytes);
    } else if (is_program(graph->role(node))) {
      live.program_bytes += bytes;
    }
  }
  last_ = std::move(*graph);
  dominators_ = std::move(*dominators);
  names_.push_back(name);
  requests_.push_back(requests);
  return live;
}

Result<std::unique_ptr<DumpSuspects>> HeapSeries::suspects(Monitor& monitor) {
  if (names_.size() < 2) return nullptr;
  monitor.begin_phase("finding suspects", 0);
  auto found = find_suspects(last_, dominators_, &growth_, monitor);
  if (!found) return std::unexpected(found.error());
  auto out = std::make_unique<DumpSuspects>();
  out->lines_known = last_.sites_are_code() || last_.report.traced_objects > 0;
  out->dumps = std::move(names_);
  out->requests = std::move(requests_);
  out->found = std::move(*found);
  out->graph = std::move(last_);
  out->dominators = std::move(dominators_);
  return out;
}

}  // namespace tidemark
