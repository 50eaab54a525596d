// `tidemark verdict`: what recorded memory is doing, and why we think so.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "answers/series/verdict.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/series_options.h"
#include "cli/write_file.h"
#include "report/json_document.h"
#include "report/series_picture.h"
#include "report/verdict_text.h"

namespace tidemark {
namespace {

struct VerdictArguments {
  std::string input;
  SeriesOptions series;
  TableArguments table;
  std::vector<std::string> names;
  double since = 0;  // seconds
  std::string svg;
  std::string png;
  CommonOptions common;
};

Result<void> write_pictures(const VerdictArguments& arguments, const VerdictAnswer& verdicts) {
  if (arguments.svg.empty() && arguments.png.empty()) return {};
  return write_picture(series_picture(verdicts.series.at(verdicts.worst)), arguments.svg,
                       arguments.png);
}

int judge_input(const CommandContext& context, const VerdictArguments& arguments) {
  const auto table = table_options(arguments.table);
  if (!table) return context.messages.give_up(table.error());
  VerdictRequest request;
  request.series.input = arguments.input;
  request.series.table = *table;
  request.series.since_seconds = arguments.since;
  request.series.only = arguments.names;
  request.series.quota_bytes = arguments.series.quota_bytes;
  request.series.workers = arguments.series.workers;
  request.speedup = arguments.series.speedup;
  TerminalMonitor monitor(arguments.common.progress);
  const auto verdicts = answer(request, monitor);
  if (!verdicts) return context.messages.give_up(verdicts.error());
  context.messages.notices(verdicts->notices);
  if (const auto written = write_pictures(arguments, *verdicts); !written) {
    return context.messages.give_up(written.error());
  }
  if (arguments.common.format == OutputFormat::kJson) {
    write_json(context.out, *verdicts);
  } else {
    context.out.write(verdict_text(*verdicts, arguments.common.style()));
  }
  return context.out.finish(is_alarming(*verdicts) ? kExitFound : kExitDone);
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
                 "a Heroku log or drain body, a table with names (time,rss_mb), JSON of a "
                 "monitoring server, what ps, top, kubectl, docker and others print, plain, .gz or "
                 ".zst; a history that watch --record wrote; the URL of a Prometheus-compatible "
                 "server, with ?query=PROMQL for its own metrics; - for standard input")
      .required();
  app.add_option("--only", arguments.names, "judge these series only, by name (web.1)")
      .option_text("NAME");
  add_table_options(app, arguments.table);
  app.add_option("--since", arguments.since, "of each series the last 48h, 7d... only")
      .option_text("DURATION")
      .as_duration()
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
