// Breadth-first, one level at a time. A node reached by an ordinary step belongs to the next level;
// one reached by a dear step waits in a ring of lists, kDearStep levels long, until its level
// comes, and then counts unless an ordinary step was faster. A node waits only once: whoever comes
// to it later by a dear step is no faster. So nodes and edges are looked at once, without a heap.
//
// Conservative groups wait until the search from all the others has come to its end; then it goes
// on from them. The queue is never emptied but read through, so it needs one place a node.
#include "analysis/shortest_paths.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "analysis/unheld_nodes.h"

namespace tidemark {
namespace {

class Search {
 public:
  Search(const HeapGraph& graph, Monitor& monitor)
      : graph_(graph),
        monitor_(monitor),
        parent_(graph.node_count()),
        queue_(graph.node_count()),
        waits_(graph.node_count()) {
    std::ranges::fill(parent_, kUnreachable);
  }

  bool run();
  Buffer<std::uint32_t> take_parents() { return std::move(parent_); }

 private:
  struct Waiting {
    std::uint32_t node;
    std::uint32_t from;
  };
  static constexpr std::size_t kRing = kDearStep + 1;

  void reach(std::uint32_t node, std::uint32_t from) {
    if (parent_[node] != kUnreachable) return;
    if (certain_ && (graph_.flags[node] & kConservative) != 0) {
      conservative_.push_back({.node = node, .from = from});
      return;
    }
    parent_[node] = from;
    queue_[tail_++] = node;
  }
  bool drain();
  void end_waits();
  void expand(std::uint32_t node);

  const HeapGraph& graph_;
  Monitor& monitor_;
  Buffer<std::uint32_t> parent_;
  Buffer<std::uint32_t> queue_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t level_ = 0;
  bool certain_ = true;                // no conservative group has been gone through yet
  std::vector<Waiting> conservative_;  // those found so far
  std::vector<bool> waits_;
  std::size_t waiting_ = 0;  // in the ring
  std::array<std::vector<Waiting>, kRing> ring_;
};

bool Search::run() {
  constexpr std::uint32_t root = kRootNode.value;
  parent_[root] = root;
  for (const std::uint32_t child : graph_.edges(root)) reach(child, root);
  if (!drain()) return false;
  certain_ = false;
  for (const Waiting& group : conservative_) {
    if (parent_[group.node] == kUnreachable) reach(group.node, group.from);
  }
  if (!drain()) return false;
  if (!graph_.everything_lives) return true;
  for (const std::uint32_t node : unheld_nodes(graph_)) {
    if (parent_[node] == kUnreachable) reach(node, root);
  }
  return drain();
}

bool Search::drain() {
  constexpr std::size_t kPollMask = (1U << 16) - 1;
  constexpr std::size_t kAhead = 8;
  const std::uint32_t* const begin = graph_.edge_begin.span().data();
  const std::uint32_t* const target = graph_.edge_target.span().data();
  for (; head_ < tail_ || waiting_ != 0; ++level_) {
    end_waits();
    for (const std::size_t level_end = tail_; head_ < level_end; ++head_) {
      if ((head_ & kPollMask) == 0 && monitor_.cancelled()) return false;
      if (head_ + 2 * kAhead < tail_) {
        __builtin_prefetch(&begin[queue_[head_ + 2 * kAhead]]);
        __builtin_prefetch(&target[begin[queue_[head_ + kAhead]]]);
      }
      expand(queue_[head_]);
    }
  }
  return true;
}

void Search::end_waits() {
  std::vector<Waiting>& due = ring_[level_ % kRing];
  waiting_ -= due.size();
  for (const Waiting& wait : due) reach(wait.node, wait.from);
  due.clear();
}

void Search::expand(std::uint32_t node) {
  const auto edges = graph_.edges(node);
  const std::size_t references = graph_.references(node).size();
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    const std::uint32_t child = edges[edge];
    if (parent_[child] != kUnreachable) continue;
    if (edge < references && graph_.role(child) != Role::kInternal) {
      reach(child, node);
    } else if (!waits_[child]) {
      waits_[child] = true;
      ++waiting_;
      ring_[(level_ + kDearStep) % kRing].push_back({.node = child, .from = node});
    }
  }
}

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
