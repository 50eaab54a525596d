// How much memory will still rise where it rises by records: each request that is larger than all
// before it lifts the level for good (a heap keeps what its largest requests took).
#pragma once

#include "verdict/floor.h"

namespace tidemark {

// Levels still to come between the floor's end and `horizon` hours of age; 0 where memory rises
// smoothly, falls again, or has stood still. O(points).
double records_to_come(const Floor& floor, double horizon);

}  // namespace tidemark
