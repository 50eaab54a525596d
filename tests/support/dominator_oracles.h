// Three other ways to immediate dominators, written from their definitions to check and to race
// against: simple Lengauer-Tarjan, Cooper-Harvey-Kennedy, and the meaning of the word.
//
// Each returns the immediate dominator by node: the root's is the root, and 0xffffffff stands for
// what the root, node 0, does not reach.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "heap/graph.h"

namespace tidemark::oracle {

inline constexpr std::uint32_t kNone = 0xffffffffU;

// What the root reaches without stepping on `removed`.
inline std::vector<bool> reachable_without(const HeapGraph& graph, std::uint32_t removed) {
  std::vector<bool> seen(graph.node_count());
  std::vector<std::uint32_t> stack;
  if (removed != 0) {
    seen[0] = true;
    stack.push_back(0);
  }
  while (!stack.empty()) {
    const std::uint32_t node = stack.back();
    stack.pop_back();
    for (const std::uint32_t child : graph.edges(node)) {
      if (child == removed || seen[child]) continue;
      seen[child] = true;
      stack.push_back(child);
    }
  }
  return seen;
}

// By definition: d dominates v when v is lost without d. Of v's dominators, the nearest is
// the one that itself has the most. Quadratic; for graphs of some dozens of nodes.
inline std::vector<std::uint32_t> dominators_by_definition(const HeapGraph& graph) {
  const std::uint32_t count = graph.node_count();
  const std::vector<bool> live = reachable_without(graph, kNone);
  std::vector<std::vector<bool>> lost_without(count);
  std::vector<std::uint32_t> depth(count, 0);
  for (std::uint32_t d = 0; d < count; ++d) {
    const std::vector<bool> left = reachable_without(graph, d);
    lost_without[d].resize(count);
    for (std::uint32_t v = 0; v < count; ++v) {
      lost_without[d][v] = live[d] && live[v] && !left[v];
      if (lost_without[d][v]) ++depth[v];
    }
  }
  std::vector<std::uint32_t> idom(count, kNone);
  for (std::uint32_t v = 0; v < count; ++v) {
    if (!live[v]) continue;
    idom[v] = 0;
    for (std::uint32_t d = 0; d < count; ++d) {
      if (d != v && lost_without[d][v] && depth[d] > depth[idom[v]]) idom[v] = d;
    }
  }
  return idom;
}

// A depth-first search with a stack of iterators, and all predecessors, both by number.
struct Numbering {
  explicit Numbering(const HeapGraph& graph) : number(graph.node_count(), kNone) {
    visit_all(graph);
    collect_predecessors(graph);
  }

  std::vector<std::uint32_t> number;      // by node
  std::vector<std::uint32_t> node;        // by number
  std::vector<std::uint32_t> parent;      // by number
  std::vector<std::uint32_t> postorder;   // numbers
  std::vector<std::uint32_t> pred_begin;  // by number
  std::vector<std::uint32_t> preds;

 private:
  void visit_all(const HeapGraph& graph) {
    struct Frame {
      std::uint32_t number;
      std::uint32_t next;
    };
    std::vector<Frame> frames;
    const auto enter = [&](std::uint32_t v, std::uint32_t from) {
      number[v] = static_cast<std::uint32_t>(node.size());
      frames.push_back({.number = number[v], .next = 0});
      node.push_back(v);
      parent.push_back(from);
    };
    enter(0, 0);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const auto edges = graph.edges(node[frame.number]);
      if (frame.next == edges.size()) {
        postorder.push_back(frame.number);
        frames.pop_back();
        continue;
      }
      const std::uint32_t child = edges[frame.next++];
      if (number[child] == kNone) enter(child, frame.number);
    }
  }

  void collect_predecessors(const HeapGraph& graph) {
    const auto count = static_cast<std::uint32_t>(node.size());
    pred_begin.assign(count + 1, 0);
    for (std::uint32_t u = 0; u < count; ++u) {
      for (const std::uint32_t child : graph.edges(node[u])) ++pred_begin[number[child] + 1];
    }
    for (std::uint32_t v = 0; v < count; ++v) pred_begin[v + 1] += pred_begin[v];
    preds.resize(pred_begin[count]);
    std::vector<std::uint32_t> place(pred_begin.begin(), pred_begin.end() - 1);
    for (std::uint32_t u = 0; u < count; ++u) {
      for (const std::uint32_t child : graph.edges(node[u])) preds[place[number[child]]++] = u;
    }
  }
};

inline std::vector<std::uint32_t> to_nodes(const Numbering& numbering,
                                           const std::vector<std::uint32_t>& idom) {
  std::vector<std::uint32_t> by_node(numbering.number.size(), kNone);
  for (std::size_t v = 0; v < idom.size(); ++v) {
    by_node[numbering.node[v]] = numbering.node[idom[v]];
  }
  return by_node;
}

// Lengauer and Tarjan 1979, the simple variant: path compression, no balancing.
class LengauerTarjan {
 public:
  explicit LengauerTarjan(const HeapGraph& graph)
      : numbering_(graph), count_(static_cast<std::uint32_t>(numbering_.node.size())) {
    ancestor_.assign(count_, kNone);
    bucket_.assign(count_, kNone);
    next_.assign(count_, kNone);
    idom_.assign(count_, 0);
    for (std::uint32_t v = 0; v < count_; ++v) {
      semi_.push_back(v);
      label_.push_back(v);
    }
  }

  std::vector<std::uint32_t> run() {
    for (std::uint32_t w = count_; w-- > 1;) {
      for (std::uint32_t i = numbering_.pred_begin[w]; i < numbering_.pred_begin[w + 1]; ++i) {
        semi_[w] = std::min(semi_[w], semi_[evaluate(numbering_.preds[i])]);
      }
      next_[w] = std::exchange(bucket_[semi_[w]], w);
      const std::uint32_t parent = numbering_.parent[w];
      ancestor_[w] = parent;
      for (std::uint32_t v = std::exchange(bucket_[parent], kNone); v != kNone; v = next_[v]) {
        const std::uint32_t u = evaluate(v);
        idom_[v] = semi_[u] < semi_[v] ? u : parent;
      }
    }
    for (std::uint32_t w = 1; w < count_; ++w) {
      if (idom_[w] != semi_[w]) idom_[w] = idom_[idom_[w]];
    }
    return to_nodes(numbering_, idom_);
  }

 private:
  std::uint32_t evaluate(std::uint32_t v) {
    if (ancestor_[v] == kNone) return v;
    path_.clear();
    std::uint32_t top = v;
    while (ancestor_[ancestor_[top]] != kNone) {
      path_.push_back(top);
      top = ancestor_[top];
    }
    while (!path_.empty()) {
      const std::uint32_t here = path_.back();
      path_.pop_back();
      const std::uint32_t above = ancestor_[here];
      if (semi_[label_[above]] < semi_[label_[here]]) label_[here] = label_[above];
      ancestor_[here] = ancestor_[above];
    }
    return label_[v];
  }

  Numbering numbering_;
  std::uint32_t count_;
  std::vector<std::uint32_t> semi_, label_, ancestor_, bucket_, next_, idom_, path_;
};

inline std::vector<std::uint32_t> lengauer_tarjan(const HeapGraph& graph) {
  return LengauerTarjan(graph).run();
}

// Cooper, Harvey and Kennedy 2001: iterate over reverse postorder until nothing changes.
inline std::vector<std::uint32_t> cooper_harvey_kennedy(const HeapGraph& graph) {
  const Numbering numbering(graph);
  const auto count = static_cast<std::uint32_t>(numbering.node.size());
  std::vector<std::uint32_t> rank(count);  // place in postorder, by number
  for (std::uint32_t i = 0; i < count; ++i) rank[numbering.postorder[i]] = i;
  std::vector<std::uint32_t> idom(count, kNone);
  idom[0] = 0;
  const auto meet = [&](std::uint32_t a, std::uint32_t b) {
    while (a != b) {
      while (rank[a] < rank[b]) a = idom[a];
      while (rank[b] < rank[a]) b = idom[b];
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t i = count - 1; i-- > 0;) {
      const std::uint32_t v = numbering.postorder[i];
      std::uint32_t nearest = kNone;
      for (std::uint32_t p = numbering.pred_begin[v]; p < numbering.pred_begin[v + 1]; ++p) {
        const std::uint32_t pred = numbering.preds[p];
        if (idom[pred] == kNone) continue;
        nearest = nearest == kNone ? pred : meet(pred, nearest);
      }
      changed |= std::exchange(idom[v], nearest) != nearest;
    }
  }
  return to_nodes(numbering, idom);
}

}  // namespace tidemark::oracle
