// How soon could anybody tell a leak from a warm-up? See docs/verdict.md.
//
//   detection_bound_eval [SERIES [SEED]]      (default: 1500 series, seed 7)
//
// A detector that knows what no real one does: the very families that memory is drawn from, how
// often each comes, the laws of their parameters, the level at boot, the size of the noise and its
// correlation. Memory is that of tests/support/instance_world.cc without all that makes it hard:
// no steps of a heap, no garbage, no records, no traffic, no lost samples, no restarts. At every
// look the detector has the exact odds that what it sees is a leak (every family summed over all
// its parameters), so at a given number of false alarms hardly any other can be sooner.
//
// Growth since boot, in boot levels, at age t:
//   warm * shape(t / tau) + fragmentation * log(1 + t) + cache * filled(t) + leak * t + noise
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "look_hours.h"
#include "support/dice.h"
#include "support/instance_world.h"
#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kStep = 0.25;         // hours between points
constexpr double kCorrelation = 0.55;  // of the noise of neighbours
constexpr double kLongest = 72;        // hours

struct Range {
  double low = 0;
  double high = 0;
  bool by_ratio = false;  // as likely in each octave
  double draw(Dice& dice) const {
    return by_ratio ? dice.spread(low, high) : dice.uniform(low, high);
  }
  // The middle of part i of n.
  [[nodiscard]] double part(int i, int n) const {
    const double at = (i + 0.5) / n;
    return by_ratio ? low * std::pow(high / low, at) : low + (high - low) * at;
  }
};

// One kind of process, as instance_world.cc makes it.
struct Kind {
  double share = 1;  // of all series
  std::vector<WarmShape> shapes;
  Range tau;
  Range warm;
  Range hours;          // watched, ...
  bool of_tau = false;  // ... in time constants
  Range cache = {};     // none: high is 0
  Range cache_hours = {};
  Range leak = {};  // of the settled level, in a day; none: high is 0
};

const std::vector<Kind>& kinds() {
  using enum WarmShape;
  static const std::vector<WarmShape> any = {kExponential, kTwoScales, kStretched, kPower};
  static const Range quick{0.15, 2, true};
  static const Range usual{0.2, 0.8};
  static const Range days{18, 72};
  static const std::vector<Kind> all = {
      {.share = 65, .shapes = any, .tau = quick, .warm = usual, .hours = days},
      {.share = 9,
       .shapes = {kExponential, kExponential, kStretched},
       .tau = {3, 14, true},
       .warm = {0.5, 1.5},
       .hours = {0.4, 2.2},
       .of_tau = true},
      {.share = 5,
       .shapes = {kLogistic},
       .tau = {2.5, 6},
       .warm = {0.6, 1.5},
       .hours = {0.8, 2},
       .of_tau = true},
      {.share = 5,
       .shapes = any,
       .tau = {1.2, 3.5},
       .warm = {0.6, 1.1},
       .hours = {0.9, 2},
       .of_tau = true},
      {.share = 7, .shapes = any, .tau = {0.7, 2}, .warm = {0.6, 1}, .hours = days},
      {.share = 4,
       .shapes = any,
       .tau = quick,
       .warm = usual,
       .hours = {12, 48},
       .cache = {0.4, 1.2},
       .cache_hours = {6, 22}},
      {.share = 4,
       .shapes = any,
       .tau = quick,
       .warm = usual,
       .hours = days,
       .cache = {0.2, 0.7},
       .cache_hours = {2, 9}},
      {.share = 16,
       .shapes = any,
       .tau = quick,
       .warm = usual,
       .hours = days,
       .leak = {0.12, 3, true}},
      {.share = 11,
       .shapes = any,
       .tau = quick,
       .warm = usual,
       .hours = days,
       .leak = {0.18, 3, true}},
      {.share = 5,
       .shapes = any,
       .tau = quick,
       .warm = usual,
       .hours = days,
       .leak = {0.8, 6, true}},
      {.share = 8,
       .shapes = any,
       .tau = quick,
       .warm = usual,
       .hours = days,
       .leak = {0.1, 0.6, true}},
  };
  return all;
}

constexpr Range kFragmentation{0, 0.02};
constexpr int kTaus = 12;
constexpr int kFragmentations = 3;
constexpr int kCaches = 5;
constexpr int kCacheHours = 8;
constexpr int kRates = 32;
constexpr double kSettled = 1.65;  // a leak's rate is a share of this, which the detector sums over

// A curve made comparable with independent noise of size 1: what neighbours share is taken off.
using Column = std::vector<double>;
Column whiten(Column values) {
  const double rest = std::sqrt(1 - kCorrelation * kCorrelation);
  for (std::size_t i = values.size(); i-- > 1;) {
    values[i] = (values[i] - kCorrelation * values[i - 1]) / rest;
  }
  return values;
}

template <typename Curve>
Column column_of(Curve curve) {
  Column values;
  for (int i = 1; i * kStep <= kLongest; ++i) values.push_back(curve(i * kStep));
  return whiten(std::move(values));
}

// What is known of a set of parameters before any point is seen, with the warm-up's size left
// open: it is integrated over.
struct Hypothesis {
  std::size_t shape = 0;  // columns
  std::size_t offset = 0;
  Range warm;
  double prior = 0;
  bool leaks = false;
};

class Detector {
 public:
  Detector();
  // The log odds for a leak after each point.
  [[nodiscard]] std::vector<double> odds(std::span<const double> growth, double noise,
                                         std::span<const std::size_t> looks) const;

 private:
  void add(const Kind& kind);
  std::size_t add_column(Column column) {
    columns_.push_back(std::move(column));
    return columns_.size() - 1;
  }
  std::vector<Column> columns_;
  std::vector<Hypothesis> hypotheses_;
};

void Detector::add(const Kind& kind) {
  std::vector<std::pair<std::size_t, double>> offsets;  // and their share
  for (int f = 0; f < kFragmentations; ++f) {
    const double broken = kFragmentation.part(f, kFragmentations);
    const auto add_offset = [&](double share, auto more) {
      offsets.emplace_back(
          add_column(column_of([&](double t) { return broken * std::log1p(t) + more(t); })),
          share / kFragmentations);
    };
    if (kind.leak.high > 0) {
      for (int r = 0; r < kRates; ++r) {
        const double rate = kSettled * kind.leak.part(r, kRates) / 24;
        add_offset(1.0 / kRates, [=](double t) { return rate * t; });
      }
    } else if (kind.cache.high > 0) {
      for (int c = 0; c < kCaches * kCacheHours; ++c) {
        const double size = kind.cache.part(c % kCaches, kCaches);
        const double hours = kind.cache_hours.part(c / kCaches, kCacheHours);
        constexpr double kEach = 1.0 / (kCaches * kCacheHours);
        add_offset(0.3 * kEach, [=](double t) { return size * cache_part(false, t / hours); });
        add_offset(0.7 * kEach, [=](double t) { return size * cache_part(true, t / hours); });
      }
    } else {
      add_offset(1, [](double) { return 0; });
    }
  }
  for (const WarmShape shape : kind.shapes) {
    for (int i = 0; i < kTaus; ++i) {
      const double tau = kind.tau.part(i, kTaus);
      const std::size_t column =
          add_column(column_of([&](double t) { return warm_part(shape, t / tau); }));
      for (const auto& [offset, share] : offsets) {
        const auto shapes = static_cast<double>(kind.shapes.size());
        hypotheses_.push_back({.shape = column,
                               .offset = offset,
                               .warm = kind.warm,
                               .prior = std::log(kind.share * share / (shapes * kTaus)),
                               .leaks = kind.leak.high > 0});
      }
    }
  }
}

Detector::Detector() {
  for (const Kind& kind : kinds()) add(kind);
}

// log of the integral of e^(-(squares - 2 a along + a^2 length) / 2) over a, evenly in the range.
double integral(double squares, double along, double length, const Range& range) {
  const double root = std::sqrt(length / 2);
  const double middle = along / length;
  const double low = root * (range.low - middle);
  const double high = root * (range.high - middle);
  const double inside = low > 0    ? std::erfc(low) - std::erfc(high)
                        : high < 0 ? std::erfc(-high) - std::erfc(-low)
                                   : std::erf(high) - std::erf(low);
  if (!(inside > 0)) return -std::numeric_limits<double>::infinity();
  return -(squares - along * middle) / 2 + std::log(inside / root / (range.high - range.low));
}

std::vector<double> Detector::odds(std::span<const double> growth, double noise,
                                   std::span<const std::size_t> looks) const {
  const Column seen = whiten({growth.begin(), growth.end()});
  const std::size_t n = looks.size();
  std::vector<std::vector<double>> logs(2 * n);
  for (const Hypothesis& one : hypotheses_) {
    const Column& shape = columns_[one.shape];
    const Column& offset = columns_[one.offset];
    double squares = 0;
    double along = 0;
    double length = 0;
    std::size_t point = 0;
    for (std::size_t look = 0; look < n; ++look) {
      for (; point < looks[look]; ++point) {
        const double rest = (seen[point] - offset[point]) / noise;
        const double part = shape[point] / noise;
        squares += rest * rest;
        along += rest * part;
        length += part * part;
      }
      const double log = one.prior + integral(squares, along, length, one.warm);
      logs[2 * look + (one.leaks ? 1 : 0)].push_back(log);
    }
  }
  const auto sum = [](const std::vector<double>& all) {
    const double top = *std::max_element(all.begin(), all.end());
    if (!std::isfinite(top)) return -1e6;
    double total = 0;
    for (const double log : all) total += std::exp(log - top);
    return top + std::log(total);
  };
  std::vector<double> odds;
  for (std::size_t look = 0; look < n; ++look) {
    odds.push_back(sum(logs[2 * look + 1]) - sum(logs[2 * look]));
  }
  return odds;
}

struct Watched {
  std::vector<double> odds = {};  // at each look
  std::vector<double> hours = {};
  double watched = 0;
  bool leaks = false;
  bool fast = false;
};

Watched watch(const Kind& kind, const Detector& detector, Dice& dice) {
  const double tau = kind.tau.draw(dice);
  const double warm = kind.warm.draw(dice);
  const double broken = kFragmentation.draw(dice);
  const auto last = static_cast<int>(kind.shapes.size()) - 1;
  const WarmShape shape = kind.shapes[static_cast<std::size_t>(dice.number(0, last))];
  const bool skewed = dice.chance(0.7);
  const double cache = kind.cache.high > 0 ? kind.cache.draw(dice) : 0;
  const double cache_hours = kind.cache.high > 0 ? kind.cache_hours.draw(dice) : 1;
  const double settled = 1.15 + warm + 4 * broken;
  const double a_day = kind.leak.high > 0 ? kind.leak.draw(dice) : 0;
  const double workers = dice.number(1, 5);
  const double noise = dice.spread(0.001, 0.01) / std::sqrt(workers);
  Watched one{.leaks = a_day > 0, .fast = a_day > 1.5};
  one.watched = std::min(kLongest, kind.hours.draw(dice) * (kind.of_tau ? tau : 1));
  std::vector<double> growth;
  double drift = dice.normal();
  for (int i = 1; i * kStep <= one.watched; ++i) {
    const double t = i * kStep;
    growth.push_back(warm * warm_part(shape, t / tau) + broken * std::log1p(t) +
                     cache * cache_part(skewed, t / cache_hours) + a_day * settled / 24 * t +
                     noise * drift);
    drift = kCorrelation * drift + std::sqrt(1 - kCorrelation * kCorrelation) * dice.normal();
  }
  std::vector<std::size_t> looks;
  for (const double hour : look_hours()) {
    if (hour > one.watched) break;
    one.hours.push_back(hour);
    looks.push_back(static_cast<std::size_t>(std::lround(hour / kStep)));
  }
  one.odds = detector.odds(growth, noise, looks);
  return one;
}

// At this threshold, two looks running.
void report(const std::vector<Watched>& all, double wanted) {
  double hours = 0;
  int alarms = 0;
  int leaks = 0;
  std::vector<double> found;
  std::vector<double> fast;
  for (const Watched& one : all) {
    leaks += one.leaks ? 1 : 0;
    if (!one.leaks) hours += one.watched;
    for (std::size_t i = 1; i < one.odds.size(); ++i) {
      if (std::min(one.odds[i], one.odds[i - 1]) <= wanted) continue;
      if (!one.leaks) ++alarms;
      if (one.leaks) found.push_back(one.hours[i]);
      if (one.fast) fast.push_back(one.hours[i]);
      break;
    }
  }
  fmt::print("{:+.1f}: {:.3f}; {} of {}, {:.1f} h; {}, {:.1f} h\n", wanted, 100 * alarms / hours,
             found.size(), leaks, quantile(found, 0.5), fast.size(), quantile(fast, 0.5));
}

int run(int series, std::uint64_t seed) {
  const Detector detector;
  double shares = 0;
  for (const Kind& kind : kinds()) shares += kind.share;
  std::vector<Watched> all;
  Dice dice(seed);
  for (const Kind& kind : kinds()) {
    const auto count = static_cast<int>(std::lround(series * kind.share / shares));
    for (int i = 0; i < count; ++i) all.push_back(watch(kind, detector, dice));
  }
  fmt::print("log odds asked for: alarms in 100 h; leaks found, median; above 150 % a day\n");
  for (const double wanted : {-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}) {
    report(all, wanted);
  }
  return 0;
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  const int series = argc > 1 ? std::atoi(argv[1]) : 1500;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 7;
  return tidemark::run(series, seed);
}
