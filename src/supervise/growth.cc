#include "supervise/growth.h"

#include <algorithm>

namespace tidemark {

void Growth::add(double time, double bytes) {
  if (seen_++ % every_ != 0) return;
  samples_.push_back({.time = time, .bytes = bytes});
  if (samples_.size() < kMostSamples) return;
  for (std::size_t i = 0; i < samples_.size() / 2; ++i) samples_[i] = samples_[2 * i];
  samples_.resize(samples_.size() / 2);
  every_ *= 2;
}

double Growth::slope() const {
  if (samples_.size() < 6) return 0;
  std::vector<double> slopes;
  for (std::size_t a = 0; a < samples_.size(); ++a) {
    for (std::size_t b = a + 1; b < samples_.size(); ++b) {
      const double time = samples_[b].time - samples_[a].time;
      if (time > 0) slopes.push_back((samples_[b].bytes - samples_[a].bytes) / time);
    }
  }
  if (slopes.empty()) return 0;
  const auto at = [&slopes](std::size_t rank) {
    std::nth_element(slopes.begin(), slopes.begin() + static_cast<std::ptrdiff_t>(rank),
                     slopes.end());
    return slopes[rank];
  };
  return at(slopes.size() / 4) > 0 ? at(slopes.size() / 2) : 0;
}

}  // namespace tidemark
