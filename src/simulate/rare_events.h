// How much of the law's odds is clumping: the rest of the error of small chances.
//
// The rate nu(u) of crossings of a level is exact, and nu T + P(S > u) is an upper bound of the
// chance to cross it within T. But crossings come in clumps: while a long request holds much, each
// of the many short ones beside it may cross again. The chance is 1 - exp(-nu T theta), where theta
// is the part of the crossings that are the last of their clump (the extremal index).
//
// theta needs no rare event to happen by chance: crossings are made. The state of all threads at a
// crossing is drawn exactly, out of the powers of one thread's distribution, from back to front:
// how many are busy; what they hold together; what the ending request holds, given that it crosses;
// and of the rest one thread after the other. From there the server runs on for some request times,
// and either crosses again or not. So the price does not depend on how rare the level is: 4,000
// crossings say theta within 2 %, for a chance of 1e-2 or of 1e-12.
//
// Splitting and importance sampling of whole paths were left out: their weights vary more, and the
// law has the rate already.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/monitor.h"
#include "simulate/server_model.h"

namespace tidemark {

struct RareOptions {
  std::uint64_t seed = 1;
  std::size_t crossings = 4000;  // to draw
  std::size_t points = 1024;     // of the grid of levels
};

struct RareChance {
  double chance = 0;  // to pass the level within the time
  double low = 0;     // 19 in 20 times it is between these
  double high = 0;
  double bound = 0;        // upper bound, whatever the clumps
  double last_part = 1;    // theta
  double clump_error = 0;  // standard error of theta
};

// theta of one group of threads, at so many bytes above what it holds without requests.
struct LastPart {
  double part = 1;
  double error = 0;  // standard error
};
LastPart last_part(const ServerModel& model, double level, const RareOptions& options,
                   Monitor& monitor);

// For any server that has_law(). `level`: bytes of the server. Deterministic. About 50 ms for one
// group of threads that retains nothing, 200 ms else.
RareChance rare_chance(const ServerModel& model, double level, double seconds,
                       const RareOptions& options, Monitor& monitor);

}  // namespace tidemark
