#include "formats/v8_snapshot/rules.h"

#include <algorithm>
#include <array>

#include "base/threads.h"
#include "heap/weak_pair.h"

namespace tidemark::v8 {
namespace {

constexpr std::string_view kDomTrees = "(Document DOM trees)";

bool is_weak(EdgeLabel label) { return label.type() == EdgeType::kWeak; }

// What the page itself holds, not the browser: all that the root's shortcuts and documents reach.
std::vector<bool> page_owned(const Snapshot& s) {
  std::vector<bool> owned(s.nodes);
  std::vector<std::uint32_t> todo;
  const auto reach = [&](std::uint32_t node) {
    if (owned[node]) return;
    owned[node] = true;
    todo.push_back(node);
  };
  for (std::uint32_t e = s.edge_begin[0]; e < s.edge_begin[1]; ++e) {
    const EdgeType type = s.label(e).type();
    const std::uint32_t target = s.edge_target[e];
    const bool documents = type == EdgeType::kElement && s.type[target] == NodeType::kSynthetic &&
                           s.name_of(target) == kDomTrees;
    if (type == EdgeType::kShortcut || documents) reach(target);
  }
  while (!todo.empty()) {
    const std::uint32_t node = todo.back();
    todo.pop_back();
    for (std::uint32_t e = s.edge_begin[node]; e < s.edge_begin[node + 1]; ++e) {
      if (!is_weak(s.label(e))) reach(s.edge_target[e]);
    }
  }
  return owned;
}

// Does a child of the root stand for the program itself, not for V8's bookkeeping?
bool has_user_root(const Snapshot& s) {
  for (std::uint32_t e = s.edge_begin[0]; e < s.edge_begin[1]; ++e) {
    const std::uint32_t target = s.edge_target[e];
    if (s.type[target] != NodeType::kSynthetic || s.name_of(target) == kDomTrees) return true;
  }
  return false;
}

}  // namespace

void propagate_detachedness(Snapshot& s) {
  constexpr std::uint8_t kUnknown = 0;
  constexpr std::uint8_t kAttached = 1;
  constexpr std::uint8_t kDetached = 2;
  if (s.detached.empty()) {
    s.detached = Buffer<std::uint8_t>::zeroed(s.nodes);
    for (std::uint32_t node = 0; node < s.nodes; ++node) {
      const bool named =
          s.type[node] == NodeType::kNative && s.name_of(node).starts_with("Detached ");
      if (named) s.detached[node] = kDetached;
    }
    return;
  }
  std::vector<bool> done(s.nodes);
  std::array<std::vector<std::uint32_t>, 3> todo;  // by state
  // JavaScript objects neither have a state nor pass one on: whatever they lead to knows its own.
  const auto reach = [&](std::uint32_t node, std::uint8_t state) {
    if (done[node]) return;
    done[node] = true;
    const bool native = s.type[node] == NodeType::kNative;
    s.detached[node] = native ? state : kUnknown;
    if (native) todo[state].push_back(node);
  };
  for (std::uint32_t node = 0; node < s.nodes; ++node) {
    if (s.detached[node] > kDetached) s.detached[node] = kUnknown;
    if (s.detached[node] != kUnknown) reach(node, s.detached[node]);
  }
  for (const std::uint8_t state : {kAttached, kDetached}) {
    while (!todo[state].empty()) {
      const std::uint32_t node = todo[state].back();
      todo[state].pop_back();
      for (std::uint32_t e = s.edge_begin[node]; e < s.edge_begin[node + 1]; ++e) {
        const EdgeType type = s.label(e).type();
        const bool leads =
            type != EdgeType::kHidden && type != EdgeType::kWeak && type != EdgeType::kOther;
        if (leads) reach(s.edge_target[e], state);
      }
    }
  }
}

Buffer<std::uint32_t> part_essential_edges(Snapshot& s, unsigned threads) {
  const std::vector<bool> owned = page_owned(s);
  const WeakPairs pairs(*s.strings);
  const auto is_essential = [&](std::uint32_t from, std::uint32_t e) {
    const EdgeLabel label = s.label(e);
    const std::uint32_t to = s.edge_target[e];
    if (is_weak(label) || label.type() == EdgeType::kOther || from == to) return false;
    if (label.type() == EdgeType::kInternal && pairs.table_of(label) == s.id[from]) return false;
    if (from == 0) return true;
    return label.type() != EdgeType::kShortcut && (owned[from] || !owned[to]);
  };
  Buffer<std::uint32_t> strong_end(s.nodes);
  parallel_slices(threads, s.nodes, [&](unsigned, std::size_t begin, std::size_t end) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> others;  // label, target
    for (auto node = static_cast<std::uint32_t>(begin); node < end; ++node) {
      others.clear();
      std::uint32_t place = s.edge_begin[node];
      for (std::uint32_t e = place; e < s.edge_begin[node + 1]; ++e) {
        if (is_essential(node, e)) {
          s.edge_label[place] = s.edge_label[e];
          s.edge_target[place++] = s.edge_target[e];
        } else {
          others.emplace_back(s.edge_label[e], s.edge_target[e]);
        }
      }
      strong_end[node] = place;
      for (const auto& [label, target] : others) {
        s.edge_label[place] = label;
        s.edge_target[place++] = target;
      }
    }
  });
  return strong_end;
}

void transfer_sizes(Snapshot& s) {
  constexpr std::uint32_t kNobody = 0xffffffffU;
  constexpr std::uint32_t kSeveral = 0xfffffffeU;
  if (!has_user_root(s)) return;
  Buffer<std::uint32_t> owner(s.nodes);
  std::vector<std::uint32_t> todo;
  for (std::uint32_t node = 0; node < s.nodes; ++node) {
    const NodeType type = s.type[node];
    const bool owned =
        type == NodeType::kHidden || type == NodeType::kArray ||
        (type == NodeType::kNative && s.name_of(node) == "system / ExternalStringData");
    owner[node] = owned ? kNobody : node;
    if (!owned) todo.push_back(node);
  }
  while (!todo.empty()) {
    const std::uint32_t node = todo.back();
    todo.pop_back();
    const std::uint32_t mine = owner[node];
    for (std::uint32_t e = s.edge_begin[node]; e < s.edge_begin[node + 1]; ++e) {
      if (is_weak(s.label(e))) continue;
      const std::uint32_t target = s.edge_target[e];
      const std::uint32_t known = owner[target];
      if (known == target || known == mine || known == kSeveral) continue;
      owner[target] = known == kNobody ? mine : kSeveral;
      todo.push_back(target);
    }
  }
  for (std::uint32_t node = 0; node < s.nodes; ++node) {
    const std::uint32_t whose = owner[node];
    if (whose == kNobody || whose == kSeveral || whose == node) continue;
    if (whose == 0 || s.type[whose] == NodeType::kSynthetic) continue;
    s.size.set(whose, s.size.of(whose) + s.size.of(node));
    s.size.set(node, 0);
  }
}

WeakPairs::WeakPairs(const TextTable& strings) {
  for (std::uint32_t number = 0; number < strings.size(); ++number) {
    const auto pair = parse_weak_pair(strings[number]);
    if (!pair) continue;
    is_pair_.resize(strings.size());
    is_pair_[number] = true;
    tables_.emplace_back(number, pair->table);
  }
}

std::uint32_t WeakPairs::table_of(EdgeLabel label) const {
  if (label.what() >= is_pair_.size() || !is_pair_[label.what()]) return 0;
  const auto place = std::ranges::lower_bound(tables_, label.what(), {},
                                              &std::pair<std::uint32_t, std::uint32_t>::first);
  return place != tables_.end() && place->first == label.what() ? place->second : 0;
}

}  // namespace tidemark::v8
