#include "verdict/curves.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>

#include "verdict/curve_columns.h"
#include "verdict/small_system.h"

namespace tidemark {
namespace {
constexpr double kMisfit = 0.006;  // of the level: no model is better than that
constexpr double kMostCorrelation = 0.8;
constexpr std::size_t kShapes = 16;              // base of a form's number
constexpr std::size_t kSomeLives = kShapes - 1;  // in place of a shape
constexpr double kMostTraffic = 0.35;            // of the level
constexpr double kHopeless = 25;  // log odds against the closest: not looked at again

// How often memory goes like this, against a constant or a saturating curve.
constexpr double kLogisticPrior = 0.25;
constexpr double kFillingPrior = 0.2;
constexpr double kOtherPrior = 0.5;

// No curve is exactly right, so the forecast trusts what tells them apart by half only.
constexpr double kTrust = 0.5;

// A model while it is searched for: which columns, and how well.
struct Candidate {
  std::array<std::size_t, kMostTerms> columns{};
  std::array<double, kMostTerms> coefficients{};
  std::size_t terms = 0;
  double prior = 1;  // among those of its form
  double squares = 0;
  double evidence = 0;  // logarithm of how likely the points are by it
  bool goes_on = false;
  bool slow = false;
  std::size_t form = 0;  // which shapes it is made of
};

class Fitter {
 public:
  Fitter(const std::vector<const Floor*>& floors, const CurveOptions& options)
      : pool_(make_pool(floors)),
        options_(options),
        columns_(make_columns(pool_, options.requests)),
        traffic_(options.requests ? columns_.size() - 1 : 0) {
    products_.assign(columns_.size() * columns_.size(), std::numeric_limits<double>::quiet_NaN());
  }

  CurveFit fit();

 private:
  double product(std::size_t a, std::size_t b) {
    double& cell = products_[std::max(a, b) * columns_.size() + std::min(a, b)];
    if (std::isnan(cell)) cell = dot(columns_[a].values, columns_[b].values);
    return cell;
  }

  [[nodiscard]] bool is(std::size_t column, Shape shape) const {
    return columns_[column].term.shape == shape;
  }
  [[nodiscard]] bool same_clock(std::size_t a, std::size_t b) const {
    return columns_[a].term.clock == columns_[b].term.clock;
  }

  [[nodiscard]] bool is_line(std::size_t column) const {
    return is(column, Shape::kLine) || is(column, Shape::kHinge);
  }

  void try_model(std::initializer_list<std::size_t> columns);
  void try_with_line(std::initializer_list<std::size_t> columns);
  void try_after_warm_up(std::size_t first);
  void try_all();
  void set_up(const Candidate& candidate, SmallSystem& system);
  bool solve(Candidate& candidate);
  bool score(Candidate& candidate);
  void score_all();
  [[nodiscard]] std::vector<double> residuals(const Candidate& candidate) const;
  [[nodiscard]] double independent_by(const Candidate& candidate) const;
  void set_noise();
  [[nodiscard]] const Candidate* best(bool goes_on) const;
  [[nodiscard]] double weight(const Candidate& candidate) const;
  [[nodiscard]] double family_evidence(bool goes_on) const;
  CurveModel describe(const Candidate& candidate);
  void find_slope(const Candidate& best, CurveModel& model);
  double least_slope(const Candidate& beside);
  [[nodiscard]] double settled_level(const Candidate& candidate, double horizon) const;
  void forecast(CurveFit& fit);

  Pool pool_;
  CurveOptions options_;
  std::vector<CurveColumn> columns_;
  std::vector<std::size_t> lines_;
  std::size_t traffic_ = 0;  // the column of the traffic; 0: not known
  std::vector<double> products_;
  std::vector<Candidate> candidates_;
  // The prior of all candidates of each form, with those that do not fit.
  std::map<std::size_t, double> tried_;
  double independent_ = 0;
  double noise_ = 0;  // variance of a point
};

void Fitter::set_up(const Candidate& candidate, SmallSystem& system) {
  system.size = candidate.terms;
  for (std::size_t i = 0; i < candidate.terms; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      system.matrix[i][j] = product(candidate.columns[i], candidate.columns[j]);
    }
    system.right[i] = columns_[candidate.columns[i]].with_level;
  }
}

// By least squares alone: how close could it come?
bool Fitter::solve(Candidate& candidate) {
  SmallSystem system;
  set_up(candidate, system);
  if (!system.factor()) return false;
  candidate.coefficients = system.solve(system.right);
  candidate.squares = pool_.squares;
  for (std::size_t i = 0; i < candidate.terms; ++i) {
    // A term that would have to shrink adds nothing to the model without it.
    if (candidate.coefficients[i] <= 0) return false;
    candidate.squares -= candidate.coefficients[i] * system.right[i];
  }
  candidate.squares = std::max(candidate.squares, 0.0);
  return true;
}

// How likely the points are by a model, whatever its coefficients: each is expected to be positive
// and normal with its column's scale. False: one would have to be negative.
bool Fitter::score(Candidate& candidate) {
  const auto n = static_cast<double>(pool_.size());
  SmallSystem system;
  set_up(candidate, system);
  std::array<double, kMostTerms> narrow{};
  for (std::size_t i = 0; i < candidate.terms; ++i) {
    const double scale = columns_[candidate.columns[i]].scale;
    narrow[i] = noise_ * n / (independent_ * scale * scale);
  }
  const Shrunk shrunk = shrink(system, narrow, pool_.squares);
  candidate.coefficients = shrunk.coefficients;
  candidate.squares = std::max(shrunk.squares, 0.0);
  const double left = std::max(shrunk.left, 0.0);
  candidate.evidence = shrunk.odds - independent_ / 2 * std::log(left / n + kMisfit * kMisfit);
  return shrunk.possible;
}

void Fitter::try_model(std::initializer_list<std::size_t> columns) {
  Candidate candidate;
  for (const std::size_t column : columns) {
    candidate.columns[candidate.terms++] = column;
    candidate.prior *= columns_[column].prior;
    candidate.goes_on |= is_line(column);
    candidate.slow |= columns_[column].slow;
    candidate.form =
        candidate.form * kShapes + 1 + static_cast<std::size_t>(columns_[column].term.shape);
    // A line of some lives only is another hypothesis than one of all.
    if (columns_[column].term.from_group > 0)
      candidate.form = candidate.form * kShapes + kSomeLives;
  }
  candidate.form *= 2;
  tried_[candidate.form] += candidate.prior;
  candidate.squares = pool_.squares;
  if (candidate.terms == 0 || solve(candidate)) candidates_.push_back(candidate);
  if (traffic_ == 0 || candidate.terms == kMostTerms) return;
  candidate.columns[candidate.terms++] = traffic_;
  candidate.form += 1;
  tried_[candidate.form] += candidate.prior;
  if (solve(candidate) && candidate.coefficients[candidate.terms - 1] < kMostTraffic) {
    candidates_.push_back(candidate);
  }
}

// A model that ends, and the same with a line.
void Fitter::try_with_line(std::initializer_list<std::size_t> columns) {
  try_model(columns);
  const std::size_t first = columns.size() > 0 ? *columns.begin() : 0;
  for (const std::size_t line : lines_) {
    const bool some_lives = columns_[line].term.from_group > 0;
    if (columns.size() == 0) {
      try_model({line});
      continue;
    }
    if (columns.size() == 1) {
      const bool any_clock = is(first, Shape::kSaturating) && !some_lives;
      if (some_lives && !is(first, Shape::kSaturating)) continue;
      if (any_clock || same_clock(first, line)) try_model({first, line});
    } else if (same_clock(first, line) && !some_lives) {
      try_model({first, *(columns.begin() + 1), line});
    }
  }
}

void Fitter::try_after_warm_up(std::size_t first) {
  for (std::size_t b = 0; b < columns_.size(); ++b) {
    if (!same_clock(first, b) || b == traffic_) continue;
    const bool second_scale = is(b, Shape::kSaturating) && b > first + 1;
    if (second_scale || is(b, Shape::kLogarithm) || is(b, Shape::kStep)) {
      if (columns_[b].slow) {
        try_model({first, b});
        continue;
      }
      try_with_line({first, b});
    } else if (is(b, Shape::kHinge) || is(b, Shape::kRamp) || is(b, Shape::kLogistic)) {
      try_model({first, b});
    }
    if (!second_scale || columns_[b].slow) continue;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (same_clock(first, c) && is(c, Shape::kStep)) try_model({first, b, c});
    }
  }
}

void Fitter::try_all() {
  candidates_.reserve(8000);
  for (std::size_t a = 0; a < columns_.size(); ++a) {
    if (is(a, Shape::kLine)) lines_.push_back(a);
  }
  try_with_line({});
  for (std::size_t a = 0; a < columns_.size(); ++a) {
    if (is(a, Shape::kLine) || a == traffic_) continue;
    const bool alone = columns_[a].slow || is(a, Shape::kHinge) || is(a, Shape::kRamp);
    if (alone) {
      try_model({a});
    } else {
      try_with_line({a});
    }
    if (is(a, Shape::kSaturating) && !columns_[a].slow) try_after_warm_up(a);
  }
}

std::vector<double> Fitter::residuals(const Candidate& candidate) const {
  std::vector<double> left = pool_.level;
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const CurveColumn& column = columns_[candidate.columns[k]];
    for (std::size_t i = 0; i < left.size(); ++i) {
      left[i] -= candidate.coefficients[k] * column.values[i];
    }
  }
  return left;
}

// How many of the points tell something of their own, by the correlation of neighbouring residuals.
double Fitter::independent_by(const Candidate& candidate) const {
  const auto n = static_cast<double>(pool_.size());
  const std::vector<double> left = residuals(candidate);
  double together = 0;
  for (std::size_t group = 0; group + 1 < pool_.begins.size(); ++group) {
    for (std::size_t i = pool_.begins[group] + 1; i < pool_.begins[group + 1]; ++i) {
      together += left[i] * left[i - 1];
    }
  }
  const double all = dot(left, left);
  const double correlation = all > 0 ? std::clamp(together / all, 0.0, kMostCorrelation) : 0;
  return std::max(3.0, n * (1 - correlation) / (1 + correlation));
}

// By the closest model of each family: residuals that hang together may be the noise's, or those of
// a family that does not fit.
void Fitter::set_noise() {
  const Candidate* ending = nullptr;
  const Candidate* closest = nullptr;
  for (const Candidate& candidate : candidates_) {
    if (closest == nullptr || candidate.squares < closest->squares) closest = &candidate;
    if (candidate.goes_on || candidate.slow) continue;
    if (ending == nullptr || candidate.squares < ending->squares) ending = &candidate;
  }
  assert(ending != nullptr);  // a constant is always among them
  independent_ = std::max(independent_by(*ending), independent_by(*closest));
  const auto n = static_cast<double>(pool_.size());
  noise_ = closest->squares / n + kMisfit * kMisfit;
}

void Fitter::score_all() {
  const auto n = static_cast<double>(pool_.size());
  const double floor = kMisfit * kMisfit;
  std::array<double, 2> least{};  // of each family
  least.fill(std::numeric_limits<double>::infinity());
  for (const Candidate& candidate : candidates_) {
    double& bound = least[candidate.goes_on ? 1 : 0];
    bound = std::min(bound, candidate.squares);
  }
  const double factor = std::exp(2 * kHopeless / independent_);
  std::size_t kept = 0;
  for (Candidate& candidate : candidates_) {
    const double bound = (least[candidate.goes_on ? 1 : 0] / n + floor) * factor;
    if (candidate.squares / n + floor > bound) continue;
    if (score(candidate)) candidates_[kept++] = candidate;
  }
  candidates_.resize(kept);
}

bool form_goes_on(std::size_t form) {
  for (form /= 2; form > 0; form /= kShapes) {
    const std::size_t shape = form % kShapes;
    if (shape == 1 + static_cast<std::size_t>(Shape::kLine)) return true;
    if (shape == 1 + static_cast<std::size_t>(Shape::kHinge)) return true;
  }
  return false;
}

double shape_prior(Shape shape) {
  switch (shape) {
    case Shape::kSaturating:
    case Shape::kLine:
    case Shape::kTraffic:
      return 1;
    case Shape::kLogistic:
      return kLogisticPrior;
    case Shape::kRamp:
      return kFillingPrior;
    default:
      return kOtherPrior;
  }
}

// Before any point is seen: how often memory goes like this.
double form_prior(std::size_t form) {
  double prior = 1;
  for (form /= 2; form > 0; form /= kShapes) {
    const std::size_t shape = form % kShapes;
    if (shape > 0 && shape != kSomeLives) prior *= shape_prior(static_cast<Shape>(shape - 1));
  }
  return prior;
}

// Of a candidate among all of its family, up to what they have in common.
double Fitter::weight(const Candidate& candidate) const {
  return form_prior(candidate.form) * candidate.prior / tried_.at(candidate.form);
}

// The logarithm of how well a whole family explains the points: the mean over the grid of each form
// and over the forms. A family that fits only with finely tuned parameters earns less than one that
// fits with any, which is what tells a leak from a warm-up slow enough to imitate it.
double Fitter::family_evidence(bool goes_on) const {
  const double top = best(goes_on)->evidence;
  double sum = 0;
  for (const Candidate& candidate : candidates_) {
    if (candidate.goes_on == goes_on) sum += weight(candidate) * std::exp(candidate.evidence - top);
  }
  double all = 0;
  for (const auto& [form, prior] : tried_) {
    if (form_goes_on(form) == goes_on) all += form_prior(form);
  }
  return std::log(sum / all) + top;
}

const Candidate* Fitter::best(bool goes_on) const {
  const Candidate* found = nullptr;
  double most = -std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates_) {
    if (candidate.goes_on != goes_on) continue;
    const double odds = candidate.evidence + std::log(weight(candidate));
    if (found == nullptr || odds > most) {
      most = odds;
      found = &candidate;
    }
  }
  return found;
}

// The middle of what the models that go on say, weighted by how likely they are; its error is that
// of the best one, and how much they differ.
void Fitter::find_slope(const Candidate& best, CurveModel& model) {
  double sum = 0;
  double weights = 0;
  double squares = 0;
  for (const Candidate& candidate : candidates_) {
    if (!candidate.goes_on) continue;
    const double odds = weight(candidate) * std::exp(candidate.evidence - best.evidence);
    if (odds < 1e-4 * weight(best)) continue;
    for (std::size_t k = 0; k < candidate.terms; ++k) {
      if (!is_line(candidate.columns[k])) continue;
      sum += odds * candidate.coefficients[k];
      squares += odds * candidate.coefficients[k] * candidate.coefficients[k];
      weights += odds;
    }
  }
  const double mean = sum / weights;
  const double spread = std::max(0.0, squares / weights - mean * mean);
  for (std::size_t k = 0; k < best.terms; ++k) {
    const Term& term = columns_[best.columns[k]].term;
    if (term.shape != Shape::kLine && term.shape != Shape::kHinge) continue;
    SmallSystem system;
    set_up(best, system);
    if (!system.factor()) return;
    std::array<double, kMostTerms> unit{};
    unit[k] = 1;
    const auto n = static_cast<double>(pool_.size());
    const double variance = best.squares / n + kMisfit * kMisfit / 4;
    model.slope = mean;
    model.slope_clock = term.clock;
    const auto life = std::lower_bound(pool_.lives.begin(), pool_.lives.end(), term.from_group);
    model.slope_from = static_cast<std::size_t>(life - pool_.lives.begin());
    model.slope_error = std::sqrt(system.solve(unit)[k] * variance * n / independent_ + spread);
  }
}

CurveModel Fitter::describe(const Candidate& candidate) {
  CurveModel model;
  model.squares = candidate.squares;
  model.goes_on = candidate.goes_on;
  model.origins = pool_.means;
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const CurveColumn& column = columns_[candidate.columns[k]];
    model.terms.push_back(column.term);
    model.terms.back().coefficient = candidate.coefficients[k];
    const std::vector<double>& x = pool_.clock_of(column.term);
    for (std::size_t group = column.term.from_group; group + 1 < pool_.begins.size(); ++group) {
      const std::size_t first = pool_.begins[group];
      const double mean = column.term.at(x[first]) - column.values[first];
      model.origins[group] -= candidate.coefficients[k] * mean;
    }
  }
  if (candidate.goes_on) find_slope(candidate, model);
  return model;
}

// A line of slope b takes b^2 times what of it the other terms cannot imitate out of the squares;
// solved for the b that gives the evidence wanted. `beside`: the model of the family that fits
// better, for a leak that is there must not count as noise.
double Fitter::least_slope(const Candidate& beside) {
  SmallSystem system;
  std::array<std::size_t, kMostTerms> columns{};
  for (std::size_t i = 0; i < beside.terms; ++i) {
    const std::size_t column = beside.columns[i];
    if (!is(column, Shape::kLine) && !is(column, Shape::kHinge)) columns[system.size++] = column;
  }
  for (std::size_t i = 0; i < system.size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      system.matrix[i][j] = product(columns[i], columns[j]);
    }
    system.right[i] = product(0, columns[i]);  // column 0 is the line in hours
  }
  double alone = product(0, 0);
  if (system.size > 0) {
    if (!system.factor()) return std::numeric_limits<double>::infinity();
    const auto share = system.solve(system.right);
    for (std::size_t i = 0; i < system.size; ++i) alone -= share[i] * system.right[i];
  }
  if (!(alone > 1e-12)) return std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(pool_.size());
  const double needed = 2 * options_.wanted + std::log(independent_);
  const double ratio = std::exp(std::min(needed / independent_, 50.0)) - 1;
  return std::sqrt(ratio * (beside.squares + n * kMisfit * kMisfit) / alone);
}

double Fitter::settled_level(const Candidate& candidate, double horizon) const {
  double growth = 0;
  const std::size_t first = pool_.begins[pool_.begins.size() - 2];
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const CurveColumn& column = columns_[candidate.columns[k]];
    const double mean = column.term.at(pool_.clock_of(column.term)[first]) - column.values[first];
    const double end = column.term.shape == Shape::kTraffic ? 0 : column.term.at(horizon);
    growth += candidate.coefficients[k] * (end - mean);
  }
  return pool_.means.back() + growth;
}

// Every model that ends expects a level; their weighted middle is the forecast, and what nine in
// ten of them agree on its interval.
void Fitter::forecast(CurveFit& fit) {
  const double horizon = std::max(options_.horizon, pool_.longest);
  struct Opinion {
    double level;
    double weight;
    const Candidate* candidate;
  };
  std::vector<Opinion> opinions;
  double weights = 0;
  const Candidate& top = *best(false);
  for (const Candidate& candidate : candidates_) {
    if (candidate.goes_on) continue;
    const double odds = weight(candidate) * std::exp(kTrust * (candidate.evidence - top.evidence));
    if (odds < 1e-4 * weight(top)) continue;
    opinions.push_back({settled_level(candidate, horizon), odds, &candidate});
    weights += odds;
  }
  std::stable_sort(opinions.begin(), opinions.end(),
                   [](const Opinion& a, const Opinion& b) { return a.level < b.level; });
  const auto at = [&](double part) {
    double below = 0;
    for (const Opinion& opinion : opinions) {
      below += opinion.weight;
      if (below >= part * weights) return opinion;
    }
    return opinions.back();
  };
  const Opinion middle = at(0.5);
  fit.settled = middle.level;
  fit.settled_low = at(0.05).level;
  fit.settled_high = at(0.95).level;
  fit.settling = describe(*middle.candidate);
  const double end = fit.settling.growth(horizon, horizon);
  constexpr int kSteps = 480;
  for (int i = 0; i <= kSteps; ++i) {
    fit.settle_hours = horizon * i / kSteps;
    const double growth = fit.settling.growth(fit.settle_hours, fit.settle_hours);
    if (end - growth <= 0.03 * std::fabs(fit.settled)) break;
  }
}

CurveFit Fitter::fit() {
  try_all();
  set_noise();
  score_all();
  CurveFit fit;
  fit.points = static_cast<double>(pool_.size());
  fit.independent_points = independent_;
  const Candidate* ending = best(false);
  fit.ending = describe(*ending);
  const Candidate* going = best(true);
  if (going != nullptr) {
    fit.going = describe(*going);
    fit.evidence = family_evidence(true) - family_evidence(false);
  } else {
    // Memory falls: no line that grows fits at all.
    fit.evidence = -std::log(independent_) / 2;
  }
  fit.least_slope = least_slope(going != nullptr && fit.evidence > 0 ? *going : *ending);
  forecast(fit);
  return fit;
}

}  // namespace

CurveFit fit_curves(const std::vector<const Floor*>& floors, const CurveOptions& options) {
  return Fitter(floors, options).fit();
}

}  // namespace tidemark
