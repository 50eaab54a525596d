// Growth by path: which places in the object graph hold more objects at every step.
//
// After BLeak (Vilk and Berger, PLDI 2018) and LeakCanary's growth detector. Each heap is walked
// breadth first from its roots. An object is named by its shortest path, and a path by the classes
// on it: all elements of one collection that are of one class have one path. These names
// survive restarts and compaction, where addresses do not. A path grows if it holds more objects
// at each dump than at the one before; of a growing subtree only the topmost paths are reported.
//
// Chains are folded: where a path would repeat one of its last steps (list nodes, trees), the
// object joins the earlier one. Edges to an object's class are not followed, and what only a
// conservative root reaches comes last. Cost: one hash look-up an object, 8 bytes a node while a
// heap is walked.
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "base/column.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

using PathId = std::uint32_t;
inline constexpr PathId kNoPath = 0xffffffffU;

struct PathTotals {
  std::uint64_t count = 0;          // objects at this path
  std::uint64_t bytes = 0;          // their shallow bytes
  std::uint64_t subtree_bytes = 0;  // with all paths below
};

struct GrowingPlace {
  PathId holder = kNoPath;            // the path that does not grow itself
  std::vector<PathId> members;        // its growing children, most growth first
  std::vector<std::uint64_t> counts;  // of the first member, at each dump
  std::vector<std::uint64_t> bytes;   // of all members with what is below them, at each dump
};

class PathGrowth {
 public:
  PathGrowth() = default;

  // Walks one heap; heaps of one Vocabulary, in the order of time. Errors: kCancelled.
  Result<void> add(const HeapGraph& graph, Monitor& monitor);

  // Places that grew at every step, most growth in bytes first. Needs two heaps or more.
  [[nodiscard]] std::vector<GrowingPlace> growing() const;

  // The path of each node of the heap added last; kNoPath for what no path reaches.
  [[nodiscard]] const Buffer<PathId>& paths() const { return paths_; }
  void forget_paths() { paths_ = {}; }  // to save memory where another heap comes
  [[nodiscard]] std::vector<std::uint64_t> counts(PathId path) const;
  [[nodiscard]] std::size_t heaps() const { return totals_.size(); }
  [[nodiscard]] PathId parent(PathId path) const { return nodes_[path].parent; }

 private:
  struct Node {
    PathId parent = kNoPath;
    std::uint64_t label = 0;
  };
  struct Key {
    std::uint64_t label;
    PathId parent;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };

  PathId child(PathId parent, std::uint64_t label);
  [[nodiscard]] bool grows(PathId path) const;
  [[nodiscard]] const PathTotals& total(std::size_t heap, PathId path) const;

  std::vector<Node> nodes_;  // parents come before children
  tsl::robin_map<Key, PathId, KeyHash> ids_;
  std::vector<std::vector<PathTotals>> totals_;  // by heap, then path
  Buffer<PathId> paths_;
};

}  // namespace tidemark
