// `tidemark verdict`: what recorded memory is doing, and why we think so.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/quantities.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/load_series.h"
#include "cli/print_error.h"
#include "cli/series_options.h"
#include "cli/write_file.h"
#include "report/series_picture.h"
#include "report/verdict_json.h"
#include "report/verdict_text.h"
#include "series/clock_text.h"
#include "verdict/heap_beside.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostReports = 3;  // more series than that are a table

struct VerdictArguments {
  std::string input;
  SeriesOptions series;
  std::vector<std::string> columns;
  std::vector<std::string> names;
  std::string since;
  std::string svg;
  std::string png;
  CommonOptions common;
};

Result<std::vector<CsvColumnChoice>> column_choices(const std::vector<std::string>& columns) {
  std::vector<CsvColumnChoice> choices;
  for (const std::string& text : columns) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is not COLUMN=ROLE", text),
                  "for instance --column rss=memory");
    }
    choices.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return choices;
}

// The live heap of the same processes, where the input has it too.
const MemorySeries* heap_beside(const SeriesSet& set, const MemorySeries& series) {
  if (series.kind == MemoryKind::kHeapAfterGc) return nullptr;
  const auto found = std::find_if(set.series.begin(), set.series.end(), [&](const auto& other) {
    return other.kind == MemoryKind::kHeapAfterGc && other.name == series.name;
  });
  return found == set.series.end() ? nullptr : &*found;
}

// A heap whose process is judged with it needs no verdict of its own.
bool is_heap_beside(const SeriesSet& set, const MemorySeries& series) {
  return series.kind == MemoryKind::kHeapAfterGc &&
         std::any_of(set.series.begin(), set.series.end(), [&](const auto& other) {
           return other.kind != MemoryKind::kHeapAfterGc && other.name == series.name;
         });
}

// The series that matters most: the one that is drawn when there are several.
const JudgedSeries& worst_of(const std::vector<JudgedSeries>& judged) {
  const auto weight = [](const JudgedSeries& one) {
    const VerdictKind kind = one.verdict.kind;
    if (kind == VerdictKind::kLeak) return 4 + one.verdict.confidence;
    if (kind == VerdictKind::kOvercommitted) return 3 + one.verdict.confidence;
    if (kind == VerdictKind::kBloat) return 2.0;
    return kind == VerdictKind::kInsufficient ? 0.0 : 1.0;
  };
  return *std::max_element(judged.begin(), judged.end(),
                           [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
}

Result<void> write_pictures(const VerdictArguments& arguments,
                            const std::vector<JudgedSeries>& judged) {
  if (arguments.svg.empty() && arguments.png.empty()) return {};
  return write_picture(series_picture(worst_of(judged)), arguments.svg, arguments.png);
}

int print_verdicts(const CommandContext& context, const VerdictArguments& arguments,
                   const SeriesSet& set, const std::vector<JudgedSeries>& judged) {
  if (arguments.common.format == OutputFormat::kJson) {
    write_verdicts_json(context.out, arguments.input, set.notes, judged);
  } else {
    const TextStyle style = arguments.common.style();
    if (judged.size() > kMostReports) {
      context.out.write(verdict_table(judged, style) + "\n");
      context.out.write(verdict_report(worst_of(judged), style));
    } else {
      for (std::size_t i = 0; i < judged.size(); ++i) {
        context.out.write((i > 0 ? "\n" : "") + verdict_report(judged[i], style));
      }
    }
    context.out.write("\n" + verdict_next_step(judged, arguments.input));
  }
  const bool found = std::any_of(judged.begin(), judged.end(), [](const JudgedSeries& one) {
    return one.verdict.kind == VerdictKind::kLeak ||
           one.verdict.kind == VerdictKind::kOvercommitted;
  });
  return context.out.finish(found ? kExitFound : kExitDone);
}

int judge_input(const CommandContext& context, const VerdictArguments& arguments) {
  const auto columns = column_choices(arguments.columns);
  if (!columns) return context.messages.give_up(columns.error());
  TerminalMonitor monitor(arguments.common.progress);
  double since = 0;
  if (!arguments.since.empty()) {
    const auto parsed = parse_duration(arguments.since);
    if (!parsed) {
      return context.messages.give_up(
          {.code = ErrorCode::kUsage,
           .message = fmt::format("'{}' is no duration", arguments.since),
           .file = {},
           .offset = {},
           .hint = "for instance --since 48h"});
    }
    since = static_cast<double>(parsed->count());
  }
  auto set = load_series(arguments.input, {.columns = *columns, .since = since}, monitor);
  if (!set) return context.messages.give_up(set.error());
  if (const auto prepared = prepare_series(*set, arguments.series, arguments.names); !prepared) {
    return context.messages.give_up(prepared.error());
  }
  if (!arguments.common.quiet && arguments.common.format == OutputFormat::kText) {
    for (const std::string& note : set->notes) print_warning(note, arguments.common.color);
  }
  std::vector<JudgedSeries> judged;
  for (const MemorySeries& series : set->series) {
    const MemorySeries* heap = heap_beside(*set, series);
    if (is_heap_beside(*set, series)) continue;
    Verdict verdict = judge(series, {.speedup = arguments.series.speedup});
    if (heap != nullptr) weigh_heap(verdict, judge(*heap, {.speedup = arguments.series.speedup}));
    judged.push_back({&series, verdict, attribute_growth(series, verdict)});
  }
  if (const auto written = write_pictures(arguments, judged); !written) {
    return context.messages.give_up(written.error());
  }
  return print_verdicts(context, arguments, *set, judged);
}

}  // namespace

int run_verdict(const CommandContext& context) {
  CommandParser parser(
      context,
      "Says what recorded memory is doing: steady, warming up to a plateau, a leak, over-committed "
      "(too many workers), bloat from single requests, or not enough data; with evidence, a "
      "forecast, and the smallest leak that this much data could have shown.");
  VerdictArguments arguments;
  Options& app = parser.options();
  app.add_option("SERIES", arguments.input,
                 "a Heroku log or drain body, a CSV with names (time,rss_mb), plain, .gz or "
                 ".zst; a history that watch --record wrote; the URL of a Prometheus-compatible "
                 "server, with ?query=PROMQL for its own metrics; - for standard input")
      .required();
  app.add_option("--only", arguments.names, "judge these series only, by name (web.1)")
      .option_text("NAME");
  app.add_option("--column", arguments.columns,
                 "what a column of a CSV is: time, memory, swap, requests, rpm, workers, event, "
                 "quota, name or ignore")
      .option_text("COLUMN=ROLE");
  app.add_option("--since", arguments.since, "of each series the last 48h, 7d... only")
      .option_text("DURATION")
      .take_last();
  add_series_options(app, arguments.series);
  app.add_option("--svg", arguments.svg, "draw the (worst) series as SVG").option_text("FILE");
  app.add_option("--png", arguments.png, "the same as PNG").option_text("FILE");
  parser.add_common_options(arguments.common, {.reads_dumps = false});
  parser.note(
      "The exit code is 3 for a leak and for over-commitment. Times are UTC. Heroku's metrics "
      "lines "
      "come from: heroku labs:enable log-runtime-metrics");
  parser.example("heroku logs -n 1500 -a my-app | tidemark verdict -", "what the log tells");
  parser.example("tidemark verdict memory.csv --quota 512MB --workers 3", "does it fit?");
  parser.example("tidemark verdict 'http://prom:9090?query=process_resident_memory_bytes'",
                 "each series of a server");
  parser.example("tidemark verdict drain.log.zst --only web.1 --png web1.png", "with a picture");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return judge_input(context, arguments);
}

}  // namespace tidemark
