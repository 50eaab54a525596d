// The axis of sizes that pictures of memory share: round steps, at most six, and a little air
// above.
#pragma once

namespace tidemark {

struct MemoryScale {
  double step = 1;  // bytes from one line to the next
  double top = 1;   // bytes at the upper end, a multiple of the step
};

// `most`: the largest size to draw, in bytes; above 0.
MemoryScale memory_scale(double most);

}  // namespace tidemark
