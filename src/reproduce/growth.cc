#include "reproduce/growth.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tidemark {
namespace {

constexpr double kPriorWeight = 2;  // degrees of freedom that the noise known beforehand counts for

// Student's t that 19 of 20 stay below on both sides, for 1, 2, ... degrees of freedom.
double student(double freedom) {
  constexpr std::array kTable = {12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23,
                                 2.20,  2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09};
  const auto row = static_cast<std::size_t>(std::max(1.0, freedom)) - 1;
  return row < kTable.size() ? kTable.at(row) : 1.96;
}

double slope_of(std::span<const GrowthPoint> points) {
  double x = 0;
  double y = 0;
  for (const GrowthPoint& point : points) {
    x += point.requests;
    y += point.bytes;
  }
  const auto n = static_cast<double>(points.size());
  double xx = 0;
  double xy = 0;
  for (const GrowthPoint& point : points) {
    xx += (point.requests - x / n) * (point.requests - x / n);
    xy += (point.requests - x / n) * (point.bytes - y / n);
  }
  return xx > 0 ? xy / xx : 0;
}

}  // namespace

GrowthTrend fit_growth(std::span<const GrowthPoint> points, double noise) {
  GrowthTrend trend{.points = points.size(), .per_request = {}, .noise = noise};
  if (points.size() < 2) return trend;
  const auto n = static_cast<double>(points.size());
  double x = 0;
  double y = 0;
  for (const GrowthPoint& point : points) {
    x += point.requests / n;
    y += point.bytes / n;
  }
  const double slope = slope_of(points);
  double squares = 0;
  double spread = 0;
  for (const GrowthPoint& point : points) {
    const double off = point.bytes - y - slope * (point.requests - x);
    squares += off * off;
    spread += (point.requests - x) * (point.requests - x);
  }
  if (spread <= 0) return trend;
  const double freedom = n - 2 + kPriorWeight;
  trend.noise = std::sqrt((squares + kPriorWeight * noise * noise) / freedom);
  const double half = student(freedom) * trend.noise / std::sqrt(spread);
  trend.per_request = {.value = slope, .low = slope - half, .high = slope + half};
  trend.total = points.back().bytes - points.front().bytes;
  double largest = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double step = points[i].bytes - points[i - 1].bytes;
    largest = std::max(largest, step);
    if (step > 0) ++trend.rises;
  }
  if (trend.total > 0) trend.largest_step = largest / trend.total;
  if (points.size() >= 3) {
    const std::size_t middle = (points.size() - 1) / 2;
    const double first = slope_of(points.first(middle + 1));
    const double second = slope_of(points.subspan(middle));
    constexpr double kMost = 10;  // it began late
    trend.pace_kept = first > 0 ? std::clamp(second / first, 0.0, kMost) : second > 0 ? kMost : 0;
  }
  return trend;
}

}  // namespace tidemark
