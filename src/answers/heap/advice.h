// What usually makes such a thing grow, and what ends it: known patterns of Node.js programs.
#pragma once

#include <string>
#include <vector>

#include "analysis/suspects.h"
#include "heap/graph.h"

namespace tidemark {

// A sentence or two; empty where nothing is known. `content`: the way to the bulk of one member.
std::string advice(const HeapGraph& graph, const Suspect& suspect,
                   const std::vector<std::uint32_t>& content);

}  // namespace tidemark
