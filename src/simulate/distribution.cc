#include "simulate/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "simulate/exact_math.h"

namespace tidemark {
namespace {

constexpr double kP99 = 2.3263478740408408;  // normal_quantile(0.99)
constexpr double kMostSigma = 3;             // p99 a thousand times p50

double power(double base, double exponent) { return exact_exp(exponent * exact_log(base)); }

}  // namespace

Distribution Distribution::fixed(double value) {
  Distribution out;
  out.first_ = value;
  return out;
}

Distribution Distribution::uniform(double least, double most) {
  Distribution out = fixed(least);
  out.shape_ = DistributionShape::kUniform;
  out.second_ = most;
  return out;
}

Distribution Distribution::lognormal(double p50, double p99) {
  Distribution out = fixed(p50);
  out.shape_ = DistributionShape::kLognormal;
  const bool sound = p50 > 0 && p99 > 0 && std::isfinite(p50) && std::isfinite(p99);
  out.second_ = sound ? (exact_log(p99) - exact_log(p50)) / kP99 : -1;
  return out;
}

Distribution Distribution::pareto(double least, double alpha, double most) {
  Distribution out = fixed(least);
  out.shape_ = DistributionShape::kPareto;
  out.second_ = alpha;
  out.third_ = most;
  return out;
}

Distribution Distribution::measured(std::vector<double> values) {
  Distribution out;
  out.shape_ = DistributionShape::kMeasured;
  out.values_ = std::move(values);
  std::sort(out.values_.begin(), out.values_.end());
  return out;
}

double Distribution::at(double p) const {
  switch (shape_) {
    case DistributionShape::kFixed:
      return first_;
    case DistributionShape::kUniform:
      return first_ + p * (second_ - first_);
    case DistributionShape::kLognormal:
      return first_ * exact_exp(second_ * normal_quantile(p));
    case DistributionShape::kPareto: {
      // Of those below the cut only.
      const double beyond = power(first_ / third_, second_);
      return first_ * power(1 - p * (1 - beyond), -1 / second_);
    }
    case DistributionShape::kMeasured: {
      const auto index = static_cast<std::size_t>(p * static_cast<double>(values_.size()));
      return values_[std::min(index, values_.size() - 1)];
    }
  }
  return 0;
}

double Distribution::above(double value) const {
  switch (shape_) {
    case DistributionShape::kFixed:
      return first_ > value ? 1 : 0;
    case DistributionShape::kUniform:
      if (second_ <= first_) return first_ > value ? 1 : 0;
      return std::clamp((second_ - value) / (second_ - first_), 0.0, 1.0);
    case DistributionShape::kLognormal:
      if (value <= 0) return 1;
      if (second_ <= 0) return first_ > value ? 1 : 0;
      return 0.5 * std::erfc((std::log(value) - std::log(first_)) / (second_ * std::sqrt(2.0)));
    case DistributionShape::kPareto: {
      if (value < first_) return 1;
      if (value >= third_) return 0;
      const double beyond = std::pow(first_ / third_, second_);
      return (std::pow(first_ / value, second_) - beyond) / (1 - beyond);
    }
    case DistributionShape::kMeasured: {
      const auto larger = std::upper_bound(values_.begin(), values_.end(), value);
      return static_cast<double>(values_.end() - larger) / static_cast<double>(values_.size());
    }
  }
  return 0;
}

double Distribution::mean() const {
  switch (shape_) {
    case DistributionShape::kFixed:
      return first_;
    case DistributionShape::kUniform:
      return (first_ + second_) / 2;
    case DistributionShape::kLognormal:
      return first_ * std::exp(second_ * second_ / 2);
    case DistributionShape::kPareto: {
      const double ratio = first_ / third_;
      const double norm = 1 - std::pow(ratio, second_);
      if (std::fabs(second_ - 1) < 1e-9) return -first_ * std::log(ratio) / norm;
      return second_ / (second_ - 1) * first_ * (1 - std::pow(ratio, second_ - 1)) / norm;
    }
    case DistributionShape::kMeasured: {
      double sum = 0;
      for (const double value : values_) sum += value;
      return sum / static_cast<double>(values_.size());
    }
  }
  return 0;
}

double Distribution::mean_square() const {
  switch (shape_) {
    case DistributionShape::kFixed:
      return first_ * first_;
    case DistributionShape::kUniform:
      return (first_ * first_ + first_ * second_ + second_ * second_) / 3;
    case DistributionShape::kLognormal:
      return first_ * first_ * std::exp(2 * second_ * second_);
    case DistributionShape::kPareto: {
      const double ratio = first_ / third_;
      const double norm = 1 - std::pow(ratio, second_);
      const double square = first_ * first_;
      if (std::fabs(second_ - 2) < 1e-9) return -2 * square * std::log(ratio) / norm;
      return second_ / (second_ - 2) * square * (1 - std::pow(ratio, second_ - 2)) / norm;
    }
    case DistributionShape::kMeasured: {
      double sum = 0;
      for (const double value : values_) sum += value * value;
      return sum / static_cast<double>(values_.size());
    }
  }
  return 0;
}

double Distribution::most() const {
  switch (shape_) {
    case DistributionShape::kFixed:
      return first_;
    case DistributionShape::kUniform:
      return second_;
    case DistributionShape::kLognormal:
      return second_ > 0 ? std::numeric_limits<double>::infinity() : first_;
    case DistributionShape::kPareto:
      return third_;
    case DistributionShape::kMeasured:
      return values_.back();
  }
  return 0;
}

Distribution Distribution::scaled(double factor) const {
  Distribution out = *this;
  out.first_ *= factor;
  if (shape_ == DistributionShape::kUniform) out.second_ *= factor;
  out.third_ *= factor;
  for (double& value : out.values_) value *= factor;
  return out;
}

Result<void> Distribution::check(std::string_view what, double limit) const {
  const auto sound = [&](double value) {
    return std::isfinite(value) && value >= 0 && value <= limit;
  };
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kUsage, fmt::format("{} {}", what, why));
  };
  if (shape_ == DistributionShape::kMeasured) {
    if (values_.empty()) return refuse("has no values");
    if (!sound(values_.front()) || !sound(values_.back())) {
      return refuse("has values that are negative, too large or no numbers");
    }
    return {};
  }
  if (!sound(first_)) return refuse("is negative, too large or no number");
  if (shape_ == DistributionShape::kUniform && (!sound(second_) || second_ < first_)) {
    return refuse("ends before it begins, or is too large");
  }
  if (shape_ == DistributionShape::kLognormal &&
      (first_ <= 0 || !(second_ >= 0) || second_ > kMostSigma)) {
    return refuse("needs a p50 above zero and a p99 that is not below it, at most 1,000 times it");
  }
  if (shape_ == DistributionShape::kPareto &&
      (first_ <= 0 || !(second_ >= 0.1 && second_ <= 100) || !sound(third_) || third_ <= first_)) {
    return refuse("needs a least value above zero, an exponent of 0.1 to 100, and a larger most");
  }
  return {};
}

}  // namespace tidemark
