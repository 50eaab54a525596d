#include "report/series_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <ranges>
#include <string>
#include <vector>

#include "base/units.h"
#include "report/memory_frame.h"
#include "report/wrap.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

// The words above need more room than those of a simulation, the legend less.
constexpr MemoryFrame kFrame = {.top = 118, .bottom = 498};

constexpr Color kSamples = {116, 169, 207, 0.95};
constexpr Color kFloor = {3, 78, 123};
constexpr Color kFit = {217, 95, 2};
constexpr Color kBand = {253, 174, 97, 0.35};
constexpr Color kQuota = {203, 24, 29};
constexpr Color kEvent = {150, 120, 180, 0.8};
constexpr Color kJump = {122, 1, 119};

class Drawing {
 public:
  explicit Drawing(const JudgedSeries& judged)
      : series_(judged.series), verdict_(judged.verdict), picture_(kFrame.width, kFrame.height) {}

  Picture draw();

 private:
  void choose_scale();
  void draw_words();
  void draw_times();
  void draw_samples();
  void draw_events();
  void draw_curves();
  void draw_jumps();
  void draw_quota();
  void draw_legend();
  [[nodiscard]] double x(double time) const { return frame_.x((time - from_) / (to_ - from_)); }
  [[nodiscard]] double y(double bytes) const { return frame_.y(bytes); }
  [[nodiscard]] std::vector<Point> line_of(const std::vector<CurvePoint>& points) const;

  const MemorySeries& series_;
  const Verdict& verdict_;
  Picture picture_;
  double from_ = 0;
  double to_ = 1;
  MemoryFrame frame_ = kFrame;
  bool quota_shown_ = false;
};

void Drawing::choose_scale() {
  from_ = series_.samples.front().time;
  to_ = series_.samples.back().time;
  if (!verdict_.forecast.empty()) to_ = std::max(to_, verdict_.forecast.back().time);
  if (to_ <= from_) to_ = from_ + 1;
  double most = 1;
  for (const MemorySample& sample : series_.samples) most = std::max(most, sample.bytes);
  // A forecast that leaves the picture says enough by leaving it.
  for (const CurvePoint& point : verdict_.forecast_high) {
    if (point.bytes < 2 * most) most = std::max(most, point.bytes);
  }
  quota_shown_ = verdict_.quota > 0 && verdict_.quota < 1.6 * most;
  if (quota_shown_) most = std::max(most, verdict_.quota);
  frame_.scale = memory_scale(most);
}

void Drawing::draw_words() {
  const std::string name = series_.name.empty() ? std::string() : series_.name + ": ";
  picture_.text({kFrame.left, 34}, name + verdict_headline(verdict_, {}), 20, kInk);
  const std::string words = wrap(verdict_sentences(series_, verdict_), {.width = 112});
  double at = 58;
  std::size_t begin = 0;
  for (int lines = 0; lines < 3 && begin < words.size(); ++lines, at += 18) {
    const std::size_t end = std::min(words.find('\n', begin), words.size());
    picture_.text({kFrame.left, at}, words.substr(begin, end - begin), 13, kQuiet);
    begin = end + 1;
  }
}

void Drawing::draw_times() {
  static constexpr std::array<double, 16> kSteps = {10,     30,     60,      300,    600,   1800,
                                                    3600,   7200,   10800,   21600,  43200, 86400,
                                                    172800, 604800, 1209600, 2592000};
  double step = kSteps.back();
  for (const double candidate : kSteps) {
    step = candidate;
    if ((to_ - from_) / step <= 10) break;
  }
  step = std::max(step, (to_ - from_) / 10);
  const double first = std::ceil(from_ / step) * step;
  for (int i = 0; first + i * step <= to_; ++i) {
    const double time = first + i * step;
    picture_.line({{x(time), kFrame.bottom}, {x(time), kFrame.bottom + 5}}, kQuiet, 1);
    const std::string full = format_time(time);
    const bool midnight = std::fmod(time, 86400) == 0;
    picture_.text({x(time), kFrame.bottom + 19}, midnight ? full.substr(5, 5) : full.substr(11), 12,
                  kQuiet, Anchor::kMiddle);
  }
}

// Of the samples that fall on one pixel the least and the most, so that no spike is lost.
void Drawing::draw_samples() {
  struct Span {
    double low = std::numeric_limits<double>::infinity();
    double high = -1;
  };
  const auto columns = static_cast<std::size_t>(kFrame.right - kFrame.left) + 1;
  std::vector<Span> spans(columns);
  for (const MemorySample& sample : series_.samples) {
    const auto column =
        std::min(columns - 1, static_cast<std::size_t>(x(sample.time) - kFrame.left));
    spans[column].low = std::min(spans[column].low, sample.bytes);
    spans[column].high = std::max(spans[column].high, sample.bytes);
  }
  const double usual = static_cast<double>(columns) / static_cast<double>(series_.samples.size());
  const double gap = std::max(8.0, 6 * usual);
  std::vector<Point> line;
  double last = -1e9;
  for (std::size_t i = 0; i < columns; ++i) {
    if (spans[i].high < 0) continue;
    const double at = kFrame.left + static_cast<double>(i);
    if (at - last > gap) {
      picture_.line(std::move(line), kSamples, 1.4);
      line.clear();
    }
    line.push_back({at, y(spans[i].low)});
    if (spans[i].high > spans[i].low) line.push_back({at, y(spans[i].high)});
    last = at;
  }
  picture_.line(std::move(line), kSamples, 1.4);
}

void Drawing::draw_events() {
  double last = -1e9;
  for (const SeriesEvent& event : series_.events) {
    if (event.time < from_ || event.time > to_ || !ends_life(event.kind)) continue;
    const double at = x(event.time);
    const Color color = event.kind == EventKind::kOutOfMemory ? kQuota : kEvent;
    picture_.line({{at, kFrame.top}, {at, kFrame.bottom}}, color, 1, true);
    if (at - last < 64) continue;
    const bool named =
        !event.detail.empty() && event.detail.size() <= 10 && event.kind == EventKind::kDeploy;
    picture_.text({at + 3, kFrame.top + 11},
                  named ? event.detail : std::string(event_kind_name(event.kind)), 10, color);
    last = at;
  }
}

std::vector<Point> Drawing::line_of(const std::vector<CurvePoint>& points) const {
  std::vector<Point> line;
  for (const CurvePoint& point : points) {
    if (point.bytes > frame_.scale.top || point.bytes < 0) {
      // Up to the edge, and no further.
      if (!line.empty()) break;
      continue;
    }
    line.push_back({x(point.time), y(point.bytes)});
  }
  return line;
}

void Drawing::draw_curves() {
  std::vector<Point> band;
  for (const CurvePoint& point : verdict_.forecast_high) {
    band.push_back({x(point.time), y(std::clamp(point.bytes, 0.0, frame_.scale.top))});
  }
  for (const CurvePoint& point : std::views::reverse(verdict_.forecast_low)) {
    band.push_back({x(point.time), y(std::clamp(point.bytes, 0.0, frame_.scale.top))});
  }
  if (!band.empty()) picture_.area(std::move(band), kBand);
  for (const CurvePoint& point : verdict_.floor) {
    const Point at = {x(point.time), y(point.bytes)};
    picture_.area({{at.x - 2, at.y}, {at.x, at.y - 2}, {at.x + 2, at.y}, {at.x, at.y + 2}}, kFloor);
  }
  for (const auto& fitted : verdict_.fitted) picture_.line(line_of(fitted), kFit, 2);
  picture_.line(line_of(verdict_.forecast), kFit, 2, true);
}

void Drawing::draw_jumps() {
  for (const VerdictJump& jump : verdict_.jumps) {
    const double at = x(jump.time);
    const double base = kFrame.bottom;
    picture_.area({{at - 5, base + 1}, {at + 5, base + 1}, {at, base - 9}}, kJump);
  }
}

void Drawing::draw_quota() {
  const std::string words = "quota " + format_bytes(std::llround(verdict_.quota));
  if (!quota_shown_) {
    if (verdict_.quota > 0) {
      picture_.text({kFrame.right, kFrame.top - 8}, words + ", far above", 12, kQuota,
                    Anchor::kEnd);
    }
    return;
  }
  const double at = y(verdict_.quota);
  picture_.line({{kFrame.left, at}, {kFrame.right, at}}, kQuota, 1.5, true);
  picture_.text({kFrame.right, at - 5}, words, 12, kQuota, Anchor::kEnd);
}

void Drawing::draw_legend() {
  std::vector<LegendEntry> entries = {{"memory", kSamples}};
  if (!verdict_.floor.empty()) {
    entries.push_back({"floor", kFloor});
    entries.push_back({verdict_.goes_on ? "fit: goes on" : "fit: levels off", kFit});
    entries.push_back({"forecast", kBand});
  }
  if (!verdict_.jumps.empty()) entries.push_back({"jump", kJump});
  frame_.draw_legend(picture_, entries);
  picture_.text({kFrame.right, kFrame.height - 14}, "times are UTC", 12, kQuiet, Anchor::kEnd);
}

Picture Drawing::draw() {
  if (series_.samples.empty()) {
    draw_words();
    return picture_;
  }
  choose_scale();
  draw_words();
  frame_.draw_sizes(picture_);
  draw_times();
  draw_samples();
  draw_events();
  draw_curves();
  draw_jumps();
  draw_quota();
  draw_legend();
  return picture_;
}

}  // namespace

Picture series_picture(const JudgedSeries& judged) { return Drawing(judged).draw(); }

}  // namespace tidemark
