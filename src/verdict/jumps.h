// Memory that came at once: the mark of a single request, and no trend.
#pragma once

#include <cstddef>
#include <vector>

#include "verdict/lives.h"
#include "verdict/trace.h"

namespace tidemark {

struct Jump {
  std::size_t at = 0;   // the first point above
  std::size_t end = 0;  // the first point back down; the life's end when it stays
  double height = 0;    // levels
  double before = 0;    // the level that it rose from
  bool held = false;    // it stayed
};

// The jumps of one life, in order of time. Points of `trace` inside the life are looked at only.
std::vector<Jump> find_jumps(const Trace& trace, const Life& life);

}  // namespace tidemark
