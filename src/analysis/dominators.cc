// SEMI-NCA: Georgiadis, Tarjan and Werneck, "Finding Dominators in Practice", JGAA 10(1), 2006.
//
// The idea. Number the nodes in depth-first preorder; from then on a node is its number. The
// semidominator of v is the smallest u from which a path leads to v that has only numbers above v
// between its ends. It needs no look at whole paths: it is the smallest of
//   - the predecessors u < v, and
//   - for each predecessor u > v, the least semidominator among u and those of its tree ancestors
//     that are above v (compressing those paths makes the next look short).
// The immediate dominator of v is the nearest common ancestor of v's parent and v's semidominator
// in the dominator tree built so far: climb from the parent until the number is not above it.
//
// What makes it fast here, where cache misses are the whole cost:
//   - In a depth-first search an edge to a larger number always leads to a descendant, and the
//     first node that touches v is v's smallest predecessor. So the search itself finds the first
//     half of the rule, and only edges to a number not above their own are kept.
//   - The search keeps a stack of edge targets rather than of iterators, so that an edge is looked
//     at once, and two words a node: until its visit the first and the last node that touched it
//     (the last becomes its parent), afterwards its number and its count of kept predecessors.
//   - Predecessors are tried from the largest down, and the trial ends at 0. Most classes end so at
//     their first predecessor, although a class may have a million.
//   - A look needs the least semidominator only, not the node that has it: 8 bytes a step.
//
// Worst cases. Path compression: O(m log n). The climb is quadratic on a long list whose every
// element holds something that is also held from above, and real heaps do hold such lists. After
// kClimbsPerNode steps a node on average it goes on with skew-binary jump pointers (Myers 1983),
// O(log n) each.
//
// Peak memory: 20 bytes a node and the stack for the search, 24 and 4 a kept edge for the
// predecessors and semidominators, 28 for the result.
//
// Rejected, measured on real heaps of four million objects and on those of
// bench/dominators_bench.cc: simple Lengauer-Tarjan (three times the time, and the memory too),
// Cooper-Harvey-Kennedy (three to four times, and quadratic on such lists without a remedy), a
// bitmap of visited nodes (one more pass to count predecessors), edge offsets copied beside each
// node's state (worse locality), marking nodes that several root groups reach (saves a third of the
// kept edges and no time), and a second thread for the predecessors (both want the same cache
// lines).
#include "analysis/dominators.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "analysis/unheld_nodes.h"

namespace tidemark {
namespace {

constexpr std::uint32_t kUntouched = 0xffffffffU;
constexpr std::uint32_t kUnvisited = 0x80000000U;
constexpr std::uint32_t kMaxNodes = kUnvisited - 1;
constexpr std::uint32_t kClimbsPerNode = 16;
constexpr std::uint32_t kPollMask = (1U << 16) - 1;

void prefetch(const void* address) { __builtin_prefetch(address); }

// By node. Before the visit: `number` is kUnvisited | the first to touch it, `tally` the last.
// After it: its number, and its count of kept predecessors, later the place for the next of them.
struct NodeState {
  std::uint32_t number;
  std::uint32_t tally;
};

// By number: a tree ancestor, and the least semidominator from here up to below that ancestor.
struct Link {
  std::uint32_t ancestor;
  std::uint32_t least;
};

// By number: a farther dominator, for climbing in leaps.
struct Leap {
  std::uint32_t target;
  std::uint32_t depth;
};

// The phases, in order. Each works on local pointers to the arrays that it writes, so that the
// compiler need not fear that a store moves an array.
class SemiNca {
 public:
  SemiNca(const HeapGraph& graph, Monitor& monitor)
      : graph_(graph),
        begin_(graph.edge_begin.span().data()),
        end_(graph.strong_end.empty() ? begin_ + 1 : graph.strong_end.span().data()),
        target_(graph.edge_target.span().data()),
        monitor_(monitor) {}

  // Each is false when cancelled.
  bool search();
  bool search_from(std::uint32_t start);
  void hang_cycles_from_root();
  bool keep_predecessors();
  bool find_semidominators();
  bool find_dominators();
  Dominators result();

 private:
  [[nodiscard]] bool stop(std::uint32_t step) const {
    return (step & kPollMask) == 0 && monitor_.cancelled();
  }
  void number_predecessor_lists();
  void prefetch_edges_behind(std::uint32_t number) const;
  bool climb_in_leaps(std::uint32_t from);
  [[nodiscard]] Buffer<std::uint32_t> tree_preorder() const;

  const HeapGraph& graph_;
  const std::uint32_t* begin_;
  const std::uint32_t* end_;
  const std::uint32_t* target_;
  Monitor& monitor_;

  std::uint32_t count_ = 0;           // reachable nodes
  std::uint32_t searched_ = 0;        // the first of them: those whose edges count
  Buffer<std::uint32_t> order_;       // number -> node
  Buffer<NodeState> states_;          // by node
  Buffer<std::uint32_t> idom_;        // by number; the tree parent until find_dominators()
  Buffer<std::uint32_t> semi_;        // by number
  Buffer<std::uint32_t> kept_;        // the search's stack, then the kept predecessors
  Buffer<std::uint32_t> kept_begin_;  // by number
};

bool SemiNca::search() {
  const std::uint32_t node_count = graph_.node_count();
  states_ = Buffer<NodeState>(node_count);
  std::ranges::fill(states_, NodeState{.number = kUntouched, .tally = 0});
  order_ = Buffer<std::uint32_t>(node_count);
  idom_ = Buffer<std::uint32_t>(node_count);
  semi_ = Buffer<std::uint32_t>(node_count);
  kept_ = Buffer<std::uint32_t>::roomy(std::size_t{graph_.edge_count()} + 1);

  if (!search_from(kRootNode.value)) return false;
  if (graph_.everything_lives) {
    for (const std::uint32_t node : unheld_nodes(graph_)) {
      if (states_[node].number == kUntouched && !search_from(node)) return false;
    }
  }
  searched_ = count_;
  if (graph_.everything_lives) hang_cycles_from_root();
  order_.size = count_;
  return true;
}

// What nothing has led to by now holds itself in cycles. Each such node counts as held by the root,
// and none as holding anything.
void SemiNca::hang_cycles_from_root() {
  for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (states_[node].number != kUntouched) continue;
    const std::uint32_t number = count_++;
    order_[number] = node;
    idom_[number] = 0;
    semi_[number] = 0;
    states_[node] = {.number = number, .tally = 0};
  }
}

bool SemiNca::search_from(std::uint32_t start) {
  NodeState* const states = states_.begin();
  std::uint32_t* const stack = kept_.begin();
  std::uint32_t count = count_;
  std::size_t top = 0;
  // Semidominator and parent of a further start are the root, as if there were an edge.
  states[start] = {.number = kUnvisited, .tally = 0};
  stack[top++] = start;
  while (top != 0) {
    const std::uint32_t node = stack[--top];
    const NodeState found = states[node];
    if ((found.number & kUnvisited) == 0) continue;  // visited from a later entry
    const std::uint32_t number = count++;
    if (stop(number)) return false;
    order_[number] = node;
    idom_[number] = found.tally;
    semi_[number] = found.number & ~kUnvisited;
    states[node] = {.number = number, .tally = 0};
    // Last edge first, so that the first comes off the stack first.
    const std::uint32_t* const first = target_ + begin_[node];
    for (const std::uint32_t* edge = target_ + end_[node]; edge != first;) {
      const std::uint32_t child = *--edge;
      prefetch(&begin_[child]);
      NodeState& state = states[child];
      if ((state.number & kUnvisited) == 0) {
        ++state.tally;
        continue;
      }
      if (state.number == kUntouched) state.number = kUnvisited | number;
      state.tally = number;
      stack[top++] = child;
      prefetch(&target_[begin_[child]]);
    }
  }
  count_ = count;
  return true;
}

void SemiNca::number_predecessor_lists() {
  constexpr std::uint32_t kAhead = 16;
  kept_begin_ = Buffer<std::uint32_t>(std::size_t{count_} + 1);
  NodeState* const states = states_.begin();
  std::uint32_t total = 0;
  for (std::uint32_t number = 0; number < count_; ++number) {
    if (number + kAhead < count_) prefetch(&states[order_[number + kAhead]]);
    kept_begin_[number] = total;
    total += std::exchange(states[order_[number]].tally, total);
  }
  kept_begin_[count_] = total;
}

// Brings the edges of the nodes behind `number` into the cache, in steps that build on each other.
void SemiNca::prefetch_edges_behind(std::uint32_t number) const {
  constexpr std::uint32_t kFar = 24;
  constexpr std::uint32_t kMiddle = 12;
  constexpr std::uint32_t kNear = 4;
  constexpr std::uint32_t kEdges = 8;
  if (number + kFar >= count_) return;
  prefetch(&begin_[order_[number + kFar]]);
  prefetch(&target_[begin_[order_[number + kMiddle]]]);
  const std::uint32_t node = order_[number + kNear];
  const std::uint32_t first = begin_[node];
  const std::uint32_t last = std::min(end_[node], first + kEdges);
  for (std::uint32_t edge = first; edge < last; ++edge) prefetch(&states_[target_[edge]]);
}

bool SemiNca::keep_predecessors() {
  number_predecessor_lists();
  NodeState* const states = states_.begin();
  std::uint32_t* const kept = kept_.begin();
  for (std::uint32_t number = 0; number < searched_; ++number) {
    if (stop(number)) return false;
    prefetch_edges_behind(number);
    const std::uint32_t node = order_[number];
    const std::uint32_t* const last = target_ + end_[node];
    for (const std::uint32_t* edge = target_ + begin_[node]; edge != last; ++edge) {
      NodeState& state = states[*edge];
      if (state.number <= number) kept[state.tally++] = number;
    }
  }
  states_ = {};
  return true;
}

// The least semidominator among u and its tree ancestors above v. Compresses the path it climbs;
// on the way up each link is turned round, so that the way down needs no stack.
std::uint32_t least_semidominator(Link* links, std::uint32_t u, std::uint32_t v) {
  std::uint32_t here = links[u].ancestor;
  if (here <= v) return links[u].least;
  std::uint32_t below = u;
  std::uint32_t above = links[here].ancestor;
  while (above > v) {
    links[here].ancestor = below;
    below = here;
    here = above;
    above = links[here].ancestor;
  }
  std::uint32_t least = links[here].least;
  while (true) {
    const std::uint32_t next = links[below].ancestor;
    least = std::min(least, links[below].least);
    links[below] = {.ancestor = above, .least = least};
    if (below == u) return least;
    below = next;
  }
}

bool SemiNca::find_semidominators() {
  constexpr std::uint32_t kAhead = 12;
  Buffer<Link> store(count_);
  Link* const links = store.begin();
  for (std::uint32_t v = 0; v < count_; ++v) links[v] = {.ancestor = idom_[v], .least = semi_[v]};
  const std::uint32_t* const kept = kept_.begin();
  for (std::uint32_t v = count_; v-- > 1;) {
    if (stop(v)) return false;
    std::uint32_t semi = semi_[v];
    const std::uint32_t first = kept_begin_[v];
    // A reference to itself finds v not yet linked, and its own value so far.
    for (std::uint32_t i = kept_begin_[v + 1]; i-- > first && semi != 0;) {
      if (i >= kAhead) {
        prefetch(&links[kept[i - kAhead]]);
        prefetch(&links[links[kept[i - kAhead / 2]].ancestor]);
      }
      semi = std::min(semi, least_semidominator(links, kept[i], v));
    }
    semi_[v] = semi;
    links[v].least = semi;
  }
  kept_ = {};
  kept_begin_ = {};
  return true;
}

bool SemiNca::find_dominators() {
  std::uint32_t* const idom = idom_.begin();
  std::uint64_t budget = std::uint64_t{kClimbsPerNode} * count_;
  for (std::uint32_t v = 1; v < count_; ++v) {
    if (stop(v)) return false;
    std::uint32_t candidate = idom[v];
    while (candidate > semi_[v] && budget != 0) {
      candidate = idom[candidate];
      --budget;
    }
    if (candidate > semi_[v]) return climb_in_leaps(v);
    idom[v] = candidate;
  }
  return true;
}

// Where a new child of `parent` leaps to: past two leaps of equal length, or to its parent.
Leap leap_from(const Leap* leaps, std::uint32_t parent) {
  const Leap first = leaps[parent];
  const Leap second = leaps[first.target];
  const bool equal = first.depth - second.depth == second.depth - leaps[second.target].depth;
  return {.target = equal ? second.target : parent, .depth = first.depth + 1};
}

bool SemiNca::climb_in_leaps(std::uint32_t from) {
  std::uint32_t* const idom = idom_.begin();
  Buffer<Leap> store(count_);
  Leap* const leaps = store.begin();
  leaps[0] = {.target = 0, .depth = 0};
  for (std::uint32_t v = 1; v < from; ++v) leaps[v] = leap_from(leaps, idom[v]);
  for (std::uint32_t v = from; v < count_; ++v) {
    if (stop(v)) return false;
    std::uint32_t candidate = idom[v];
    while (candidate > semi_[v]) {
      const std::uint32_t target = leaps[candidate].target;
      candidate = target > semi_[v] ? target : idom[candidate];
    }
    idom[v] = candidate;
    leaps[v] = leap_from(leaps, candidate);
  }
  return true;
}

// From numbers back to nodes, folding retained sizes from the leaves up on the way.
Dominators SemiNca::result() {
  semi_ = {};
  const std::uint32_t node_count = graph_.node_count();
  const std::uint32_t* const order = order_.begin();
  const std::uint32_t* const parent = idom_.begin();
  Buffer<std::uint64_t> store(count_);
  std::uint64_t* const bytes = store.begin();
  for (std::uint32_t v = 0; v < count_; ++v) bytes[v] = graph_.shallow(order[v]);
  Buffer<std::uint32_t> idom(node_count);
  std::ranges::fill(idom, kUnreachable);
  auto retained = Buffer<std::uint64_t>::zeroed(node_count);
  for (std::uint32_t v = count_; v-- > 0;) {
    idom[order[v]] = order[parent[v]];
    retained[order[v]] = bytes[v];
    if (v != 0) bytes[parent[v]] += bytes[v];
  }
  store = {};
  Dominators result;
  result.reachable_bytes = retained[0];
  result.reachable_count = count_;
  for (std::uint32_t node = 0; node < node_count; ++node) {
    if (idom[node] == kUnreachable) result.unreachable_bytes += graph_.shallow(node);
  }
  result.idom = std::move(idom);
  result.retained = std::move(retained);
  result.order = tree_preorder();
  return result;
}

// From the root down, each node gets the next free stretch of its dominator's, as long as what it
// dominates is many.
Buffer<std::uint32_t> SemiNca::tree_preorder() const {
  const std::uint32_t* const parent = idom_.data.get();
  Buffer<std::uint32_t> store(count_);
  std::uint32_t* const room = store.begin();  // dominated nodes; once placed, the next free place
  std::fill_n(room, count_, 1U);
  for (std::uint32_t v = count_; v-- > 1;) room[parent[v]] += room[v];
  Buffer<std::uint32_t> preorder(count_);
  preorder[0] = order_[0];
  room[0] = 1;
  for (std::uint32_t v = 1; v < count_; ++v) {
    const std::uint32_t place = std::exchange(room[parent[v]], room[parent[v]] + room[v]);
    preorder[place] = order_[v];
    room[v] = place + 1;
  }
  return preorder;
}

}  // namespace

Result<Dominators> compute_dominators(const HeapGraph& graph, Monitor& monitor) {
  if (graph.node_count() == 0) return Dominators{};
  if (graph.node_count() > kMaxNodes) {
    return fail(ErrorCode::kTooLarge, "the heap has more than 2^31 - 1 objects");
  }
  SemiNca algorithm(graph, monitor);
  const bool done = algorithm.search() && algorithm.keep_predecessors() &&
                    algorithm.find_semidominators() && algorithm.find_dominators();
  if (!done) return fail(ErrorCode::kCancelled, "stopped while computing dominators");
  return algorithm.result();
}

}  // namespace tidemark
