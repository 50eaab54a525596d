#include "analysis/accumulators.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace tidemark {
namespace {

constexpr std::uint64_t kLeastMembers = 8;
constexpr std::uint64_t kLeastChain = 50;

bool can_be_suspect(const HeapGraph& graph, std::uint32_t node) {
  if (!graph.is_object(node) || (graph.flags[node] & kOverhead) != 0) return false;
  switch (graph.role(node)) {
    case Role::kRoot:
    case Role::kClass:
    case Role::kCode:
    case Role::kInternal:
      return false;
    default:
      return true;
  }
}

// A node that retains enough to be looked at.
struct Candidate {
  std::uint32_t node;
  std::uint32_t largest_child = 0;
  std::uint64_t largest_child_retained = 0;
};

// Children of one candidate that are of one class and type.
struct Members {
  std::uint64_t count = 0;
  std::uint64_t retained = 0;
  std::uint32_t example = 0;
  AgeSpread ages;
};

class Finder {
 public:
  Finder(const HeapGraph& graph, const Dominators& dominators, const AccumulatorLimits& limits)
      : graph_(graph),
        dominators_(dominators),
        generations_(generation_range(graph)),
        threshold_(std::max(
            limits.least_bytes,
            static_cast<std::uint64_t>(limits.least_share *
                                       static_cast<double>(dominators.reachable_bytes)))) {}

  std::vector<Accumulator> run() {
    collect_candidates();
    find_collections();
    find_chains();
    return outermost();
  }

 private:
  void collect_candidates();
  void find_collections();
  void find_chains();
  void add_collection(const Candidate& candidate,
                      const tsl::robin_map<std::uint64_t, Members>& groups);
  std::vector<Accumulator> outermost();

  [[nodiscard]] bool divides(const Candidate& candidate) const {
    constexpr double kBigDrop = 0.7;
    return static_cast<double>(candidate.largest_child_retained) <
           kBigDrop * static_cast<double>(dominators_.retained[candidate.node]);
  }
  [[nodiscard]] std::uint64_t group_key(std::uint32_t node) const {
    return (std::uint64_t{graph_.class_id[node].value} << 8) | graph_.kind[node];
  }

  const HeapGraph& graph_;
  const Dominators& dominators_;
  GenerationRange generations_;
  std::uint64_t threshold_;
  std::vector<Candidate> candidates_;
  tsl::robin_map<std::uint32_t, std::size_t> position_;  // node -> in candidates_
  std::vector<Accumulator> found_;
};

void Finder::collect_candidates() {
  for (const std::uint32_t node : dominators_.order) {
    const std::uint64_t retained = dominators_.retained[node];
    if (retained < threshold_) continue;
    if (const auto parent = position_.find(dominators_.idom[node]); parent != position_.end()) {
      Candidate& holder = candidates_[parent->second];
      if (retained > holder.largest_child_retained) {
        holder.largest_child = node;
        holder.largest_child_retained = retained;
      }
    }
    position_.emplace(node, candidates_.size());
    candidates_.push_back({.node = node});
  }
}

void Finder::find_collections() {
  // Groups of children, only for candidates where the memory divides.
  std::vector<std::unique_ptr<tsl::robin_map<std::uint64_t, Members>>> groups(candidates_.size());
  for (const std::uint32_t node : dominators_.order) {
    const auto parent = position_.find(dominators_.idom[node]);
    if (parent == position_.end() || node == kRootNode.value) continue;
    const Candidate& candidate = candidates_[parent->second];
    if (!can_be_suspect(graph_, candidate.node) || !divides(candidate)) continue;
    auto& of_candidate = groups[parent->second];
    if (!of_candidate) of_candidate = std::make_unique<tsl::robin_map<std::uint64_t, Members>>();
    Members& members = (*of_candidate)[group_key(node)];
    const std::uint64_t retained = dominators_.retained[node];
    if (members.count++ == 0 || retained > dominators_.retained[members.example]) {
      members.example = node;
    }
    members.retained += retained;
    generations_.add(members.ages, graph_.generation_of(node));
  }
  const tsl::robin_map<std::uint64_t, Members> none;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    add_collection(candidates_[i], groups[i] ? *groups[i] : none);
  }
}

void Finder::add_collection(const Candidate& candidate,
                            const tsl::robin_map<std::uint64_t, Members>& groups) {
  if (!can_be_suspect(graph_, candidate.node)) return;
  const std::uint64_t retained = dominators_.retained[candidate.node];
  const std::uint64_t own = graph_.shallow(candidate.node);
  Accumulator found{.node = candidate.node, .retained = retained};
  const Members* most = nullptr;
  for (const auto& [key, members] : groups) {
    if (most != nullptr && members.retained <= most->retained) continue;
    most = &members;
    found.member_class = ClassId(static_cast<std::uint32_t>(key >> 8));
    found.member_kind = static_cast<std::uint8_t>(key & 0xff);
  }
  const bool alike = most != nullptr && most->count >= kLeastMembers &&
                     most->retained * 2 >= retained - std::min(own, retained);
  const bool large_itself = own * 2 >= retained;
  if (alike && !large_itself) {
    found.members = most->count;
    found.members_retained = most->retained;
    found.example = most->example;
    found.ages = most->ages;
  } else if (large_itself) {
    // A collection's own table is part of it; with members of one class it is a collection still.
    if (!alike) found.member_class = ClassId::none();
    if (alike) {
      found.members = most->count;
      found.members_retained = most->retained;
      found.example = most->example;
      found.ages = most->ages;
    }
  } else {
    return;
  }
  found_.push_back(found);
}

// Lists: every node's largest child is of the node's own class and holds nearly all of the rest.
void Finder::find_chains() {
  std::vector<Accumulator> chains;
  tsl::robin_map<std::uint32_t, std::size_t> tails;  // last link so far -> in `chains`
  for (const Candidate& head : candidates_) {
    if (!can_be_suspect(graph_, head.node)) continue;
    const std::uint64_t key = group_key(head.node);
    const std::uint32_t above = dominators_.idom[head.node];
    if (group_key(above) == key) continue;  // not the head
    Accumulator found{.node = head.node, .retained = dominators_.retained[head.node]};
    const Candidate* link = &head;
    for (;;) {
      ++found.members;
      generations_.add(found.ages, graph_.generation_of(link->node));
      const auto next = position_.find(link->largest_child);
      if (link->largest_child == 0 || next == position_.end() ||
          group_key(link->largest_child) != key) {
        break;
      }
      link = &candidates_[next->second];
    }
    tails.emplace(link->node, chains.size());
    found.member_class = graph_.class_id[head.node];
    found.member_kind = graph_.kind[head.node];
    found.members_retained = found.retained;
    found.example = head.node;
    found.chain = true;
    chains.push_back(found);
  }
  // The end of a list is too small to be a candidate. A parent comes before its children.
  for (const std::uint32_t node : dominators_.order) {
    if (tails.empty()) break;
    const auto tail = tails.find(dominators_.idom[node]);
    if (tail == tails.end() || node == kRootNode.value) continue;
    Accumulator& chain = chains[tail->second];
    if (group_key(node) != group_key(chain.node) || position_.contains(node)) continue;
    const std::size_t number = tail->second;
    tails.erase(tail);
    tails.emplace(node, number);
    ++chain.members;
    generations_.add(chain.ages, graph_.generation_of(node));
  }
  std::ranges::copy_if(chains, std::back_inserter(found_),
                       [](const Accumulator& chain) { return chain.members >= kLeastChain; });
}

std::vector<Accumulator> Finder::outermost() {
  std::ranges::sort(found_, [](const Accumulator& a, const Accumulator& b) {
    return a.retained != b.retained ? a.retained > b.retained : a.node < b.node;
  });
  // A chain of dominators may be a million long: every candidate learns from its nearest one.
  std::vector<std::uint8_t> covered(candidates_.size());
  std::vector<std::uint8_t> is_found(candidates_.size());
  for (const Accumulator& found : found_) is_found[position_.at(found.node)] = 1;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto parent = position_.find(dominators_.idom[candidates_[i].node]);
    if (parent == position_.end() || parent->second >= i) continue;
    covered[i] = covered[parent->second] | is_found[parent->second];
  }
  std::vector<Accumulator> result;
  for (const Accumulator& found : found_) {
    const std::size_t place = position_.at(found.node);
    if (covered[place] == 0 && is_found[place] != 2) {
      is_found[place] = 2;  // a head that is collection and chain at once is one suspect
      result.push_back(found);
    }
  }
  return result;
}

}  // namespace

GenerationRange generation_range(const HeapGraph& graph) {
  GenerationRange range;
  for (const std::uint32_t generation : graph.generation) {
    if (generation == kNoGeneration) continue;
    range.first = range.known ? std::min(range.first, generation) : generation;
    range.last = range.known ? std::max(range.last, generation) : generation;
    range.known = true;
  }
  return range;
}

std::vector<Accumulator> find_accumulators(const HeapGraph& graph, const Dominators& dominators,
                                           const AccumulatorLimits& limits) {
  return Finder(graph, dominators, limits).run();
}

}  // namespace tidemark
