// The different ways in which one object is held, from the roots down to it.
//
// An object in a list of a thousand entries has a thousand paths that say the same. Paths are
// merged when their nodes have the same labels (see node_label.h) in the same order, so that a
// way of holding is shown once, with an example and the number of paths that are like it.
//
// A path begins where a root group refers to a node, or at a class: classes live for ever, all
// know each other, and who holds a class is hardly ever the question. The example shows the
// shortest way to that class. What else holds such a first node is not looked at. The object
// itself is the exception: all its holders count, also when it is a class. Singleton classes are
// part of their object, and no beginning.
//
// Which paths count: those on which every step leads one reference nearer to the object, that is,
// whose every end is a shortest path. So each holder is seen on its shortest ways to the object,
// and no path runs in circles. References from instances to their class are taken only when there
// is no path without them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analysis/predecessors.h"
#include "analysis/shortest_paths.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

struct RetainingPathLimits {
  std::size_t groups = 5;
  // To look at before giving up; each takes up to 400 ns and 60 bytes.
  std::uint64_t references = 2'000'000;
};

struct PathGroup {
  std::vector<std::uint32_t> example;  // the root, a root group, ..., the object
  std::uint64_t paths = 0;             // with these labels, the example included; saturates
  std::uint32_t first = 0;             // in `example`: where the path begins, see above
  bool conservative = false;           // the root group is: it may hold what is dead
};

struct RetainingPaths {
  std::vector<PathGroup> groups;  // conservative ones last; then fewest steps, then most paths
  std::uint64_t references = 0;   // looked at
  bool limited = false;           // gave up: there may be more, also shorter ones of other labels
  bool through_classes = false;   // no path was found but through the class of an instance
};

// Errors: kCancelled. No path at all is a result without groups.
Result<RetainingPaths> find_retaining_paths(const HeapGraph& graph,
                                            const Predecessors& predecessors,
                                            const ShortestPaths& shortest, std::uint32_t node,
                                            Monitor& monitor,
                                            const RetainingPathLimits& limits = {});

// The same for one object: finds the shortest paths first.
Result<RetainingPaths> find_retaining_paths(const HeapGraph& graph,
                                            const Predecessors& predecessors, std::uint32_t node,
                                            Monitor& monitor,
                                            const RetainingPathLimits& limits = {});

}  // namespace tidemark
