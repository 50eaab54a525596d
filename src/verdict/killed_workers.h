// What a crew of workers would hold if nobody killed the largest one again and again.
#pragma once

#include <optional>
#include <vector>

#include "verdict/lives.h"
#include "verdict/trace.h"

namespace tidemark {

// The kills of a killer that is at work all the time: many falls, each of one worker among several
// and too small or too soon after the one before to be told from noise alone, but all from the same
// height near the quota. None where heights differ (a collector's do). O(points).
std::vector<Kill> kills_at_one_height(const Trace& trace, const Life& life);

// The level, in levels of the trace, at which the crew would settle; nothing where the number of
// workers is not known, or fewer than three kills fall into the life, or ages do not explain what
// memory did. O(points + taus * workers * 240).
std::optional<double> settled_without_kills(const Trace& trace, const Life& life);

}  // namespace tidemark
