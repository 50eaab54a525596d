// Conservative groups wait until the search from all the others has come to its end; then it goes
// on from them. The queue is never emptied but read through, so it needs one place a node.
#include "analysis/shortest_paths.h"

#include <algorithm>
#include <cstddef>

namespace tidemark {
namespace {

class Search {
 public:
  Search(const HeapGraph& graph, Monitor& monitor)
      : graph_(graph), monitor_(monitor), parent_(graph.node_count()), queue_(graph.node_count()) {
    std::ranges::fill(parent_, kUnreachable);
  }

  bool run() {
    constexpr std::uint32_t root = kRootNode.value;
    parent_[root] = root;
    std::vector<std::uint32_t> conservative;
    for (const std::uint32_t child : graph_.edges(root)) {
      if ((graph_.flags[child] & kConservative) != 0) {
        conservative.push_back(child);
      } else {
        reach(child, root);
      }
    }
    if (!drain()) return false;
    for (const std::uint32_t group : conservative) reach(group, root);
    return drain();
  }

  Buffer<std::uint32_t> take_parents() { return std::move(parent_); }

 private:
  void reach(std::uint32_t node, std::uint32_t from) {
    if (parent_[node] != kUnreachable) return;
    parent_[node] = from;
    queue_[tail_++] = node;
  }

  bool drain() {
    constexpr std::size_t kPollMask = (1U << 16) - 1;
    constexpr std::size_t kAhead = 8;
    const std::uint32_t* const begin = graph_.edge_begin.span().data();
    const std::uint32_t* const target = graph_.edge_target.span().data();
    for (; head_ < tail_; ++head_) {
      if ((head_ & kPollMask) == 0 && monitor_.cancelled()) return false;
      if (head_ + 2 * kAhead < tail_) {
        __builtin_prefetch(&begin[queue_[head_ + 2 * kAhead]]);
        __builtin_prefetch(&target[begin[queue_[head_ + kAhead]]]);
      }
      const std::uint32_t node = queue_[head_];
      for (std::uint32_t edge = begin[node]; edge < begin[node + 1]; ++edge) {
        reach(target[edge], node);
      }
    }
    return true;
  }

  const HeapGraph& graph_;
  Monitor& monitor_;
  Buffer<std::uint32_t> parent_;
  Buffer<std::uint32_t> queue_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace

std::vector<std::uint32_t> ShortestPaths::path_to(std::uint32_t node) const {
  std::vector<std::uint32_t> path;
  if (parent[node] == kUnreachable) return path;
  for (; node != kRootNode.value; node = parent[node]) path.push_back(node);
  path.push_back(kRootNode.value);
  std::ranges::reverse(path);
  return path;
}

Result<ShortestPaths> find_shortest_paths(const HeapGraph& graph, Monitor& monitor) {
  if (graph.node_count() == 0) return ShortestPaths{};
  Search search(graph, monitor);
  if (!search.run()) return fail(ErrorCode::kCancelled, "stopped while looking for paths");
  return ShortestPaths{.parent = search.take_parents()};
}

}  // namespace tidemark
