#include "simulate/level_grid.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

std::vector<double> convolve(const std::vector<double>& a, const std::vector<double>& b) {
  const std::size_t size = a.size();
  std::vector<double> out(size, 0);
  std::size_t j = 0;
  // Four values of `a` at a time: four times less loading and storing of `out`.
  for (; j + 4 <= size; j += 4) {
    const double a0 = a[j];
    const double a1 = a[j + 1];
    const double a2 = a[j + 2];
    const double a3 = a[j + 3];
    if (a0 + a1 + a2 + a3 <= 0) continue;
    out[j] += a0 * b[0];
    out[j + 1] += a0 * b[1] + a1 * b[0];
    out[j + 2] += a0 * b[2] + a1 * b[1] + a2 * b[0];
    const double* const source = b.data();
    double* const target = out.data() + j;
    for (std::size_t i = 3; i < size - j; ++i) {
      target[i] +=
          (a0 * source[i] + a1 * source[i - 1]) + (a2 * source[i - 2] + a3 * source[i - 3]);
    }
  }
  for (; j < size; ++j) {
    for (std::size_t i = 0; i < size - j; ++i) out[i + j] += a[j] * b[i];
  }
  return out;
}

LevelGrid::LevelGrid(const RequestMix& mix, double top, std::size_t points)
    : step_(std::max(top, 1.0) / static_cast<double>(points - 1)),
      points_(points),
      peak_above_(points, 0) {
  // Part of all busy time that belongs to requests whose peak is in each cell; the last cell is
  // what lies above the top.
  std::vector<double> timed(points, 0);
  if (mix.requests.empty()) {
    double count = 0;
    double time = 0;
    for (const Endpoint& endpoint : mix.endpoints) {
      count += endpoint.weight;
      time += endpoint.weight * endpoint.seconds.mean();
    }
    for (const Endpoint& endpoint : mix.endpoints) {
      add_endpoint(endpoint, endpoint.weight / count,
                   endpoint.weight * endpoint.seconds.mean() / time, timed);
    }
  } else {
    add_requests(mix, timed);
  }
  make_held(timed);
}

void LevelGrid::add_endpoint(const Endpoint& endpoint, double count_part, double time_part,
                             std::vector<double>& timed) {
  double before = endpoint.peak.above(0);
  peak_above_[0] += count_part * before;
  for (std::size_t i = 1; i < points_; ++i) {
    const double above = endpoint.peak.above(static_cast<double>(i) * step_);
    peak_above_[i] += count_part * above;
    timed[i - 1] += time_part * std::max(before - above, 0.0);
    before = above;
  }
  timed[points_ - 1] += time_part * before;
}

void LevelGrid::add_requests(const RequestMix& mix, std::vector<double>& timed) {
  const double count_part = 1 / static_cast<double>(mix.requests.size());
  std::vector<double> ends(points_, 0);
  const double time_part = count_part / mix.mean_seconds();
  for (const RequestSize& request : mix.requests) {
    // Of the cell (i, i + 1]: a peak on a level is not above it.
    const double at = std::ceil(request.bytes / step_) - 1;
    if (at < 0) continue;
    const std::size_t cell =
        at >= static_cast<double>(points_ - 1) ? points_ - 1 : static_cast<std::size_t>(at);
    ends[cell] += count_part;
    timed[cell] += time_part * request.seconds;
  }
  double above = 0;
  for (std::size_t i = points_; i-- > 0;) peak_above_[i] = above += ends[i];
}

// The density of M U at x is the mean of 1/M over the M above x.
void LevelGrid::make_held(const std::vector<double>& timed) {
  double weighted = timed[points_ - 1] / (step_ * static_cast<double>(points_ - 1));
  double total = timed[points_ - 1];
  std::vector<double> held(points_, 0);
  for (std::size_t i = points_ - 1; i-- > 0;) {
    const double middle = (static_cast<double>(i) + 0.5) * step_;
    // Peaks of higher cells cross this one, those of this cell end in its middle.
    const double inside = step_ * weighted + timed[i] / middle * step_ / 2;
    held[i] += inside / 2;
    held[i + 1] += inside / 2;
    weighted += timed[i] / middle;
    total += timed[i];
  }
  held[0] += std::max(0.0, 1 - total);  // requests that need nothing
  std::vector<double> none(points_, 0);
  none[0] = 1;
  held_.emplace(0, std::move(none));
  held_.emplace(1, std::move(held));
}

const std::vector<double>& LevelGrid::held(std::size_t busy) {
  if (const auto found = held_.find(busy); found != held_.end()) return found->second;
  const bool next = held_.contains(busy - 1);
  const std::size_t half = next ? 1 : busy / 2;
  std::vector<double> sum = convolve(held(half), held(busy - half));
  return held_.emplace(busy, std::move(sum)).first->second;
}

const std::vector<double>& LevelGrid::crossing(std::size_t others) {
  if (const auto found = crossing_.find(others); found != crossing_.end()) return found->second;
  std::vector<double> sum = convolve(held(others), peak_above_);
  return crossing_.emplace(others, std::move(sum)).first->second;
}

}  // namespace tidemark
