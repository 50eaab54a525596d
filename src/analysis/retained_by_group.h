// Retained size of groups of objects: classes, kinds, allocation sites, whatever numbers them.
//
// Adding up the retained sizes of a group's members counts memory twice where one member dominates
// another (a list's elements, a tree's nodes). Here only the topmost members count: those that no
// other member of their group dominates. So a group's figure lies between the shallow size of its
// reachable members and the size of the reachable heap. Groups overlap: their sum means nothing.
//
// The figure is exact for what the members dominate one by one, and a lower bound for what
// goes when the whole group goes: see set_retained.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/dominators.h"

namespace tidemark {

// Nodes of this group are in no group.
inline constexpr std::uint32_t kUngrouped = 0xffffffffU;

// `group_of` gives each node's group, below `group_count` or kUngrouped. Returns bytes by group.
// Linear, about 20 ns a node. Memory: 9 bytes a group, and 8 bytes for each node of the longest
// chain of dominators.
std::vector<std::uint64_t> retained_by_group(const Dominators& dominators,
                                             std::span<const std::uint32_t> group_of,
                                             std::uint32_t group_count);

}  // namespace tidemark
