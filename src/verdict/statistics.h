// Small sample statistics. All of them leave their input as it is unless they take it by value.
#pragma once

#include <span>
#include <vector>

namespace tidemark {

// The value below which `part` (0 to 1) of them lie, between two neighbours where it falls between.
// NaN when there are none. O(n).
double quantile(std::vector<double> values, double part);
double median(std::span<const double> values);

// 1.48 times the median distance from the median: the standard deviation of a normal sample, and
// untouched by a few wild values.
double robust_deviation(std::span<const double> values);

// 1 / (1 + e^-x).
double logistic(double x);

}  // namespace tidemark
