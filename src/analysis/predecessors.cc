// A counting sort of the edges by target. The fill goes over the heap twice, once for references
// and once for class edges, so that each node's list falls into two parts without a second array.
#include "analysis/predecessors.h"

#include <algorithm>
#include <numeric>

namespace tidemark {
namespace {

class Sorter {
 public:
  Sorter(const HeapGraph& graph, const Dominators* dominators, Monitor& monitor)
      : graph_(graph), dominators_(dominators), monitor_(monitor) {}

  bool count();
  bool place_references();
  bool place_instances();
  Predecessors result();

 private:
  static constexpr std::uint32_t kPollMask = (1U << 16) - 1;

  [[nodiscard]] bool stop(std::uint32_t node) const {
    return (node & kPollMask) == 0 && monitor_.cancelled();
  }
  [[nodiscard]] bool counts(std::uint32_t node) const {
    return dominators_ == nullptr || dominators_->reachable(node);
  }

  const HeapGraph& graph_;
  const Dominators* dominators_;
  Monitor& monitor_;
  std::vector<std::uint32_t> begin_;  // while placing, one place late: begin_[v + 1] is v's next
  Buffer<std::uint32_t> source_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> instances_begin_;
};

bool Sorter::count() {
  const std::uint32_t node_count = graph_.node_count();
  begin_.assign(std::size_t{node_count} + 2, 0);
  std::uint32_t* const count_of = begin_.data() + 2;
  for (std::uint32_t node = 0; node < node_count; ++node) {
    if (stop(node)) return false;
    if (!counts(node)) continue;
    for (const std::uint32_t child : graph_.edges(node)) ++count_of[child];
  }
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  source_ = Buffer<std::uint32_t>(begin_.back());
  return true;
}

bool Sorter::place_references() {
  std::uint32_t* const next = begin_.data() + 1;
  std::uint32_t* const source = source_.begin();
  for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (stop(node)) return false;
    if (!counts(node)) continue;
    for (const std::uint32_t child : graph_.references(node)) source[next[child]++] = node;
  }
  return true;
}

bool Sorter::place_instances() {
  std::uint32_t* const next = begin_.data() + 1;
  std::uint32_t* const source = source_.begin();
  std::vector<bool> is_class(graph_.node_count());
  for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (stop(node)) return false;
    if ((graph_.flags[node] & kHasClassEdge) == 0 || !counts(node)) continue;
    const std::uint32_t class_node = graph_.edges(node).back();
    if (!is_class[class_node]) {
      is_class[class_node] = true;
      instances_begin_.emplace_back(class_node, next[class_node]);
    }
    source[next[class_node]++] = node;
  }
  return true;
}

Predecessors Sorter::result() {
  begin_.pop_back();
  std::ranges::sort(instances_begin_);
  Predecessors predecessors;
  predecessors.begin = std::move(begin_);
  predecessors.source = std::move(source_);
  predecessors.instances_begin = std::move(instances_begin_);
  return predecessors;
}

}  // namespace

std::uint32_t Predecessors::split(std::uint32_t node) const {
  const auto place = std::ranges::lower_bound(instances_begin, node, {},
                                              [](const auto& entry) { return entry.first; });
  return place != instances_begin.end() && place->first == node ? place->second : begin[node + 1];
}

Result<Predecessors> find_predecessors(const HeapGraph& graph, const Dominators* dominators,
                                       Monitor& monitor) {
  Sorter sorter(graph, dominators, monitor);
  if (!sorter.count() || !sorter.place_references() || !sorter.place_instances()) {
    return fail(ErrorCode::kCancelled, "stopped while looking for who refers to whom");
  }
  return sorter.result();
}

}  // namespace tidemark
