#include "verdict/curve_columns.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {
constexpr double kLongestTau = 14;   // hours
constexpr double kUsualTau = 2;      // of a warm-up, at most
constexpr double kLongestFill = 24;  // hours, of a cache

// What coefficients are likely to be below, by the level at which a life begins.
constexpr double kWarmScale = 0.7;
constexpr double kLogarithmScale = 0.05;
constexpr double kStepScale = 0.4;
constexpr double kLineScale = 0.2;  // in an hour; leaks of a tenth of that are as usual
constexpr double kTrafficScale = 0.15;

constexpr double kLeastBase = 0.25;  // of the usual level
constexpr int kTaus = 12;

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

// The shapes on their grids of parameters, for one clock.
class Grid {
 public:
  Grid(std::vector<CurveColumn>& columns, Clock clock, const Pool& pool)
      : columns_(columns), clock_(clock), pool_(pool) {}

  void add_all() {
    lines();
    saturating();
    logistic();
    const double longest = pool_.longest;
    for (const double part : {0.01, 0.05, 0.2}) {
      add(Shape::kLogarithm, part * longest).scale = kLogarithmScale * pool_.base;
    }
    for (const double place : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}) {
      add(Shape::kStep, place * longest).scale = kStepScale * pool_.base;
      if (place < 0.75) add(Shape::kHinge, place * longest).scale = kLineScale * pool_.base;
      if (place < 0.75) add(Shape::kRamp, place * longest);
    }
    for (int i = 0; longest > 0 && 0.9 * longest * std::pow(1.4, i) <= kLongestFill; ++i) {
      add(Shape::kRamp, 0.9 * longest * std::pow(1.4, i)).slow = true;
    }
  }

 private:
  CurveColumn& add(Shape shape, double first, double second = 0) {
    columns_.push_back(
        {.term = {.shape = shape, .clock = clock_, .first = first, .second = second}});
    columns_.back().scale = kWarmScale * pool_.base;
    return columns_.back();
  }

  // From the first life on, or from a later one: a deploy that nobody announced.
  void lines() {
    for (std::size_t life = 0; life < pool_.lives.size(); ++life) {
      CurveColumn& line = add(Shape::kLine, 0);
      line.term.from_group = pool_.lives[life];
      line.scale = kLineScale * pool_.base;
      if (life > 0) line.prior = 1.0 / static_cast<double>(pool_.lives.size() - 1);
    }
  }

  // Those of two hours or less are as likely as each other, and the slower ones the rarer.
  void saturating() {
    const double slowest = std::min(1.2 * pool_.longest, kLongestTau);
    const double fastest = std::min(pool_.longest / 40, slowest / 8);
    const auto one = [&](double tau) {
      CurveColumn& column = add(Shape::kSaturating, tau);
      column.prior = 1 / std::max(1.0, tau / kUsualTau);
      column.slow = tau > 1.0001 * slowest;
    };
    for (int i = 0; i < kTaus; ++i) one(fastest * std::pow(slowest / fastest, i / (kTaus - 1.0)));
    // What may still come of a young process.
    for (int i = 1; slowest * std::pow(1.6, i) <= kLongestTau; ++i) {
      one(slowest * std::pow(1.6, i));
    }
  }

  void logistic() {
    const double longest = pool_.longest;
    for (const double middle : {0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75}) {
      for (const double width : {0.04, 0.08, 0.16}) {
        // Its bend is seen, and it is no slower than the slowest warm-up.
        if (1 - middle >= 2 * width && middle * longest <= kLongestTau) {
          add(Shape::kLogistic, middle * longest, width * longest);
        }
      }
    }
    for (const double middle : {0.9, 1.2, 1.6}) {
      if (middle * longest > kLongestTau) break;
      add(Shape::kLogistic, middle * longest, 0.3 * middle * longest).slow = true;
    }
  }

  std::vector<CurveColumn>& columns_;
  Clock clock_;
  const Pool& pool_;
};

}  // namespace

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

const std::vector<double>& Pool::clock_of(const Term& term) const {
  if (term.shape == Shape::kTraffic) return rate;
  return term.clock == Clock::kHours ? hours : work;
}

Pool make_pool(const std::vector<const Floor*>& floors) {
  Pool pool;
  pool.begins.push_back(0);
  for (const Floor* floor : floors) {
    if (floor->points.empty()) continue;
    pool.lives.push_back(pool.begins.size() - 1);
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
  if (pool.size() > 0) {
    const double least = *std::min_element(pool.level.begin(), pool.level.end());
    pool.base = std::max(kLeastBase, least);
  }
  center(pool.level, pool.begins, &pool.means);
  pool.squares = dot(pool.level, pool.level);
  return pool;
}

std::vector<CurveColumn> make_columns(const Pool& pool, bool requests) {
  std::vector<CurveColumn> columns;
  columns.reserve(200);
  Grid(columns, Clock::kHours, pool).add_all();
  if (requests) {
    Grid(columns, Clock::kRequests, pool).add_all();
    columns.push_back({.term = {.shape = Shape::kTraffic, .clock = Clock::kRequests}});
    columns.back().scale = kTrafficScale;
  }
  for (CurveColumn& column : columns) {
    const std::vector<double>& x = pool.clock_of(column.term);
    const std::size_t first = pool.begins[column.term.from_group];
    column.values.assign(x.size(), 0);
    for (std::size_t i = first; i < x.size(); ++i) column.values[i] = column.term.at(x[i]);
    center(column.values, pool.begins);
    column.with_level = dot(column.values, pool.level);
  }
  return columns;
}

}  // namespace tidemark
