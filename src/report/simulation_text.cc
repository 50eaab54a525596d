#include "report/simulation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/units.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

constexpr std::size_t kWidth = 70;  // columns of the chart
constexpr std::size_t kHeight = 12;
constexpr std::size_t kLabel = 9;

std::string bytes(double value) { return format_bytes(std::llround(value)); }

std::string left_padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

struct ChartColumn {
  double active = 0;  // bytes of the server, base counted, with what requests held at the most
  double kept = 0;    // highest so far
};

// The timeline in fewer columns; one without an event goes on as the one before.
std::vector<ChartColumn> chart_columns(const Simulation& simulation) {
  const Timeline& timeline = simulation.timeline;
  const ServerModel& model = simulation.model;
  const double fixed = model.shared + static_cast<double>(model.processes) * model.base;
  std::vector<ChartColumn> columns(kWidth, {fixed, fixed});
  for (std::size_t i = 0; i < kWidth; ++i) {
    const std::size_t begin = i * timeline.most.size() / kWidth;
    const std::size_t end = std::max(begin + 1, (i + 1) * timeline.most.size() / kWidth);
    double most = -1;
    double kept = -1;
    for (std::size_t c = begin; c < std::min(end, timeline.most.size()); ++c) {
      most = std::max(most, timeline.most[c]);
      if (timeline.kept[c] >= 0) kept = timeline.kept[c];
    }
    if (i > 0) columns[i] = columns[i - 1];
    if (most >= 0) columns[i].active = fixed + most;
    if (kept >= 0) columns[i].kept = kept;
  }
  return columns;
}

double round_top(double value) {
  const double power = std::pow(10, std::floor(std::log10(std::max(value, 1.0))));
  for (const double step : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0}) {
    if (step * power >= value) return step * power;
  }
  return 10 * power;
}

std::string chart(const Simulation& simulation, const TextStyle& style) {
  const auto columns = chart_columns(simulation);
  double most = 1;
  for (const ChartColumn& column : columns) most = std::max({most, column.active, column.kept});
  const double quota = simulation.model.quota;
  const bool quota_shown = quota > 0 && quota < 1.6 * most;
  const double top = round_top(1.02 * std::max(most, quota_shown ? quota : 0));
  const auto height = static_cast<double>(kHeight);
  const auto row_of = [&](double level) {
    return static_cast<std::size_t>(std::clamp(level / top * height, 0.0, height - 1));
  };
  static constexpr const char* kEighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string out;
  for (std::size_t row = kHeight; row-- > 0;) {
    const bool labelled = row + 1 == kHeight || row == kHeight / 2;
    const double level = top * (static_cast<double>(row) + (row + 1 == kHeight ? 1 : 0)) / height;
    out += labelled ? left_padded(bytes(level), kLabel) + " ┤" : std::string(kLabel + 1, ' ') + "│";
    std::string line;
    for (const ChartColumn& column : columns) {
      const double filled = column.active / top * height - static_cast<double>(row);
      const auto eighths = static_cast<std::size_t>(std::clamp(std::round(filled * 8), 0.0, 8.0));
      if (eighths < 8 && row == row_of(column.kept)) {
        line += style.red("━");
      } else if (eighths > 0) {
        line += style.cyan(kEighths[eighths]);
      } else {
        line += quota_shown && row == row_of(quota) ? style.yellow("╌") : " ";
      }
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  out += std::string(kLabel - 3, ' ') + "0 B ┼";
  for (std::size_t i = 0; i < kWidth; ++i) out += "─";
  const std::string end = span_words(simulation.timeline.seconds);
  out += "\n" + std::string(kLabel + 2, ' ') + "0" + left_padded(end, kWidth - 1) + "\n";
  out += std::string(kLabel + 2, ' ') + style.cyan("█") +
         " held by requests, the most in each column   " + style.red("━") +
         " memory of the server" + (quota_shown ? "   " + style.yellow("╌") + " quota" : "") + "\n";
  return out;
}

std::string requests_words(const Simulation& simulation) {
  const ServerModel& model = simulation.model;
  std::string out;
  switch (model.arrivals) {
    case Arrivals::kBackToBack:
      out = model.requests_per_thread > 0
                ? fmt::format("{} on each thread, one after the other",
                              plural(model.requests_per_thread, "request"))
                : "requests one after the other on each thread";
      break;
    case Arrivals::kPoisson:
      out = fmt::format("{:.4g} requests a second in all, threads {:.0f} % busy", model.rate,
                        100 * model.busy_part());
      break;
    case Arrivals::kReplay:
      out = fmt::format("{} of the log, as they came", plural(model.log.size(), "request"));
      break;
  }
  return out;
}

std::string level_sentence(const Simulation& simulation) {
  const LevelSpread& spread = simulation.spread;
  std::string out = fmt::format(
      "Within {} memory reaches {} (19 in 20 times {} or more, 19 in 20 times {} at most)",
      span_words(simulation.seconds), bytes(spread.median), bytes(spread.low), bytes(spread.high));
  out += simulation.law_holds
             ? ", by the law of the high-water mark"
             : fmt::format(", counted over {}", plural(simulation.many->runs.size(), "run"));
  out += fmt::format("; this run: {}. ", bytes(simulation.run.peak));
  out += fmt::format("Half of the rise is done after {}, 90 % after {}, 99 % after {}: ",
                     span_words(simulation.rise_half), span_words(simulation.rise_90),
                     span_words(simulation.rise_99));
  const bool leaks = simulation.model.leak > 0;
  out += leaks ? "what each request leaves behind goes on growing, and that is a leak."
               : "it flattens out, and no leak is needed for such a curve.";
  return out;
}

std::string who_keeps(const ServerModel& model) {
  if (model.ratchet == Ratchet::kNone || model.gives_back >= 1) {
    return "Here freed memory goes back to the system at once, so memory falls again; its highest "
           "level is "
           "the maximum of the sum.";
  }
  if (model.slots() == 1) return "One thread: both are the same.";
  if (model.processes == 1 && model.groups_per_process() == 1) {
    return "This server is one heap: memory that one thread frees serves the next request of any, "
           "so "
           "the maximum of the sum counts.";
  }
  if (model.groups_per_process() * model.processes == model.slots()) {
    return "Here each thread keeps what it freed for itself (separate processes, or an arena "
           "each), so the sum "
           "of the maxima counts.";
  }
  return "This server is between the two: threads of one heap share what they freed, heaps do not.";
}

std::string side_by_side(const Simulation& simulation, const TextStyle& style) {
  Table table({text_column("WHO KEEPS FREED MEMORY"), number_column("5 %"), number_column("MEDIAN"),
               number_column("95 %"), number_column("THIS RUN")});
  const auto add = [&](const std::string& name, const LevelSpread& spread, double run) {
    table.add_row({name, bytes(spread.low), bytes(spread.median), bytes(spread.high), bytes(run)});
  };
  const ServerModel& model = simulation.model;
  add("all threads in one heap: maximum of the sum", simulation.one_heap, simulation.run_one_heap);
  add("each thread by itself: sum of the maxima", simulation.each_alone, simulation.run_each_alone);
  table.add_footer({{"as set up: " + server_words(model), Tint::kBold},
                    bytes(simulation.spread.low),
                    bytes(simulation.spread.median),
                    bytes(simulation.spread.high),
                    bytes(simulation.run.peak)});
  return table.print(style) + wrap(who_keeps(model));
}

std::string crossing_words(const Simulation& simulation) {
  const Crossing& crossing = *simulation.crossing;
  std::string out =
      fmt::format("Chance to pass the quota of {} within {}: {}", bytes(simulation.model.quota),
                  span_words(simulation.seconds), chance_words(crossing.chance));
  if (crossing.chance > 0 && crossing.low < crossing.high && crossing.high < 1 - 1e-9) {
    out += fmt::format(" ({} to {})", chance_words(crossing.low), chance_words(crossing.high));
  }
  out += ".";
  if (std::isfinite(crossing.median_seconds)) {
    out += fmt::format(" Half of all such servers have passed it after {}.",
                       span_words(crossing.median_seconds));
  }
  return out;
}

std::string runs_words(const Simulation& simulation) {
  const ManyRuns& many = *simulation.many;
  std::string out = fmt::format("{} simulated: highest memory {} / {} / {} (5 %, median, 95 %)",
                                plural(many.runs.size(), "run"), bytes(many.peak_quantile(0.05)),
                                bytes(many.peak_quantile(0.5)), bytes(many.peak_quantile(0.95)));
  if (simulation.model.quota > 0) {
    out += fmt::format(", {} of them over the quota",
                       format_count(static_cast<std::int64_t>(many.over_quota)));
  }
  return out + fmt::format("; {} events.", format_count(static_cast<std::int64_t>(many.events)));
}

}  // namespace

std::string server_words(const ServerModel& model) {
  std::string threads = plural(model.threads, "thread");
  if (model.groups_per_process() > 1 && model.ratchet == Ratchet::kArenas) {
    threads += fmt::format(" over {}", plural(model.groups_per_process(), "arena"));
  } else if (model.threads > 1) {
    threads += model.ratchet == Ratchet::kNone ? ", nothing kept" : " in one heap";
  }
  if (model.processes == 1) return "1 process, " + threads;
  return fmt::format(
      "{} of {} each",
      model.processes == 1
          ? "1 process"
          : fmt::format("{} processes", format_count(static_cast<std::int64_t>(model.processes))),
      threads);
}

std::string chance_words(double chance) {
  if (chance >= 0.9995)
    return chance >= 1 - 1e-9 ? "certain" : fmt::format("{:.2f} %", 100 * chance);
  if (chance >= 0.99) return fmt::format("{:.1f} %", 100 * chance);
  if (chance >= 0.01) return fmt::format("{:.2g} %", 100 * chance);
  if (chance >= 1e-6) {
    const double digits = std::pow(10, std::floor(std::log10(1 / chance)) - 1);
    return fmt::format("1 in {}",
                       format_count(std::llround(std::round(1 / chance / digits) * digits)));
  }
  if (chance >= 1e-12) return fmt::format("{:.1e}", chance);
  return "below 1e-12";
}

std::string span_words(double seconds) {
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1000);
  if (seconds < 120) return fmt::format("{:.3g} s", seconds);
  if (seconds < 7200) return fmt::format("{:.3g} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{:.3g} h", seconds / 3600);
  return fmt::format("{:.3g} days", seconds / 86400);
}

std::string simulation_report(const Simulation& simulation, const TextStyle& style) {
  const ServerModel& model = simulation.model;
  std::string out = style.bold(server_words(model)) + "\n" +
                    wrap(requests_words(simulation) + "; the run of this chart served " +
                         plural(simulation.run.requests, "request") + ".") +
                    "\n" + chart(simulation, style) + "\n" + wrap(level_sentence(simulation)) +
                    "\n" + side_by_side(simulation, style);
  if (simulation.crossing) out += "\n" + wrap(crossing_words(simulation));
  if (simulation.many && simulation.law_holds) out += "\n" + wrap(runs_words(simulation));
  if (simulation.run.recycled > 0) {
    out += wrap(fmt::format("Processes were replaced {} times.", simulation.run.recycled));
  }
  if (model.arrivals != Arrivals::kBackToBack) {
    out += wrap(fmt::format("Requests waited {} on average for a thread.",
                            span_words(simulation.run.mean_wait)));
    if (model.busy_part() > 0.95) {
      out +=
          wrap("More requests come than the threads can serve: all are busy, and the queue grows.");
    }
  }
  return out;
}

}  // namespace tidemark
