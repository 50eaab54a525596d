#include "formats/v8_snapshot/rules.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/threads.h"
#include "heap/weak_pair.h"

namespace tidemark::v8 {
namespace {

constexpr std::string_view kDomTrees = "(Document DOM trees)";

bool is_weak(EdgeLabel label) { return label.type() == EdgeType::kWeak; }

// Ordinals in the order of ids, the root first; a repeated id keeps the order of the file.
std::vector<std::uint32_t> order_of_ids(const Snapshot& snapshot) {
  std::vector<std::uint64_t> keys(snapshot.nodes);
  for (std::uint32_t i = 0; i < snapshot.nodes; ++i) {
    keys[i] = (std::uint64_t{i == 0 ? 0 : snapshot.id[i]} << 32) | i;
  }
  if (!std::ranges::is_sorted(keys)) {
    constexpr unsigned kDigit = 11;
    std::vector<std::uint64_t> other(keys.size());
    for (unsigned shift = 32; shift < 64; shift += kDigit) {
      std::vector<std::size_t> place((std::size_t{1} << kDigit) + 1);
      const auto digit = [&](std::uint64_t key) {
        return (key >> shift) & ((std::uint64_t{1} << kDigit) - 1);
      };
      for (const std::uint64_t key : keys) ++place[digit(key) + 1];
      std::partial_sum(place.begin(), place.end(), place.begin());
      for (const std::uint64_t key : keys) other[place[digit(key)]++] = key;
      keys.swap(other);
    }
  }
  std::vector<std::uint32_t> order(keys.size());
  std::ranges::transform(keys, order.begin(),
                         [](std::uint64_t key) { return static_cast<std::uint32_t>(key); });
  return order;
}

// A node whose id another one has already, or whose id is 0, gets one that nobody has.
void make_ids_unique(SortedSnapshot& sorted) {
  std::uint32_t before = 0;
  for (std::uint32_t node = 1; node < sorted.nodes; ++node) {
    if (sorted.id[node] <= before) {
      sorted.id[node] = before + 1;
      ++sorted.repeated_ids;
    }
    before = sorted.id[node];
  }
}

template <class T>
Buffer<T> in_order(Buffer<T>& column, std::span<const std::uint32_t> order) {
  Buffer<T> sorted(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = column[order[i]];
  column = {};
  return sorted;
}

void move_edges(Snapshot& snapshot, SortedSnapshot& sorted, std::span<const std::uint32_t> order,
                unsigned threads) {
  sorted.edge_begin = Buffer<std::uint32_t>(std::size_t{sorted.nodes} + 1);
  std::uint32_t total = 0;
  for (std::uint32_t node = 0; node < sorted.nodes; ++node) {
    sorted.edge_begin[node] = total;
    total += snapshot.edge_begin[order[node] + 1] - snapshot.edge_begin[order[node]];
  }
  sorted.edge_begin[sorted.nodes] = total;
  sorted.edge_label = Buffer<std::uint32_t>(total);
  const auto each = [&](const auto& move) {
    parallel_slices(threads, sorted.nodes, [&](unsigned, std::size_t begin, std::size_t end) {
      for (std::size_t node = begin; node < end; ++node) {
        move(snapshot.edge_begin[order[node]], snapshot.edge_begin[order[node] + 1],
             sorted.edge_begin[node]);
      }
    });
  };
  each([&](std::uint32_t from, std::uint32_t end, std::uint32_t to) {
    while (from < end) sorted.edge_label[to++] = snapshot.edge_label[from++];
  });
  snapshot.edge_label = {};
  sorted.edge_target = Buffer<std::uint32_t>(total);
  each([&](std::uint32_t from, std::uint32_t end, std::uint32_t to) {
    while (from < end) sorted.edge_target[to++] = sorted.node_of[snapshot.edge_target[from++]];
  });
  snapshot.edge_target = {};
  snapshot.edge_begin = {};
}

// What the page itself holds, not the browser: all that the root's shortcuts and documents reach.
std::vector<bool> page_owned(const SortedSnapshot& s) {
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
bool has_user_root(const SortedSnapshot& s) {
  for (std::uint32_t e = s.edge_begin[0]; e < s.edge_begin[1]; ++e) {
    const std::uint32_t target = s.edge_target[e];
    if (s.type[target] != NodeType::kSynthetic || s.name_of(target) == kDomTrees) return true;
  }
  return false;
}

}  // namespace

SortedSnapshot sort_by_id(Snapshot& snapshot, unsigned threads) {
  SortedSnapshot sorted;
  sorted.nodes = snapshot.nodes;
  sorted.strings = snapshot.strings;
  const std::vector<std::uint32_t> order = order_of_ids(snapshot);
  sorted.node_of = Buffer<std::uint32_t>(snapshot.nodes);
  for (std::uint32_t node = 0; node < snapshot.nodes; ++node) sorted.node_of[order[node]] = node;
  move_edges(snapshot, sorted, order, threads);
  sorted.type = in_order(snapshot.type, order);
  sorted.name = in_order(snapshot.name, order);
  sorted.id = in_order(snapshot.id, order);
  if (!snapshot.detached.empty()) sorted.detached = in_order(snapshot.detached, order);
  sorted.size.resize(snapshot.nodes);
  for (std::uint32_t node = 0; node < snapshot.nodes; ++node) {
    sorted.size[node] = snapshot.self_size[order[node]];
  }
  for (const auto& [ordinal, bytes] : snapshot.large_sizes) {
    sorted.size[sorted.node_of[ordinal]] = bytes;
  }
  snapshot.self_size = {};
  make_ids_unique(sorted);
  return sorted;
}

void propagate_detachedness(SortedSnapshot& s) {
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

Buffer<std::uint32_t> part_essential_edges(SortedSnapshot& s, unsigned threads) {
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

void transfer_sizes(SortedSnapshot& s) {
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
    s.size[whose] += std::exchange(s.size[node], 0);
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
