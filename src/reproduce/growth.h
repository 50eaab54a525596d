// How much memory stays for each request: a line through a handful of measurements.
//
// The measurements are taken while nothing runs, at known numbers of requests. A live heap counted
// after a collection is nearly exact: what is not on the line is caches, compiled code and buffers
// that come and go. Three points leave one degree of freedom, and their scatter says little about
// that noise by itself; so it is joined with what is known of quiet heaps beforehand (`noise`,
// weighing as much as two measurements), and the interval is Student's.
//
// A warm-up, or a cache that fills up, rises too. What tells it from a leak is its pace: the second
// half of the way must rise as the first did.
#pragma once

#include <cstddef>
#include <span>

#include "verdict/verdict.h"

namespace tidemark {

struct GrowthPoint {
  double requests = 0;
  double bytes = 0;
};

struct GrowthTrend {
  std::size_t points = 0;
  Estimate per_request;     // bytes, with the interval that holds them in 19 of 20 cases
  double total = 0;         // bytes, from the first point to the last
  double pace_kept = 0;     // growth a request in the last half of the way, to that of the whole
  double largest_step = 0;  // the most that one step added, to the total
  std::size_t rises = 0;    // steps that went up by more than the noise
  double noise = 0;         // bytes: standard deviation of one measurement, as found

  // A leak this large would have shown: its interval would not touch zero.
  [[nodiscard]] double least_seen() const { return (per_request.high - per_request.low) / 2; }
  [[nodiscard]] std::size_t steps() const { return points < 2 ? 0 : points - 1; }
};

// In order of requests, which rise. Fewer than two points: no trend, all zero.
GrowthTrend fit_growth(std::span<const GrowthPoint> points, double noise);

}  // namespace tidemark
