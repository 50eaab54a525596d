// The law of the high-water mark, in closed form.
//
// A group of threads that share freed memory (a process' heap, an arena) holds S bytes at a random
// instant. S rises only continuously and falls only when a request ends; so each crossing of a
// level u from below belongs to one request that ends above u and leaves less behind. With P(N = n)
// the chance that n threads are busy, H what one of them holds, D the mean duration:
//
//   nu(u)  = sum over n of P(N = n) n / D * P(H_1 + ... + H_{n-1} <= u < H_1 + ... + H_{n-1} + M)
//   P(highest of [0, T] <= u) = P(S <= u) exp(-nu(u) T / P(S <= u))
//
// nu is exact where threads do not wait for each other (by the theorems of Slivnyak and Mecke the
// others are in their stationary state when a request ends). The exponential is Poisson clumping
// (Aldous 1989; Leadbetter 1971 for crossings): rare crossings come independently. P(S > u) + nu(u)
// T is an upper bound of the chance to cross, whatever the clumps; see rare_events.h for the rest
// of the error.
//
// Memory that stays behind (a leak, a cache that fills) lowers the level left for requests as time
// goes: nu is integrated along that.
//
// Levels are bytes above what a process holds without requests; times are seconds.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "simulate/level_grid.h"
#include "simulate/occupancy.h"

namespace tidemark {

// Bytes that have stayed behind after so many seconds; never falls. Empty: none.
using StayingBytes = std::function<double(double)>;

class HighWaterLaw {
 public:
  // Uses powers of `grid`, which is not needed afterwards.
  HighWaterLaw(LevelGrid& grid, const Occupancy& busy, double mean_seconds);

  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] double top() const { return step_ * static_cast<double>(rate_.size() - 1); }
  // Crossings a second.
  [[nodiscard]] double rate(double level) const;
  // From now on only this part of the crossings of each level counts.
  void thin(const std::function<double(double)>& part);
  // Chance that `level` is passed within `seconds`.
  [[nodiscard]] double above(double level, double seconds) const;
  // For each level of the grid the chance that it is passed by the requests, counted from what has
  // stayed behind at the end: level 0 stands for staying(seconds).
  [[nodiscard]] std::vector<double> all_above(double seconds, const StayingBytes& staying) const;
  // The level that is not passed with probability p.
  [[nodiscard]] double quantile(double p, double seconds) const;

 private:
  double step_;
  std::vector<double> rate_;   // at each level
  std::vector<double> above_;  // chance to be above it at an instant
};

// A top for the grid of such a group: what lies above is passed within `seconds` less than once in
// 10^12, or, where requests have no sensible bound, once in 10^4. At least `level`, if that can be
// passed at all.
double choose_top(const RequestMix& mix, const Occupancy& busy, double seconds, double level = 0);

}  // namespace tidemark
