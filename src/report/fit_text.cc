#include "report/fit_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <vector>

#include "base/span_words.h"
#include "base/units.h"
#include "report/memory_frame.h"
#include "report/safe_text.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

constexpr double kClose = 0.05;     // of the level: a good fit
constexpr double kExplained = 0.8;  // of the variance: less is no explanation
constexpr double kMaterial = 0.02;  // growth of a day, of the level

constexpr Color kMeasured = {203, 60, 24};
constexpr Color kFitted = {3, 78, 123};
constexpr Color kBand = {116, 169, 207, 0.28};

std::string quality(const ModelFit& fit) {
  return fmt::format(
      "half of the points are within {:.1f} % of the curve, {:.0f} % inside its band of 5 to 95 %, "
      "{:.0f} % of the variance is explained",
      100 * fit.median_error, 100 * fit.inside, 100 * std::max(0.0, fit.explained));
}

bool grows(const ModelFit& fit) { return fit.growth * 24 > kMaterial * fit.points.back().bytes; }

}  // namespace

std::string fit_text(const FittedSeries& fitted) {
  const ModelFit& fit = fitted.fit;
  const std::string& name = fitted.name;
  std::string out = fmt::format(
      "Fitted to {} of {}: base {}, peaks {:.2f} times those given, {:.3g} requests a "
      "second; {}. ",
      span_words(fit.points.back().age), name.empty() ? "the series" : safe_text(name),
      format_bytes(fit.base), fit.factor, fit.rate, quality(fit));
  if (grows(fit)) {
    out += fmt::format(
        "Requests do not explain all of it: {} an hour stay behind. Ask `tidemark verdict` whether "
        "that is a leak.",
        format_bytes(fit.growth));
  } else if (fit.factor <= 0) {
    out += "It is flat: there is no rise for requests to explain.";
  } else if (const double rise = fit.points.back().bytes - fit.points.front().bytes;
             rise > kMaterial * fit.points.back().bytes && fit.explained < kExplained) {
    out += fmt::format(
        "Requests explain {:.0f} % of the rise only: at that pace their part is there sooner than "
        "this. What else climbed, a warm-up or a cache, is not in the model.",
        100 * std::max(0.0, fit.explained));
  } else {
    out += "The high-water mark of requests explains the rise; nothing has to leak for it.";
  }
  if (fit.median_error > kClose) out += " The fit is poor: do not build on what follows.";
  for (const std::string& note : fit.notes) out += " " + note;
  return wrap(out) + "\n";
}

Picture fit_picture(const FittedSeries& fitted) {
  const ModelFit& fit = fitted.fit;
  const std::string& name = fitted.name;
  double most = 1;
  for (const FitPoint& point : fit.points) most = std::max(most, point.bytes);
  for (const LevelBand& band : fit.curve) most = std::max(most, std::min(band.high, 2 * most));
  const MemoryFrame frame = {.height = 520, .top = 84, .bottom = 460, .scale = memory_scale(most)};
  Picture picture(frame.width, frame.height);
  const double span = std::max(fit.points.back().age, 1.0);
  const auto x = [&](double age) { return frame.x(age / span); };
  const auto y = [&](double level) { return frame.y(std::clamp(level, 0.0, frame.scale.top)); };
  picture.text({frame.left, 32}, (name.empty() ? "memory" : name) + ", measured and fitted", 20,
               kInk);
  picture.text({frame.left, 56}, quality(fit), 12, kQuiet);
  frame.draw_sizes(picture);
  for (int i = 0; i <= 8; ++i) {
    picture.text({x(span * i / 8), frame.bottom + 19}, span_words(span * i / 8), 12, kQuiet,
                 i == 0   ? Anchor::kStart
                 : i == 8 ? Anchor::kEnd
                          : Anchor::kMiddle);
  }
  std::vector<Point> band;
  std::vector<Point> median;
  std::vector<Point> measured;
  for (const LevelBand& one : fit.curve) {
    band.push_back({x(one.seconds), y(one.high)});
    median.push_back({x(one.seconds), y(one.median)});
  }
  for (const LevelBand& one : std::views::reverse(fit.curve)) {
    band.push_back({x(one.seconds), y(one.low)});
  }
  for (const FitPoint& point : fit.points) {
    if (!measured.empty()) measured.push_back({x(point.age), measured.back().y});
    measured.push_back({x(point.age), y(point.bytes)});
  }
  picture.area(std::move(band), kBand);
  picture.line(std::move(measured), kMeasured, 2.2);
  picture.line(std::move(median), kFitted, 1.8, true);
  frame.draw_legend(
      picture, {{"measured, the highest so far", kMeasured}, {"fitted, with 5 to 95 %", kFitted}});
  return picture;
}

}  // namespace tidemark
