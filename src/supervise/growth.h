// How fast a worker's memory grows.
//
// The slope is the median of the slopes between all pairs of samples (Theil and Sen), which a third
// of outliers does not move. It counts only when three quarters of the pairs rise: memory that goes
// up and down does not grow. At most kMostSamples are kept, by dropping every second one, so that
// they span the worker's whole life at less and less detail: n(n-1)/2 slopes, some 0.1 ms.
#pragma once

#include <vector>

namespace tidemark {

class Growth {
 public:
  static constexpr std::size_t kMostSamples = 64;

  // In order of time, in seconds.
  void add(double time, double bytes);
  // Bytes a second; 0 when it does not grow, or there are fewer than 6 samples.
  [[nodiscard]] double slope() const;

 private:
  struct Sample {
    double time = 0;
    double bytes = 0;
  };
  std::vector<Sample> samples_;
  std::size_t every_ = 1;  // one in so many is kept
  std::size_t seen_ = 0;
};

}  // namespace tidemark
