// The chance that several independent high-water marks together pass a level.
#pragma once

#include <cstddef>
#include <vector>

namespace tidemark {

// A high-water mark, and how many there are of it.
struct SummedMark {
  std::vector<double> above;  // chance to be above each level of its grid, from level 0
  double step = 1;            // bytes between levels
  std::size_t count = 1;
};

class SumOfGroups {
 public:
  // At least one mark. By Fourier transforms on a grid of its own where there are several; the
  // error of a chance is then below 1e-13. One mark alone keeps its relative accuracy.
  // `most_points`: of the grid; fewer of them are quicker, and blur the spread of a sum a little.
  explicit SumOfGroups(std::vector<SummedMark> marks, std::size_t most_points = 16384);

  [[nodiscard]] double above(double level) const;
  [[nodiscard]] double quantile(double p) const;  // the level that is not passed with probability p

 private:
  std::vector<double> above_;
  double first_ = 0;  // level of above_[0]
  double step_ = 1;
};

}  // namespace tidemark
