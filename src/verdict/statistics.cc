#include "verdict/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tidemark {

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double position = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(position);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[below];
  if (below + 1 == static_cast<std::ptrdiff_t>(values.size())) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (position - static_cast<double>(below)) * (high - low);
}

double median(std::span<const double> values) {
  return quantile({values.begin(), values.end()}, 0.5);
}

double robust_deviation(std::span<const double> values) {
  const double middle = median(values);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::fabs(value - middle));
  return 1.48 * quantile(std::move(distances), 0.5);
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace tidemark
