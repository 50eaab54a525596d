#include "analysis/dominators_index.h"

#include <vector>

#include "heap/index_checks.h"

namespace tidemark {

void add_dominators(SectionFileWriter& file, const Dominators& dominators) {
  file.add("dominators.idom", dominators.idom);
  file.add("dominators.order", dominators.order);
  file.add("dominators.retained", dominators.retained);
  file.add("dominators.totals",
           std::vector<std::uint64_t>{dominators.reachable_bytes, dominators.unreachable_bytes});
}

Result<Dominators> read_dominators(const SectionFile& file, const HeapGraph& graph) {
  const auto damaged = [](const char* what) { return fail(ErrorCode::kDamaged, what); };
  auto idom = file.column<std::uint32_t>("dominators.idom");
  auto order = file.column<std::uint32_t>("dominators.order");
  auto retained = file.column<std::uint64_t>("dominators.retained");
  const auto totals = file.column<std::uint64_t>("dominators.totals");
  if (!idom || !order || !retained || !totals) return damaged("an index without dominators");
  const std::uint32_t nodes = graph.node_count();
  if (idom->size() != nodes || retained->size() != nodes || order->empty() ||
      order->size() > nodes || totals->size() != 2) {
    return damaged("dominators of another heap");
  }
  if ((*order)[0] != 0 || (*idom)[0] != 0 || !all_below(order->span(), nodes) ||
      !all_below_or_none(idom->span(), nodes) || (*retained)[0] != (*totals)[0]) {
    return damaged("dominators out of range");
  }
  Dominators dominators;
  dominators.reachable_count = static_cast<std::uint32_t>(order->size());
  dominators.idom = std::move(*idom);
  dominators.order = std::move(*order);
  dominators.retained = std::move(*retained);
  dominators.reachable_bytes = (*totals)[0];
  dominators.unreachable_bytes = (*totals)[1];
  return dominators;
}

}  // namespace tidemark
