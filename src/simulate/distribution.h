// How long requests take, or how much memory they need: one number with chance in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark {

enum class DistributionShape : std::uint8_t { kFixed, kUniform, kLognormal, kPareto, kMeasured };

class Distribution {
 public:
  Distribution() = default;  // always 0
  static Distribution fixed(double value);
  static Distribution uniform(double least, double most);
  // By what dashboards show: half of all are below `p50`, 99 in 100 below `p99`.
  static Distribution lognormal(double p50, double p99);
  // At least `least`; the chance to be above x falls like x^-alpha; cut off at `most`.
  static Distribution pareto(double least, double alpha, double most);
  // Each of these as likely as the others.
  static Distribution measured(std::vector<double> values);

  [[nodiscard]] DistributionShape shape() const { return shape_; }
  // The value that is not passed with probability p, 0 < p < 1.
  [[nodiscard]] double at(double p) const;
  [[nodiscard]] double above(double value) const;  // chance to be above
  [[nodiscard]] double mean() const;
  [[nodiscard]] double mean_square() const;
  [[nodiscard]] double most() const;  // infinite when there is no bound
  // The same with every value multiplied.
  [[nodiscard]] Distribution scaled(double factor) const;

  // Says what is wrong with it: not finite, negative, ends in the wrong order, above `limit`.
  // `what`: "the peak of a request".
  [[nodiscard]] Result<void> check(std::string_view what, double limit) const;

 private:
  DistributionShape shape_ = DistributionShape::kFixed;
  double first_ = 0;            // the value; least; p50; least
  double second_ = 0;           // most; sigma; alpha
  double third_ = 0;            // most, of Pareto
  std::vector<double> values_;  // sorted
};

}  // namespace tidemark
