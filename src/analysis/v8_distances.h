// How far each node of a V8 snapshot is from the program's own roots, as Chrome DevTools counts.
//
// The roots of the program (the global object and its like, not V8's bookkeeping) are 1 away. What
// they do not reach is counted from the snapshot's root on, from kSystemDistance up. Weak
// references lead nowhere; some of V8's own would make everything near to everything, and are not
// followed.
#pragma once

#include <cstdint>
#include <vector>

#include "heap/graph.h"

namespace tidemark {

inline constexpr std::int32_t kSystemDistance = 100'000'000;
inline constexpr std::int32_t kNoDistance = -5;  // nothing leads there

// By node; 4 bytes each. The graph must have labels and texts.
std::vector<std::int32_t> v8_distances(const HeapGraph& graph);

}  // namespace tidemark
