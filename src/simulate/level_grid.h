// Sums of the memory of requests, on a grid of levels.
//
// What a busy thread holds at a random instant is M U: the peak M of a request, picked with its
// duration as weight, times a share U of it that is even over (0, 1). Several busy threads are sums
// of that: powers of one distribution under convolution. The powers are made by plain double loops
// over positive numbers, so that every value keeps its relative accuracy however small it is; a
// Fourier transform would be quicker and would drown all below 1e-16 of the largest in rounding,
// which is where the crossing rates of a day's million requests are. Each power costs points^2 / 2
// multiplications, 0.2 ms for 1,024 points.
//
// Not thread-safe: powers are made when asked for.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "simulate/request_mix.h"

namespace tidemark {

class LevelGrid {
 public:
  // Levels 0, step, 2 step... up to `top`. `mix` must have passed its check().
  LevelGrid(const RequestMix& mix, double top, std::size_t points);

  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] std::size_t points() const { return points_; }
  [[nodiscard]] double top() const { return step_ * static_cast<double>(points_ - 1); }

  // Chance that a request's peak is above each level.
  [[nodiscard]] std::span<const double> peak_above() const { return peak_above_; }
  // Chances of the sum of `busy` threads at each level; what is above the top is left out.
  const std::vector<double>& held(std::size_t busy);
  // Chance for each level that `others` busy threads are below, and are not any more with the peak
  // of one more request.
  const std::vector<double>& crossing(std::size_t others);

 private:
  void add_endpoint(const Endpoint& endpoint, double count_part, double time_part,
                    std::vector<double>& timed);
  void add_requests(const RequestMix& mix, std::vector<double>& timed);
  void make_held(const std::vector<double>& timed);

  double step_;
  std::size_t points_;
  std::vector<double> peak_above_;
  std::map<std::size_t, std::vector<double>> held_;
  std::map<std::size_t, std::vector<double>> crossing_;
};

// The first `a.size()` values of the convolution; both of the same size.
std::vector<double> convolve(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace tidemark
