// A curve that a floor may follow, made of a few terms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidemark {

enum class Clock : std::uint8_t { kHours, kRequests };

enum class Shape : std::uint8_t {
  kSaturating,
  kLogarithm,
  kLogistic,
  kStep,
  kLine,
  kHinge,
  kRamp,
  kTraffic
};

// One term of a model: coefficient * shape(x; first, second).
struct Term {
  Shape shape = Shape::kLine;
  Clock clock = Clock::kHours;
  double first = 0;   // time constant, middle, or where it begins; hours of its clock
  double second = 0;  // width of a logistic
  double coefficient = 0;

  // Without the coefficient.
  [[nodiscard]] double at(double x) const;
};

struct CurveModel {
  std::vector<Term> terms;      // empty: constant
  std::vector<double> origins;  // level at age 0 of each life, and after each jump
  double squares = 0;           // sum of squared residuals
  double bic = 0;
  bool goes_on = false;
  double slope = 0;        // of its line, levels per hour of its clock
  double slope_error = 0;  // standard error
  Clock slope_clock = Clock::kHours;

  // "saturating 2.1 h + line (by requests)"; "constant".
  [[nodiscard]] std::string description() const;

  // The terms alone, without the traffic's: what a life has grown by at this age.
  [[nodiscard]] double growth(double age, double work) const;
  // Levels that mean traffic takes for as long as it lasts.
  [[nodiscard]] double traffic() const;
};

}  // namespace tidemark
