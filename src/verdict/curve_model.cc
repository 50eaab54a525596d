#include "verdict/curve_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidemark {

double Term::at(double x) const {
  switch (shape) {
    case Shape::kSaturating:
      return 1 - std::exp(-x / first);
    case Shape::kLogarithm:
      return std::log1p(std::max(x, 0.0) / first);
    case Shape::kLogistic:
      return 1 / (1 + std::exp(-(x - first) / second));
    case Shape::kStep:
      return x >= first ? 1 : 0;
    case Shape::kLine:
      return x;
    case Shape::kHinge:
      return std::max(0.0, x - first);
    case Shape::kRamp:
      return std::min(x, first) / first;
    case Shape::kTraffic:
      return x - 1;
  }
  return 0;
}

std::string CurveModel::description() const {
  std::string text;
  bool requests = false;
  for (const Term& term : terms) {
    requests |= term.clock == Clock::kRequests && term.shape != Shape::kTraffic;
    if (!text.empty()) text += " + ";
    switch (term.shape) {
      case Shape::kSaturating:
        text += fmt::format("saturating {:.2g} h", term.first);
        break;
      case Shape::kLogarithm:
        text += "logarithm";
        break;
      case Shape::kLogistic:
        text += fmt::format("logistic at {:.2g} h", term.first);
        break;
      case Shape::kStep:
        text += fmt::format("step at {:.2g} h", term.first);
        break;
      case Shape::kLine:
        text += "line";
        break;
      case Shape::kHinge:
        text += fmt::format("line from {:.2g} h", term.first);
        break;
      case Shape::kRamp:
        text += fmt::format("filling until {:.2g} h", term.first);
        break;
      case Shape::kTraffic:
        text += "traffic";
        break;
    }
  }
  if (text.empty()) return "constant";
  return requests ? text + " (by requests)" : text;
}

double CurveModel::growth(double age, double work) const {
  return growth(age, work, std::numeric_limits<std::size_t>::max());
}

double CurveModel::growth(double age, double work, std::size_t group) const {
  double sum = 0;
  for (const Term& term : terms) {
    if (term.shape == Shape::kTraffic || group < term.from_group) continue;
    sum += term.coefficient * term.at(term.clock == Clock::kHours ? age : work);
  }
  return sum;
}

double CurveModel::traffic() const {
  for (const Term& term : terms) {
    if (term.shape == Shape::kTraffic) return term.coefficient;
  }
  return 0;
}

}  // namespace tidemark
