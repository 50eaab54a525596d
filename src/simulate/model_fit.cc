#include "simulate/model_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/units.h"
#include "simulate/server_law.h"

namespace tidemark {
namespace {

constexpr std::size_t kLeastSamples = 20;
constexpr double kLeastSpan = 600;  // seconds
constexpr std::size_t kMostPoints = 60;
constexpr double kBusiest = 0.9;  // of a thread
constexpr double kEarly =
    0.8;  // of the requests' rise: done at the first point, nothing is seen of it
constexpr double kGrowthExplains = 0.7;  // of the squares that are left without it
constexpr double kLeastBlur = 0.02;      // of the level
constexpr int kPaces = 9;                // tried, each half of the one before

std::vector<FitPoint> longest_life(const MemorySeries& series) {
  std::vector<FitPoint> best;
  std::vector<FitPoint> life;
  std::size_t event = 0;
  double begin = 0;
  const auto finish = [&] {
    if (!life.empty() && (best.empty() || life.back().age > best.back().age)) best = life;
    life.clear();
  };
  for (const MemorySample& sample : series.samples) {
    bool ended = false;
    while (event < series.events.size() && series.events[event].time <= sample.time) {
      ended = ended || ends_life(series.events[event].kind);
      ++event;
    }
    // A fall by a third is a restart that nobody announced.
    if (ended || (!life.empty() && sample.bytes < 0.66 * life.back().bytes)) finish();
    if (life.empty()) begin = sample.time;
    const double highest = life.empty() ? sample.bytes : std::max(life.back().bytes, sample.bytes);
    life.push_back({sample.time - begin, highest});
  }
  finish();
  return best;
}

// Fewer of them, evenly in time.
std::vector<FitPoint> thinned(const std::vector<FitPoint>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<FitPoint> out;
  for (std::size_t i = 0; i < kMostPoints; ++i) {
    out.push_back(points[(i + 1) * (points.size() - 1) / kMostPoints]);
  }
  return out;
}

using Three = std::array<double, 3>;
// Of base, size and growth, as bits.
constexpr unsigned kGrowth = 4;
constexpr unsigned kAllParts = 7;
constexpr unsigned kWithoutBase = 6;

// Least squares of y on the chosen columns; nothing when they are nearly the same.
std::optional<Three> solve(const std::vector<Three>& rows, const std::vector<double>& y,
                           unsigned chosen) {
  std::array<std::array<double, 4>, 3> system{};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) system[i][j] += rows[r][i] * rows[r][j];
      system[i][3] += rows[r][i] * y[r];
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if ((chosen >> i & 1U) != 0) continue;
    for (std::size_t j = 0; j < 4; ++j) system[i][j] = 0;
    for (std::size_t j = 0; j < 3; ++j) system[j][i] = 0;
    system[i][i] = 1;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const double pivot = system[i][i];
    if (std::fabs(pivot) < 1e-9) return std::nullopt;
    for (std::size_t r = 0; r < 3; ++r) {
      if (r == i) continue;
      const double times = system[r][i] / pivot;
      for (std::size_t j = i; j < 4; ++j) system[r][j] -= times * system[i][j];
    }
  }
  Three out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = system[i][3] / system[i][i];
  return out;
}

struct Attempt {
  Three parts{};
  double squares = 0;
};

// None of the parts below zero: the best over all ways to leave some out.
Attempt best_parts(const std::vector<Three>& rows, const std::vector<double>& y, unsigned allowed) {
  std::optional<Attempt> best;
  for (unsigned chosen = 1; chosen < 8; ++chosen) {
    if ((chosen & ~allowed) != 0) continue;
    const auto parts = solve(rows, y, chosen);
    if (!parts || std::any_of(parts->begin(), parts->end(), [](double p) { return p < 0; })) {
      continue;
    }
    Attempt attempt{*parts, 0};
    for (std::size_t r = 0; r < rows.size(); ++r) {
      double rest = y[r];
      for (std::size_t i = 0; i < 3; ++i) rest -= (*parts)[i] * rows[r][i];
      attempt.squares += rest * rest;
    }
    // Highest levels so far hang together, so chance alone bends their curve a little: only what it
    // explains well is growth.
    const bool grows = (chosen & kGrowth) != 0;
    if (!best || attempt.squares < (grows ? kGrowthExplains : 0.999) * best->squares)
      best = attempt;
  }
  return best.value_or(Attempt{{0, 0, 0}, 1e300});
}

void judge_fit(ModelFit& fit) {
  std::vector<double> errors;
  double mean = 0;
  for (const FitPoint& point : fit.points) mean += point.bytes;
  mean /= static_cast<double>(fit.points.size());
  double squares = 0;
  double all = 0;
  for (std::size_t i = 0; i < fit.points.size(); ++i) {
    const double bytes = fit.points[i].bytes;
    const LevelBand& band = fit.curve[i];
    errors.push_back(std::fabs(bytes - band.median) / bytes);
    squares += (bytes - band.median) * (bytes - band.median);
    all += (bytes - mean) * (bytes - mean);
    fit.inside += bytes >= band.low && bytes <= band.high ? 1 : 0;
  }
  std::nth_element(errors.begin(), errors.begin() + static_cast<long>(errors.size() / 2),
                   errors.end());
  fit.median_error = errors[errors.size() / 2];
  fit.explained = all > 0 ? 1 - squares / all : 1;
  fit.inside /= static_cast<double>(fit.points.size());
}

}  // namespace

Result<ModelFit> fit_model(const MemorySeries& series, ServerModel model, bool rate_known) {
  ModelFit fit;
  fit.points = thinned(longest_life(series));
  if (fit.points.size() < kLeastSamples || fit.points.back().age < kLeastSpan) {
    return fail(ErrorCode::kNotFound, "no life is long enough to fit a model to",
                "20 samples over ten minutes are needed");
  }
  const double unit = fit.points.back().bytes;
  const double known_base = static_cast<double>(model.processes) * model.base + model.shared;
  model.base = 0;
  model.shared = 0;
  model.quota = 0;
  model.leak = 0;
  model.arrivals = Arrivals::kPoisson;
  model.seconds = fit.points.back().age;
  const double busiest = kBusiest * static_cast<double>(model.slots()) / model.mix.mean_seconds();
  const double fastest = rate_known ? std::min(model.rate, busiest) : busiest;
  if (rate_known && model.rate > busiest) {
    fit.notes.push_back(fmt::format(
        "{:.3g} requests a second are more than {} of {:.3g} ms on average can serve; {:.3g} are "
        "taken instead: say how long they take with --time, or how many threads there are.",
        model.rate, plural(model.slots(), "thread"), 1000 * model.mix.mean_seconds(), busiest));
  }
  double least = 1e300;
  std::vector<double> y;
  for (const FitPoint& point : fit.points) y.push_back((point.bytes - known_base) / unit);
  for (int pace = 0; pace < (rate_known ? 1 : kPaces); ++pace) {
    model.rate = fastest / std::pow(2, pace);
    const ServerLaw law(model, {.points = 512});
    const double end = std::max(law.quantile(0.5, model.seconds), 1.0);
    std::vector<Three> rows;
    std::vector<double> wanted = y;
    for (std::size_t i = 0; i < fit.points.size(); ++i) {
      const double age = fit.points[i].age;
      const auto levels = law.quantiles({0.05, 0.5, 0.95}, std::max(age, 1.0));
      // Chance blurs the begin of a climb more than its end, so the end says more. Weights of
      // different paces are not to be compared.
      const double weight = rate_known ? 1 / (kLeastBlur + (levels[2] - levels[0]) / end) : 1;
      rows.push_back({weight, weight * levels[1] / unit, weight * age / model.seconds});
      wanted[i] *= weight;
    }
    const Attempt attempt = best_parts(rows, wanted, known_base > 0 ? kWithoutBase : kAllParts);
    if (attempt.squares >= 0.99 * least) continue;
    least = attempt.squares;
    fit.base = known_base + attempt.parts[0] * unit;
    fit.factor = attempt.parts[1];
    fit.growth = attempt.parts[2] * unit / model.seconds * 3600;
    fit.rate = model.rate;
  }
  model.rate = fit.rate;
  const ServerLaw law(model, {.points = 512});
  for (const FitPoint& point : fit.points) {
    const auto levels = law.quantiles({0.05, 0.5, 0.95}, std::max(point.age, 1.0));
    const double fixed = fit.base + fit.growth * point.age / 3600;
    fit.curve.push_back({point.age, fixed + fit.factor * levels[0], fixed + fit.factor * levels[1],
                         fixed + fit.factor * levels[2]});
  }
  judge_fit(fit);
  const double begin = fit.points.front().age;
  const double done = law.quantile(0.5, std::max(begin, 1.0)) / law.quantile(0.5, model.seconds);
  if (done > kEarly && known_base <= 0 && fit.factor > 0) {
    fit.notes.push_back(fmt::format(
        "With so many requests {:.0f} % of their rise is over in the first {:.0f} s, before there "
        "is "
        "much to see: what is base and what requests hold cannot be told apart. --base says the "
        "memory before the first request.",
        100 * done, begin));
  }
  return fit;
}

}  // namespace tidemark
