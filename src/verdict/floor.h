// What a life never gives back: its low-water marks in equal windows. Jumps that went away are left
// out, and one that stayed parts the points before from those after.
#pragma once

#include <vector>

#include "verdict/jumps.h"
#include "verdict/lives.h"
#include "verdict/trace.h"

namespace tidemark {

struct FloorPoint {
  double age = 0;   // hours since the life began
  double work = 0;  // the same by the requests served, in hours of mean traffic
  double level = 0;
  double rate = 1;     // traffic at the time, 1 = mean
  double hour = 0;     // of the trace
  bool apart = false;  // a jump came before it: its level is comparable to later ones only
};

struct Floor {
  std::vector<FloorPoint> points;
  double window = 0;  // hours
  double height = 0;  // what usually stands above the floor, in levels
  double age = 0;     // hours of the whole life
};

// At most 36 points, or one each hour for a longer life. Where the number of workers changed, the
// levels are those of the mean number of workers.
Floor make_floor(const Trace& trace, const Life& life, const std::vector<Jump>& jumps);

}  // namespace tidemark
