#include "report/simulate_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <string>
#include <vector>

#include "base/span_words.h"
#include "base/units.h"
#include "report/fit_text.h"
#include "report/memory_frame.h"
#include "report/simulate_text.h"

namespace tidemark {
namespace {

constexpr MemoryFrame kFrame = {};
constexpr std::size_t kMostThreads = 12;   // drawn one by one
constexpr std::size_t kMostServed = 1500;  // requests

constexpr Color kHeld = {116, 169, 207, 0.95};
constexpr Color kMemory = {203, 60, 24};
constexpr Color kExpected = {3, 78, 123};
constexpr Color kBand = {116, 169, 207, 0.28};
constexpr Color kQuota = {160, 20, 90};
constexpr Color kAlone = {120, 120, 120};
constexpr std::array<Color, 6> kThreads = {{{31, 119, 180, 0.8},
                                            {44, 160, 44, 0.8},
                                            {255, 127, 14, 0.8},
                                            {148, 103, 189, 0.8},
                                            {23, 190, 207, 0.8},
                                            {140, 86, 75, 0.8}}};

class Drawing {
 public:
  explicit Drawing(const SimulateAnswer& answer)
      : answer_(answer),
        timeline_(answer.run.timeline),
        picture_(kFrame.width, kFrame.height),
        fixed_(answer.server.fixed()),
        threads_shown_(timeline_.complete && timeline_.served.size() <= kMostServed &&
                       answer.server.all_threads() <= kMostThreads) {}

  Picture draw() {
    choose_scale();
    draw_words();
    frame_.draw_sizes(picture_);
    draw_times();
    draw_expected();
    if (threads_shown_) {
      draw_threads();
    } else {
      draw_held();
    }
    draw_memory();
    draw_bounds();
    draw_legend();
    return std::move(picture_);
  }

 private:
  void choose_scale();
  void draw_words();
  void draw_times();
  void draw_expected();
  void draw_threads();
  void draw_held();
  void draw_memory();
  void draw_bounds();
  void draw_legend();
  [[nodiscard]] double x(double seconds) const {
    return frame_.x(std::min(seconds / timeline_.seconds, 1.0));
  }
  [[nodiscard]] double y(double bytes) const {
    return frame_.y(std::clamp(bytes, 0.0, frame_.scale.top));
  }

  const SimulateAnswer& answer_;
  const Timeline& timeline_;
  Picture picture_;
  double fixed_;
  bool threads_shown_;
  MemoryFrame frame_ = kFrame;
};

void Drawing::choose_scale() {
  double most = std::max({answer_.run.result.peak, answer_.highest.high, 1.0});
  const double quota = answer_.server.quota.value_or(0);
  if (quota > 0 && quota < 2 * most) most = std::max(most, quota);
  if (answer_.run.each_alone < 2 * most) most = std::max(most, answer_.run.each_alone);
  frame_.scale = memory_scale(most);
}

void Drawing::draw_words() {
  picture_.text({kFrame.left, 34}, server_words(answer_.server), 20, kInk);
  std::string words =
      fmt::format("highest memory within {}: {} expected ({} to {}), {} in this run",
                  span_words(answer_.seconds), format_bytes(std::llround(answer_.highest.median)),
                  format_bytes(std::llround(answer_.highest.low)),
                  format_bytes(std::llround(answer_.highest.high)),
                  format_bytes(std::llround(answer_.run.result.peak)));
  picture_.text({kFrame.left, 56}, words, 13, kQuiet);
  if (!answer_.crossing) return;
  picture_.text({kFrame.left, 74},
                "chance to pass the quota: " + chance_words(answer_.crossing->chance), 13, kQuiet);
}

void Drawing::draw_times() {
  const double span = timeline_.seconds;
  const double unit = span < 2           ? 1e-3
                      : span < 180       ? 1
                      : span < 10800     ? 60
                      : span < 3 * 86400 ? 3600
                                         : 86400;
  const char* const name = unit < 1       ? "ms"
                           : unit < 60    ? "s"
                           : unit < 3600  ? "min"
                           : unit < 86400 ? "h"
                                          : "days";
  const double wanted = span / unit / 8;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  double step = 10 * power;
  for (const double candidate : {1.0, 2.0, 5.0}) {
    if (candidate * power >= wanted) {
      step = candidate * power;
      break;
    }
  }
  for (int i = 0; i * step * unit <= span * 1.0001; ++i) {
    const double at = x(i * step * unit);
    picture_.line({{at, kFrame.bottom}, {at, kFrame.bottom + 5}}, kQuiet, 1);
    picture_.text({at, kFrame.bottom + 19}, fmt::format("{:.4g}", i * step), 12, kQuiet,
                  Anchor::kMiddle);
  }
  picture_.text({kFrame.right, kFrame.bottom + 34}, fmt::format("time, {}", name), 12, kQuiet,
                Anchor::kEnd);
}

void Drawing::draw_expected() {
  std::vector<Point> band;
  std::vector<Point> median;
  const auto inside = [&](const LevelBand& one) { return one.seconds <= timeline_.seconds; };
  for (const LevelBand& one : answer_.curve) {
    if (!inside(one)) continue;
    band.push_back({x(one.seconds), y(one.high)});
    median.push_back({x(one.seconds), y(one.median)});
  }
  for (const LevelBand& one : std::views::reverse(answer_.curve)) {
    if (inside(one)) band.push_back({x(one.seconds), y(one.low)});
  }
  if (band.size() > 3) picture_.area(std::move(band), kBand);
  picture_.line(std::move(median), kExpected, 1.6, true);
}

// What each thread holds, and all of them together; exactly.
void Drawing::draw_threads() {
  std::vector<double> times;
  for (const Timeline::Served& served : timeline_.served) {
    picture_.line({{x(served.begin), y(fixed_)},
                   {x(served.end), y(fixed_ + served.bytes)},
                   {x(served.end), y(fixed_)}},
                  kThreads[served.thread % kThreads.size()], 1);
    times.push_back(served.begin);
    times.push_back(served.end);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  // Requests in flight move on with time; `served` is in the order of begins.
  std::vector<Point> total;
  std::vector<const Timeline::Served*> open;
  std::size_t next = 0;
  for (const double time : times) {
    double before = fixed_;
    double after = fixed_;
    for (const Timeline::Served* served : open) {
      const double held = served->bytes * (time - served->begin) / (served->end - served->begin);
      before += held;
      if (served->end > time) after += held;
    }
    total.push_back({x(time), y(before)});
    if (after < before) total.push_back({x(time), y(after)});
    std::erase_if(open, [&](const Timeline::Served* served) { return served->end <= time; });
    while (next < timeline_.served.size() && timeline_.served[next].begin <= time) {
      open.push_back(&timeline_.served[next++]);
    }
  }
  picture_.line(std::move(total), kInk, 1.5);
}

void Drawing::draw_held() {
  std::vector<Point> area = {{kFrame.left, y(fixed_)}};
  const auto columns = static_cast<double>(timeline_.most.size());
  for (std::size_t i = 0; i < timeline_.most.size(); ++i) {
    if (timeline_.most[i] < 0) continue;
    const double at = timeline_.seconds * (static_cast<double>(i) + 0.5) / columns;
    area.push_back({x(at), y(fixed_ + timeline_.most[i])});
  }
  area.push_back({kFrame.right, y(fixed_)});
  picture_.area(std::move(area), kHeld);
}

void Drawing::draw_memory() {
  std::vector<Point> line = {{kFrame.left, y(fixed_)}};
  const auto columns = static_cast<double>(timeline_.kept.size());
  double last = fixed_;
  for (std::size_t i = 0; i < timeline_.kept.size(); ++i) {
    if (timeline_.kept[i] < 0) continue;
    const double at = x(timeline_.seconds * (static_cast<double>(i) + 0.5) / columns);
    line.push_back({at, y(last)});
    last = timeline_.kept[i];
    line.push_back({at, y(last)});
  }
  line.push_back({kFrame.right, y(last)});
  picture_.line(std::move(line), kMemory, 2.2);
}

void Drawing::draw_bounds() {
  const auto level_line = [&](double level, const std::string& words, Color color, bool left) {
    if (level > frame_.scale.top) return;
    picture_.line({{kFrame.left, y(level)}, {kFrame.right, y(level)}}, color, 1.3, true);
    const Point at = {left ? kFrame.left + 6 : kFrame.right, y(level) - 5};
    picture_.text(at, words + " " + format_bytes(std::llround(level)), 12, color,
                  left ? Anchor::kStart : Anchor::kEnd);
  };
  if (answer_.server.quota) level_line(*answer_.server.quota, "quota", kQuota, false);
  if (answer_.server.all_threads() > 1 && answer_.run.each_alone > 1.02 * answer_.run.result.peak) {
    level_line(answer_.run.each_alone, "sum of the threads' maxima", kAlone, true);
  }
}

void Drawing::draw_legend() {
  std::vector<LegendEntry> entries = {{"max total: memory of the server", kMemory},
                                      {"expected, 5 to 95 %", kExpected}};
  if (threads_shown_) {
    entries.push_back({"held by all requests", kInk});
    entries.push_back({"by each thread", kThreads[0]});
  } else {
    entries.push_back({"held by requests", kHeld});
  }
  frame_.draw_legend(picture_, entries);
}

}  // namespace

Picture simulate_picture(const SimulateAnswer& answer) {
  return answer.fitted ? fit_picture(*answer.fitted) : Drawing(answer).draw();
}

}  // namespace tidemark
