// A breadth-first search from the object against the references, one level at a time. A state
// is a node together with the labels between it and the object (one number for each sequence of
// labels: a trie that grows with the levels). Within a level, states of one node and one sequence
// are one, and the numbers of paths that lead from them to the object add up. A node belongs to
// the level at which it is seen first, and to no other.
//
// Cost: one look at a hash table for each reference and another for each state.
#include "analysis/retaining_paths.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "analysis/node_label.h"
#include "base/hash.h"

namespace tidemark {
namespace {

constexpr std::uint32_t kNoState = 0xffffffffU;
constexpr std::uint32_t kAnyClass = 0xffffffffU;  // where a path begins, if not at a root group

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

struct State {
  std::uint32_t node;
  std::uint32_t next;      // a state one step nearer to the object, or kNoState
  std::uint32_t sequence;  // of labels, from this node to the object
  std::uint64_t paths;     // from here to the object, along these labels
};

// A sequence, and what stands in front of it.
struct Extension {
  std::uint32_t sequence;
  std::uint64_t front;  // packed label, or a node
  friend bool operator==(const Extension&, const Extension&) = default;
};

struct ExtensionHash {
  std::size_t operator()(const Extension& extension) const noexcept {
    return combine(mix(extension.front), extension.sequence);
  }
};

template <class Value>
using ByExtension = tsl::robin_map<Extension, Value, ExtensionHash>;

class Search {
 public:
  Search(const HeapGraph& graph, const Predecessors& predecessors, const ShortestPaths& shortest,
         Monitor& monitor, const RetainingPathLimits& limits, bool through_classes)
      : graph_(graph),
        predecessors_(predecessors),
        shortest_(shortest),
        monitor_(monitor),
        limits_(limits) {
    found_.through_classes = through_classes;
  }

  Result<RetainingPaths> run(std::uint32_t node);

 private:
  bool expand(std::uint32_t state);
  bool take_root_holders(std::uint32_t state, std::span<const std::uint32_t> holders);
  void step_back(std::uint32_t state, std::uint32_t holder);
  [[nodiscard]] bool is_namespace(std::uint32_t node) const;
  bool begin_at_class(std::uint32_t state);
  PathGroup* add_path(std::uint32_t state, std::uint32_t beginning);
  void complete(PathGroup& group, std::vector<std::uint32_t> head, std::uint32_t state);
  void finish_level();

  const HeapGraph& graph_;
  const Predecessors& predecessors_;
  const ShortestPaths& shortest_;
  Monitor& monitor_;
  RetainingPathLimits limits_;
  RetainingPaths found_;

  std::vector<State> states_;  // of all levels
  std::uint32_t level_ = 0;
  std::uint32_t sequence_count_ = 1;
  tsl::robin_map<std::uint32_t, std::uint32_t> level_of_;  // node -> level
  // Of the level that is being made, or found.
  ByExtension<std::uint32_t> sequences_;  // by sequence and label
  ByExtension<std::uint32_t> state_of_;   // by sequence and node
  ByExtension<std::size_t> group_of_;     // sequence and root group -> in found_.groups
  std::size_t level_groups_begin_ = 0;
  std::size_t certain_groups_ = 0;  // not conservative
};

Result<RetainingPaths> Search::run(std::uint32_t node) {
  states_.push_back({.node = node, .next = kNoState, .sequence = 0, .paths = 1});
  level_of_.emplace(node, 0);
  std::size_t level_begin = 0;
  while (level_begin < states_.size() && !found_.limited && certain_groups_ < limits_.groups) {
    const std::size_t level_end = states_.size();
    for (std::size_t state = level_begin; state < level_end && !found_.limited; ++state) {
      if (!expand(static_cast<std::uint32_t>(state))) {
        return fail(ErrorCode::kCancelled, "stopped while looking for paths from the roots");
      }
    }
    finish_level();
    level_begin = level_end;
  }
  std::ranges::stable_partition(found_.groups,
                                [](const PathGroup& group) { return !group.conservative; });
  if (found_.groups.size() > limits_.groups) found_.groups.resize(limits_.groups);
  return std::move(found_);
}

// False when cancelled.
bool Search::expand(std::uint32_t state) {
  constexpr std::uint32_t kPollMask = (1U << 10) - 1;
  const std::uint32_t node = states_[state].node;
  if ((state & kPollMask) == 0 && monitor_.cancelled()) return false;
  if (level_ != 0 && is_namespace(node) && begin_at_class(state)) return true;
  const auto holders =
      found_.through_classes ? predecessors_.all_to(node) : predecessors_.references_to(node);
  const bool held_by_root = take_root_holders(state, holders);
  if (held_by_root && level_ != 0) return true;
  std::uint32_t last = kNoState;
  for (const std::uint32_t holder : holders) {
    if (found_.references++ >= limits_.references) {
      found_.limited = true;
      break;
    }
    if (holder == last || !graph_.is_object(holder)) continue;
    last = holder;
    step_back(state, holder);
  }
  return true;
}

bool Search::is_namespace(std::uint32_t node) const {
  return graph_.role(node) == Role::kClass && (graph_.flags[node] & kSingleton) == 0;
}

// False when the shortest way to the class leads through the object that is asked about: then it
// is no answer.
bool Search::begin_at_class(std::uint32_t state) {
  const std::uint32_t node = states_[state].node;
  std::vector<std::uint32_t> head = shortest_.path_to(node);
  if (head.empty() || std::ranges::find(head, states_.front().node) != head.end()) return false;
  PathGroup* const fresh = add_path(state, kAnyClass);
  if (fresh != nullptr) complete(*fresh, std::move(head), states_[state].next);
  return true;
}

// Root groups have the smallest numbers, so they come first. True when one of them is certain.
bool Search::take_root_holders(std::uint32_t state, std::span<const std::uint32_t> holders) {
  bool certain = false;
  std::uint32_t last = kNoState;
  for (const std::uint32_t holder : holders) {
    if (graph_.is_object(holder)) break;
    if (holder == last) continue;
    last = holder;
    certain |= (graph_.flags[holder] & kConservative) == 0;
    PathGroup* const fresh = add_path(state, holder);
    if (fresh == nullptr) continue;
    const bool is_root = holder == kRootNode.value;
    complete(*fresh, is_root ? std::vector{holder} : std::vector{kRootNode.value, holder}, state);
  }
  return certain;
}

void Search::step_back(std::uint32_t state, std::uint32_t holder) {
  if (level_of_.emplace(holder, level_ + 1).first->second != level_ + 1) return;
  const State from = states_[state];
  const auto sequence = sequences_.emplace(
      Extension{from.sequence, label_of(graph_, holder).packed()}, sequence_count_);
  if (sequence.second) ++sequence_count_;
  const auto place = state_of_.emplace(Extension{sequence.first->second, holder},
                                       static_cast<std::uint32_t>(states_.size()));
  if (place.second) {
    states_.push_back(
        {.node = holder, .next = state, .sequence = sequence.first->second, .paths = from.paths});
  } else {
    State& known = states_[place.first->second];
    known.paths = saturating_add(known.paths, from.paths);
  }
}

// Counts the paths of a state. Returns the group when it is new and needs an example.
PathGroup* Search::add_path(std::uint32_t state, std::uint32_t beginning) {
  const auto place =
      group_of_.emplace(Extension{states_[state].sequence, beginning}, found_.groups.size());
  if (place.second) found_.groups.emplace_back();
  PathGroup& group = found_.groups[place.first->second];
  group.paths = saturating_add(group.paths, states_[state].paths);
  return place.second ? &group : nullptr;
}

void Search::complete(PathGroup& group, std::vector<std::uint32_t> head, std::uint32_t state) {
  group.example = std::move(head);
  group.first = static_cast<std::uint32_t>(group.example.size() - 1);
  for (std::uint32_t at = state; at != kNoState; at = states_[at].next) {
    group.example.push_back(states_[at].node);
  }
  group.conservative = (graph_.flags[group.example[1]] & kConservative) != 0;
  if (!group.conservative) ++certain_groups_;
}

void Search::finish_level() {
  const auto begin = found_.groups.begin() + static_cast<std::ptrdiff_t>(level_groups_begin_);
  std::stable_sort(begin, found_.groups.end(), [](const PathGroup& a, const PathGroup& b) {
    return a.paths != b.paths ? a.paths > b.paths : a.example.size() < b.example.size();
  });
  level_groups_begin_ = found_.groups.size();
  // New tables: clearing costs what the largest level before has cost.
  sequences_ = {};
  state_of_ = {};
  group_of_ = {};
  ++level_;
}

}  // namespace

Result<RetainingPaths> find_retaining_paths(const HeapGraph& graph,
                                            const Predecessors& predecessors,
                                            const ShortestPaths& shortest, std::uint32_t node,
                                            Monitor& monitor, const RetainingPathLimits& limits) {
  auto paths = Search(graph, predecessors, shortest, monitor, limits, false).run(node);
  if (!paths || !paths->groups.empty()) return paths;
  auto through_classes = Search(graph, predecessors, shortest, monitor, limits, true).run(node);
  if (!through_classes) return through_classes;
  through_classes->references += paths->references;
  through_classes->through_classes = !through_classes->groups.empty();
  return through_classes;
}

Result<RetainingPaths> find_retaining_paths(const HeapGraph& graph,
                                            const Predecessors& predecessors, std::uint32_t node,
                                            Monitor& monitor, const RetainingPathLimits& limits) {
  const auto shortest = find_shortest_paths(graph, monitor);
  if (!shortest) return std::unexpected(shortest.error());
  return find_retaining_paths(graph, predecessors, *shortest, node, monitor, limits);
}

}  // namespace tidemark
