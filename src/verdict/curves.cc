#include "verdict/curves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "verdict/small_system.h"

namespace tidemark {
namespace {

constexpr double kMisfit = 0.006;   // of the level: no model is better than that
constexpr double kLongestTau = 12;  // hours
constexpr double kUsualTau = 2;     // of a warm-up, at most
constexpr double kMostCorrelation = 0.8;
constexpr std::size_t kShapes = 16;    // base of a form's number
constexpr double kMostTraffic = 0.35;  // of the level

// The pooled points, with each group's mean taken off.
struct Pool {
  std::vector<double> hours;
  std::vector<double> work;
  std::vector<double> rate;
  std::vector<double> level;
  // A group is a life, or a part of one between jumps; each has a level of its own.
  std::vector<std::size_t> begins;  // of each group, and the end
  std::vector<double> means;        // of the level, each group
  double longest = 0;               // age
  double squares = 0;

  [[nodiscard]] std::size_t size() const { return level.size(); }
};

void center(std::vector<double>& values, const std::vector<std::size_t>& begins,
            std::vector<double>* means = nullptr) {
  for (std::size_t group = 0; group + 1 < begins.size(); ++group) {
    double sum = 0;
    for (std::size_t i = begins[group]; i < begins[group + 1]; ++i) sum += values[i];
    const double mean = sum / static_cast<double>(begins[group + 1] - begins[group]);
    for (std::size_t i = begins[group]; i < begins[group + 1]; ++i) values[i] -= mean;
    if (means != nullptr) means->push_back(mean);
  }
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Pool make_pool(const std::vector<const Floor*>& floors) {
  Pool pool;
  pool.begins.push_back(0);
  for (const Floor* floor : floors) {
    if (floor->points.empty()) continue;
    for (const FloorPoint& point : floor->points) {
      if (point.apart) pool.begins.push_back(pool.size());
      pool.hours.push_back(point.age);
      pool.work.push_back(point.work);
      pool.rate.push_back(point.rate);
      pool.level.push_back(point.level);
      pool.longest = std::max(pool.longest, point.age);
    }
    pool.begins.push_back(pool.size());
  }
  center(pool.level, pool.begins, &pool.means);
  pool.squares = dot(pool.level, pool.level);
  return pool;
}

struct Column {
  Term term;
  std::vector<double> values = {};  // centred
  double with_level = 0;
  bool slow = false;  // slower than the points can show: for the forecast only
};

// The shapes on their grids of parameters, for one clock.
void add_columns(std::vector<Column>& columns, Clock clock, double longest) {
  const auto add = [&](Shape shape, double first, double second = 0) {
    columns.push_back({.term = {.shape = shape, .clock = clock, .first = first, .second = second}});
  };
  add(Shape::kLine, 0);
  const double slowest = std::min(1.2 * longest, kLongestTau);
  const double fastest = std::min(longest / 40, slowest / 8);
  constexpr int kTaus = 12;
  for (int i = 0; i < kTaus; ++i) {
    add(Shape::kSaturating, fastest * std::pow(slowest / fastest, i / (kTaus - 1.0)));
  }
  // What may still come of a young process: warm-ups of up to half a day.
  for (int i = 1; slowest * std::pow(1.6, i) <= kLongestTau; ++i) {
    add(Shape::kSaturating, slowest * std::pow(1.6, i));
    columns.back().slow = true;
  }
  for (const double part : {0.01, 0.05, 0.2}) add(Shape::kLogarithm, part * longest);
  for (const double middle : {0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75}) {
    for (const double width : {0.04, 0.08, 0.16}) {
      // Its bend is seen, and it is no slower than the slowest warm-up.
      if (1 - middle >= 2 * width && middle * longest <= kLongestTau) {
        add(Shape::kLogistic, middle * longest, width * longest);
      }
    }
  }
  for (const double place : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}) {
    add(Shape::kStep, place * longest);
    if (place < 0.75) add(Shape::kHinge, place * longest);
    if (place < 0.75) add(Shape::kRamp, place * longest);
  }
}

// A model while it is searched for: which columns, and how well.
struct Candidate {
  std::array<std::size_t, kMostTerms> columns{};
  std::array<double, kMostTerms> coefficients{};
  std::size_t terms = 0;
  double parameters = 0;
  double squares = 0;
  double bic = 0;
  bool goes_on = false;
  bool slow = false;     // for the forecast only
  std::size_t form = 0;  // which shapes it is made of
};

double parameters_of(Shape shape) {
  switch (shape) {
    case Shape::kLine:
    case Shape::kTraffic:
      return 1;
    case Shape::kLogistic:
      return 3;
    default:
      return 2;
  }
}

class Fitter {
 public:
  Fitter(const std::vector<const Floor*>& floors, const CurveOptions& options)
      : pool_(make_pool(floors)), options_(options) {
    add_columns(columns_, Clock::kHours, pool_.longest);
    if (options.requests) {
      add_columns(columns_, Clock::kRequests, pool_.longest);
      traffic_ = columns_.size();
      columns_.push_back({.term = {.shape = Shape::kTraffic, .clock = Clock::kRequests}});
    }
    for (Column& column : columns_) {
      const std::vector<double>& x = clock_of(column.term);
      column.values.reserve(x.size());
      for (const double value : x) column.values.push_back(column.term.at(value));
      center(column.values, pool_.begins);
      column.with_level = dot(column.values, pool_.level);
    }
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

  [[nodiscard]] const std::vector<double>& clock_of(const Term& term) const {
    if (term.shape == Shape::kTraffic) return pool_.rate;
    return term.clock == Clock::kHours ? pool_.hours : pool_.work;
  }

  void try_model(std::initializer_list<std::size_t> columns);
  void try_all();
  void try_after(std::size_t line);
  bool solve(Candidate& candidate);
  [[nodiscard]] std::vector<double> residuals(const Candidate& candidate) const;
  void score(Candidate& candidate) const;
  void set_independent_points();
  [[nodiscard]] const Candidate* best(bool goes_on) const;
  [[nodiscard]] double family_evidence(bool goes_on) const;
  [[nodiscard]] double prior(const Candidate& candidate) const;
  CurveModel describe(const Candidate& candidate);
  void find_slope_error(const Candidate& candidate, CurveModel& model);
  double least_slope(const Candidate& beside);
  [[nodiscard]] double settled_level(const Candidate& candidate, double horizon) const;
  void forecast(CurveFit& fit);

  Pool pool_;
  CurveOptions options_;
  std::vector<Column> columns_;
  std::size_t traffic_ = 0;  // the column of the traffic; 0: not known
  std::vector<double> products_;
  std::vector<Candidate> candidates_;
  // Candidates of each form, with those that do not fit.
  std::map<std::size_t, std::size_t> tried_;
  double independent_ = 0;
};

bool Fitter::solve(Candidate& candidate) {
  SmallSystem system;
  system.size = candidate.terms;
  for (std::size_t i = 0; i < candidate.terms; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      system.matrix[i][j] = product(candidate.columns[i], candidate.columns[j]);
    }
    system.right[i] = columns_[candidate.columns[i]].with_level;
  }
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

void Fitter::try_model(std::initializer_list<std::size_t> columns) {
  Candidate candidate;
  for (const std::size_t column : columns) {
    candidate.columns[candidate.terms++] = column;
    candidate.parameters += parameters_of(columns_[column].term.shape);
    candidate.goes_on |= is(column, Shape::kLine) || is(column, Shape::kHinge);
    candidate.slow |= columns_[column].slow;
    candidate.form =
        candidate.form * kShapes + 1 + static_cast<std::size_t>(columns_[column].term.shape);
  }
  candidate.form *= 2;
  ++tried_[candidate.form];
  candidate.squares = pool_.squares;
  if (candidate.terms == 0 || solve(candidate)) candidates_.push_back(candidate);
  if (traffic_ == 0) return;
  candidate.columns[candidate.terms++] = traffic_;
  candidate.parameters += 1;
  candidate.form += 1;
  ++tried_[candidate.form];
  if (solve(candidate) && candidate.coefficients[candidate.terms - 1] < kMostTraffic) {
    candidates_.push_back(candidate);
  }
}

// A line, alone and after each warm-up.
void Fitter::try_after(std::size_t line) {
  try_model({line});
  const Clock clock = columns_[line].term.clock;
  for (std::size_t a = 0; a < columns_.size(); ++a) {
    const bool same_clock = columns_[a].term.clock == clock;
    if (columns_[a].slow) continue;
    if (is(a, Shape::kSaturating)) {
      try_model({a, line});
      if (!same_clock) continue;
      for (std::size_t b = 0; b < columns_.size(); ++b) {
        if (columns_[b].term.clock != clock) continue;
        if (is(b, Shape::kStep) || is(b, Shape::kLogarithm)) try_model({a, b, line});
      }
    } else if (same_clock &&
               (is(a, Shape::kLogarithm) || is(a, Shape::kStep) || is(a, Shape::kLogistic))) {
      try_model({a, line});
    }
  }
}

void Fitter::try_all() {
  candidates_.reserve(8000);
  try_model({});
  for (std::size_t a = 0; a < columns_.size(); ++a) {
    if (is(a, Shape::kLine)) {
      try_after(a);
      continue;
    }
    try_model({a});
    if (!is(a, Shape::kSaturating) || columns_[a].slow) continue;
    for (std::size_t b = 0; b < columns_.size(); ++b) {
      if (columns_[b].term.clock != columns_[a].term.clock) continue;
      const bool second_scale = is(b, Shape::kSaturating) && b > a + 1;
      if (second_scale || is(b, Shape::kLogarithm) || is(b, Shape::kStep) || is(b, Shape::kHinge) ||
          is(b, Shape::kRamp) || is(b, Shape::kLogistic)) {
        try_model({a, b});
      }
      if (!second_scale || columns_[b].slow) continue;
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        const bool same_clock = columns_[c].term.clock == columns_[a].term.clock;
        if (same_clock && is(c, Shape::kStep)) try_model({a, b, c});
      }
    }
  }
}

std::vector<double> Fitter::residuals(const Candidate& candidate) const {
  std::vector<double> left = pool_.level;
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const Column& column = columns_[candidate.columns[k]];
    for (std::size_t i = 0; i < left.size(); ++i) {
      left[i] -= candidate.coefficients[k] * column.values[i];
    }
  }
  return left;
}

// The correlation of neighbouring residuals of the closest model that ends says how many of the
// points tell something of their own.
void Fitter::set_independent_points() {
  const auto n = static_cast<double>(pool_.size());
  const auto closest =
      std::min_element(candidates_.begin(), candidates_.end(), [](const auto& a, const auto& b) {
        const bool a_last = a.goes_on || a.slow;
        const bool b_last = b.goes_on || b.slow;
        return a_last != b_last ? b_last : a.squares < b.squares;
      });
  const std::vector<double> left = residuals(*closest);
  double together = 0;
  for (std::size_t group = 0; group + 1 < pool_.begins.size(); ++group) {
    for (std::size_t i = pool_.begins[group] + 1; i < pool_.begins[group + 1]; ++i) {
      together += left[i] * left[i - 1];
    }
  }
  const double all = dot(left, left);
  const double correlation = all > 0 ? std::clamp(together / all, 0.0, kMostCorrelation) : 0;
  independent_ = std::max(3.0, n * (1 - correlation) / (1 + correlation));
}

void Fitter::score(Candidate& candidate) const {
  const auto n = static_cast<double>(pool_.size());
  candidate.bic = independent_ * std::log(candidate.squares / n + kMisfit * kMisfit) +
                  candidate.parameters * std::log(independent_);
}

// Of a warm-up by its time constant, as a logarithm: those of two hours or less are as good as each
// other, and the slower ones the rarer.
double Fitter::prior(const Candidate& candidate) const {
  double sum = 0;
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const Term& term = columns_[candidate.columns[k]].term;
    if (term.shape == Shape::kSaturating) sum -= std::log(std::max(1.0, term.first / kUsualTau));
  }
  return sum;
}

// The logarithm of how well a whole family explains the points: the mean over the grid of each form
// (BIC's price for a parameter on the grid is not paid then, the many that fit worse pay it), and
// the mean over the forms. A family that fits only with finely tuned parameters earns less than
// one that fits with any, which is what tells a leak from a warm-up slow enough to imitate it.
double Fitter::family_evidence(bool goes_on) const {
  const double best_bic = best(goes_on)->bic;
  std::map<std::size_t, double> forms;
  for (const Candidate& candidate : candidates_) {
    if (candidate.goes_on != goes_on || candidate.slow) continue;
    const double on_grid = candidate.parameters - static_cast<double>(candidate.terms);
    const double bic = candidate.bic - on_grid * std::log(independent_) - 2 * prior(candidate);
    forms[candidate.form] +=
        std::exp(-(bic - best_bic) / 2) / static_cast<double>(tried_.at(candidate.form));
  }
  double sum = 0;
  for (const auto& [form, weight] : forms) sum += weight;
  return std::log(sum / static_cast<double>(forms.size())) - best_bic / 2;
}

const Candidate* Fitter::best(bool goes_on) const {
  const Candidate* found = nullptr;
  for (const Candidate& candidate : candidates_) {
    if (candidate.goes_on != goes_on || candidate.slow) continue;
    if (found == nullptr || candidate.bic < found->bic) found = &candidate;
  }
  return found;
}

void Fitter::find_slope_error(const Candidate& candidate, CurveModel& model) {
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const Term& term = columns_[candidate.columns[k]].term;
    if (term.shape != Shape::kLine && term.shape != Shape::kHinge) continue;
    SmallSystem system;
    system.size = candidate.terms;
    for (std::size_t i = 0; i < candidate.terms; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        system.matrix[i][j] = product(candidate.columns[i], candidate.columns[j]);
      }
    }
    if (!system.factor()) return;
    std::array<double, kMostTerms> unit{};
    unit[k] = 1;
    const auto n = static_cast<double>(pool_.size());
    const double variance = candidate.squares / n + kMisfit * kMisfit / 4;
    model.slope = candidate.coefficients[k];
    model.slope_clock = term.clock;
    model.slope_error = std::sqrt(system.solve(unit)[k] * variance * n / independent_);
  }
}

CurveModel Fitter::describe(const Candidate& candidate) {
  CurveModel model;
  model.squares = candidate.squares;
  model.bic = candidate.bic;
  model.goes_on = candidate.goes_on;
  model.origins = pool_.means;
  for (std::size_t k = 0; k < candidate.terms; ++k) {
    const Column& column = columns_[candidate.columns[k]];
    model.terms.push_back(column.term);
    model.terms.back().coefficient = candidate.coefficients[k];
    const std::vector<double>& x = clock_of(column.term);
    for (std::size_t group = 0; group + 1 < pool_.begins.size(); ++group) {
      const std::size_t first = pool_.begins[group];
      const double mean = column.term.at(x[first]) - column.values[first];
      model.origins[group] -= candidate.coefficients[k] * mean;
    }
  }
  if (candidate.goes_on) find_slope_error(candidate, model);
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
    const Column& column = columns_[candidate.columns[k]];
    const double mean = column.term.at(clock_of(column.term)[first]) - column.values[first];
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
  for (const Candidate& candidate : candidates_) {
    if (candidate.goes_on) continue;
    const double weight = std::exp(-(candidate.bic - fit.ending.bic) / 2);
    if (weight < 1e-4) continue;
    opinions.push_back({settled_level(candidate, horizon), weight, &candidate});
    weights += weight;
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
  set_independent_points();
  for (Candidate& candidate : candidates_) score(candidate);
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
