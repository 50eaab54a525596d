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
  std::size_t from_group = 0;  // of the groups that were fitted together: the earlier ones lack it

  // Without the coefficient.
  [[nodiscard]] double at(double x) const;
};

struct CurveModel {
  std::vector<Term> terms;      // empty: constant
  std::vector<double> origins;  // level at age 0 of each life, and after each jump
  double squares = 0;           // sum of squared residuals
  bool goes_on = false;
  double slope = 0;        // of its line, levels per hour of its clock
  double slope_error = 0;  // standard error
  Clock slope_clock = Clock::kHours;
  std::size_t slope_from = 0;  // of the lives fitted together, the first one that has it

  // "saturating 2.1 h + line (by requests)"; "constant".
  [[nodiscard]] std::string description() const;

  // The terms alone, without the traffic's: what a life has grown by at this age; the newest one,
  // or that of a group.
  [[nodiscard]] double growth(double age, double work) const;
  [[nodiscard]] double growth(double age, double work, std::size_t group) const;
  // Levels that mean traffic takes for as long as it lasts.
  [[nodiscard]] double traffic() const;
};

}  // namespace tidemark
