#include "report/simulate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/span_words.h"
#include "base/units.h"
#include "report/fit_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

constexpr std::size_t kWidth = 70;  // columns of the chart
constexpr std::size_t kHeight = 12;
constexpr std::size_t kLabel = 9;

std::string left_padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

struct ChartColumn {
  double active = 0;  // bytes of the server, base counted, with what requests held at the most
  double kept = 0;    // highest so far
};

// The timeline in fewer columns; one without an event goes on as the one before.
std::vector<ChartColumn> chart_columns(const SimulateAnswer& answer) {
  const Timeline& timeline = answer.run.timeline;
  const double fixed = answer.server.fixed();
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

std::string chart(const SimulateAnswer& answer, const TextStyle& style) {
  const auto columns = chart_columns(answer);
  double most = 1;
  for (const ChartColumn& column : columns) most = std::max({most, column.active, column.kept});
  const double quota = answer.server.quota.value_or(0);
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
    out += labelled ? left_padded(format_bytes(level), kLabel) + " ┤"
                    : std::string(kLabel + 1, ' ') + "│";
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
  const std::string end = span_words(answer.run.timeline.seconds);
  out += "\n" + std::string(kLabel + 2, ' ') + "0" + left_padded(end, kWidth - 1) + "\n";
  out += std::string(kLabel + 2, ' ') + style.cyan("█") +
         " held by requests, the most in each column   " + style.red("━") +
         " memory of the server" + (quota_shown ? "   " + style.yellow("╌") + " quota" : "") + "\n";
  return out;
}

std::string requests_words(const SimulateAnswer& answer) {
  const SimulatedServer& server = answer.server;
  std::string out;
  switch (server.arrivals) {
    case Arrivals::kBackToBack:
      out = server.requests_per_thread > 0
                ? fmt::format("{} on each thread, one after the other",
                              plural(server.requests_per_thread, "request"))
                : "requests one after the other on each thread";
      break;
    case Arrivals::kPoisson:
      out = fmt::format("{:.4g} requests a second in all, threads {:.0f} % busy", server.rate,
                        100 * server.busy);
      break;
    case Arrivals::kReplay:
      out = fmt::format("{} of the log, as they came", plural(server.requests_of_log, "request"));
      break;
  }
  return out;
}

std::string level_sentence(const SimulateAnswer& answer) {
  const LevelSpread& spread = answer.highest;
  std::string out = fmt::format(
      "Within {} memory reaches {} (19 in 20 times {} or more, 19 in 20 times {} at most)",
      span_words(answer.seconds), format_bytes(spread.median), format_bytes(spread.low),
      format_bytes(spread.high));
  out += answer.by_law ? ", by the law of the high-water mark"
                       : fmt::format(", counted over {}", plural(answer.runs->peaks.size(), "run"));
  out += fmt::format("; this run: {}. ", format_bytes(answer.run.result.peak));
  out += fmt::format("Half of the rise is done after {}, 90 % after {}, 99 % after {}: ",
                     span_words(answer.rise_half), span_words(answer.rise_90),
                     span_words(answer.rise_99));
  const bool leaks = answer.server.leak > 0;
  out += leaks ? "what each request leaves behind goes on growing, and that is a leak."
               : "it flattens out, and no leak is needed for such a curve.";
  return out;
}

std::string who_keeps(const SimulatedServer& server) {
  if (server.ratchet == Ratchet::kNone || server.gives_back >= 1) {
    return "Here freed memory goes back to the system at once, so memory falls again; its highest "
           "level is "
           "the maximum of the sum.";
  }
  if (server.all_threads() == 1) return "One thread: both are the same.";
  if (server.processes == 1 && server.heaps_per_process == 1) {
    return "This server is one heap: memory that one thread frees serves the next request of any, "
           "so "
           "the maximum of the sum counts.";
  }
  if (server.heaps_per_process * server.processes == server.all_threads()) {
    return "Here each thread keeps what it freed for itself (separate processes, or an arena "
           "each), so the sum "
           "of the maxima counts.";
  }
  return "This server is between the two: threads of one heap share what they freed, heaps do not.";
}

std::string side_by_side(const SimulateAnswer& answer, const TextStyle& style) {
  Table table({text_column("WHO KEEPS FREED MEMORY"), number_column("5 %"), number_column("MEDIAN"),
               number_column("95 %"), number_column("THIS RUN")});
  const auto add = [&](const std::string& name, const LevelSpread& spread, double run) {
    table.add_row({name, format_bytes(spread.low), format_bytes(spread.median),
                   format_bytes(spread.high), format_bytes(run)});
  };
  const SimulatedServer& server = answer.server;
  add("all threads in one heap: maximum of the sum", answer.one_heap, answer.run.one_heap);
  add("each thread by itself: sum of the maxima", answer.each_alone, answer.run.each_alone);
  table.add_footer({{"as set up: " + server_words(server), Tint::kBold},
                    format_bytes(answer.highest.low),
                    format_bytes(answer.highest.median),
                    format_bytes(answer.highest.high),
                    format_bytes(answer.run.result.peak)});
  return table.print(style) + wrap(who_keeps(server));
}

std::string crossing_words(const SimulateAnswer& answer) {
  const Crossing& crossing = *answer.crossing;
  std::string out = fmt::format("Chance to pass the quota of {} within {}: {}",
                                format_bytes(answer.server.quota.value_or(0)),
                                span_words(answer.seconds), chance_words(crossing.chance));
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

std::string runs_words(const SimulateAnswer& answer) {
  const SimulatedRuns& runs = *answer.runs;
  std::string out = fmt::format("{} simulated: highest memory {} / {} / {} (5 %, median, 95 %)",
                                plural(runs.peaks.size(), "run"), format_bytes(runs.spread.low),
                                format_bytes(runs.spread.median), format_bytes(runs.spread.high));
  if (answer.server.quota) {
    out += fmt::format(", {} of them over the quota",
                       format_count(static_cast<std::int64_t>(runs.over_quota)));
  }
  return out + fmt::format("; {} events.", format_count(static_cast<std::int64_t>(runs.events)));
}

}  // namespace

std::string server_words(const SimulatedServer& server) {
  std::string threads = plural(server.threads, "thread");
  if (server.heaps_per_process > 1 && server.ratchet == Ratchet::kArenas) {
    threads += fmt::format(" over {}", plural(server.heaps_per_process, "arena"));
  } else if (server.threads > 1) {
    threads += server.ratchet == Ratchet::kNone ? ", nothing kept" : " in one heap";
  }
  if (server.processes == 1) return "1 process, " + threads;
  return fmt::format(
      "{} of {} each",
      server.processes == 1
          ? "1 process"
          : fmt::format("{} processes", format_count(static_cast<std::int64_t>(server.processes))),
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

std::string simulate_text(const SimulateAnswer& answer, const TextStyle& style) {
  const SimulatedServer& server = answer.server;
  std::string out = answer.fitted ? fit_text(*answer.fitted) : std::string();
  out += style.bold(server_words(server)) + "\n" +
         wrap(requests_words(answer) + "; the run of this chart served " +
              plural(answer.run.result.requests, "request") + ".") +
         "\n" + chart(answer, style) + "\n" + wrap(level_sentence(answer)) + "\n" +
         side_by_side(answer, style);
  if (answer.crossing) out += "\n" + wrap(crossing_words(answer));
  if (answer.runs && answer.by_law) out += "\n" + wrap(runs_words(answer));
  if (answer.run.result.recycled > 0) {
    out += wrap(fmt::format("Processes were replaced {} times.", answer.run.result.recycled));
  }
  if (server.arrivals != Arrivals::kBackToBack) {
    out += wrap(fmt::format("Requests waited {} on average for a thread.",
                            span_words(answer.run.result.mean_wait)));
    if (server.busy > 0.95) {
      out +=
          wrap("More requests come than the threads can serve: all are busy, and the queue grows.");
    }
  }
  return out;
}

}  // namespace tidemark
