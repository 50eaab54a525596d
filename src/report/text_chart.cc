#include "report/text_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kLabel = 9;  // columns of the numbers at the left
constexpr std::array<const char*, 9> kEighths = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// A line of characters, each with its tint, with as few colour sequences as that takes.
class PaintedLine {
 public:
  explicit PaintedLine(const TextStyle& style) : style_(style) {}

  void add(Tint tint, std::string_view character) {
    if (tint != tint_) flush();
    tint_ = tint;
    run_ += character;
  }

  // Without spaces at the end.
  std::string text() {
    if (tint_ == Tint::kPlain) run_.erase(run_.find_last_not_of(' ') + 1);
    flush();
    return std::move(done_);
  }

 private:
  void flush() {
    if (!run_.empty()) done_ += style_.paint(tint_, run_);
    run_.clear();
  }

  const TextStyle& style_;
  Tint tint_ = Tint::kPlain;
  std::string run_;
  std::string done_;
};

struct Bar {
  double sum = 0;
  double count = 0;
  EventKind event = EventKind::kScale;
  bool has_event = false;
};

// The event that matters most where several fall on one column.
int weight_of(EventKind kind) {
  switch (kind) {
    case EventKind::kOutOfMemory:
      return 5;
    case EventKind::kDeploy:
      return 4;
    case EventKind::kRestart:
      return 3;
    case EventKind::kOverQuota:
      return 2;
    default:
      return 1;
  }
}

const char* mark_of(EventKind kind) {
  switch (kind) {
    case EventKind::kOutOfMemory:
      return "K";
    case EventKind::kDeploy:
      return "D";
    case EventKind::kRestart:
      return "R";
    case EventKind::kOverQuota:
      return "Q";
    case EventKind::kTimeout:
      return "T";
    case EventKind::kScale:
      return "S";
  }
  return " ";
}

std::vector<Bar> fill_columns(const MemorySeries& series, double from, double to,
                              std::size_t width) {
  std::vector<Bar> columns(width);
  const double span = std::max(to - from, 1e-9);
  const auto column_of = [&](double time) {
    const double at = (time - from) / span * static_cast<double>(width);
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(width - 1)));
  };
  for (const MemorySample& sample : series.samples) {
    if (sample.time < from || sample.time > to) continue;
    Bar& column = columns[column_of(sample.time)];
    column.sum += sample.bytes;
    column.count += 1;
  }
  for (const SeriesEvent& event : series.events) {
    if (event.time < from || event.time > to) continue;
    Bar& column = columns[column_of(event.time)];
    if (column.has_event && weight_of(event.kind) <= weight_of(column.event)) continue;
    column.has_event = true;
    column.event = event.kind;
  }
  // Fewer samples than columns: a column without one shows the last before it, unless that was long
  // ago, which is a gap.
  const std::size_t reach = 1 + width / std::max<std::size_t>(series.samples.size(), 1);
  std::size_t since = columns[0].count > 0 ? 0 : reach + 1;
  for (std::size_t i = 1; i < width; ++i) {
    since = columns[i - 1].count > 0 ? since : reach + 1;
    if (columns[i].count > 0) {
      since = 0;
    } else if (since++ < reach && columns[i - 1].count > 0) {
      columns[i].sum = columns[i - 1].sum / columns[i - 1].count;
      columns[i].count = 1;
    }
  }
  return columns;
}

// A round number of bytes not below `bytes`: 1, 2, 2.5, 4, 5 or 8 with zeros.
double round_top(double bytes) {
  const double power = std::pow(10, std::floor(std::log10(std::max(bytes, 1.0))));
  for (const double step : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0}) {
    if (step * power >= bytes) return step * power;
  }
  return 10 * power;
}

std::string axis_label(double bytes, std::size_t width) {
  std::string text = format_bytes(static_cast<std::int64_t>(bytes));
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

// As fine as the span asks for.
std::string axis_time(double time, double span) {
  if (span > 20 * 3600) return format_time(time);
  return span > 600 ? format_clock(time) : format_precise_time(time).substr(11, 8);
}

// Marks of the events, and the times of the two ends.
std::string axis_lines(const std::vector<Bar>& columns, double from, double to,
                       const TextStyle& style) {
  const std::size_t width = columns.size();
  std::string out;
  out += std::string(kLabel - 3, ' ') + "0 B ┼";
  for (const Bar& column : columns) {
    out += column.has_event ? style.bold(mark_of(column.event)) : std::string("─");
  }
  out += "\n";
  const std::string begin = axis_time(from, to - from);
  const std::string end = axis_time(to, to - from);
  out +=
      std::string(kLabel + 2, ' ') + begin +
      std::string(std::max(width, begin.size() + end.size() + 1) - begin.size() - end.size(), ' ') +
      end + "\n";
  return out;
}

}  // namespace

std::string text_chart(const MemorySeries& series, const TextChartOptions& options,
                       const TextStyle& style) {
  if (series.samples.empty() || options.width < kLabel + 12 || options.height < 2) return {};
  const double from = options.to > 0 ? options.from : series.samples.front().time;
  const double to = options.to > 0 ? options.to : series.samples.back().time;
  const std::size_t width = options.width - kLabel - 2;
  const auto columns = fill_columns(series, from, to, width);
  double most = 0;
  for (const Bar& column : columns) {
    if (column.count > 0) most = std::max(most, column.sum / column.count);
  }
  // The quota is shown when memory comes near it; far above, it would press the curve flat.
  const bool quota_shown = series.quota > 0 && series.quota < 1.6 * most;
  const double top = round_top(std::max(most, quota_shown ? series.quota : 0) * 1.02);
  const auto height = static_cast<double>(options.height);
  std::string out;
  for (std::size_t row = options.height; row-- > 0;) {
    const double below = static_cast<double>(row);
    const bool labelled = row + 1 == options.height || row == options.height / 2;
    const double level = top * (below + (row + 1 == options.height ? 1.0 : 0.0)) / height;
    out += labelled ? axis_label(level, kLabel) + " ┤" : std::string(kLabel + 1, ' ') + "│";
    const bool quota_row =
        quota_shown && static_cast<std::size_t>(series.quota / top * height) == row;
    PaintedLine line(style);
    for (const Bar& column : columns) {
      const double filled = column.count > 0 ? column.sum / column.count / top * height - below : 0;
      const auto eighths = static_cast<std::size_t>(std::clamp(std::round(filled * 8), 0.0, 8.0));
      const bool over =
          column.count > 0 && series.quota > 0 && column.sum / column.count > series.quota;
      if (eighths == 0 && quota_row) {
        line.add(Tint::kYellow, "╌");
      } else if (eighths == 0) {
        line.add(Tint::kPlain, " ");
      } else {
        line.add(over ? Tint::kRed : Tint::kCyan, kEighths[eighths]);
      }
    }
    out += line.text() + "\n";
  }
  out += axis_lines(columns, from, to, style);
  return out;
}

}  // namespace tidemark
