// What a crew of workers would hold if nobody killed the largest one again and again.
#pragma once

#include <optional>

#include "verdict/lives.h"
#include "verdict/trace.h"

namespace tidemark {

// The level, in levels of the trace, at which the crew would settle; nothing where the number of
// workers is not known, or fewer than three kills fall into the life, or ages do not explain what
// memory did. O(points + taus * workers * 240).
std::optional<double> settled_without_kills(const Trace& trace, const Life& life);

}  // namespace tidemark
