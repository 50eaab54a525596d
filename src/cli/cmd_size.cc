// `tidemark size`: how many workers and threads fit into a quota.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answers/series/load.h"
#include "answers/size/size.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/model_options.h"
#include "cli/series_options.h"
#include "report/json_document.h"
#include "report/size_text.h"

namespace tidemark {
namespace {

struct SizeArguments {
  TableArguments table;
  SizeRequest request;
  TrafficOptions traffic;
  std::string series;
  std::vector<std::string> names;
  double shared = -1;   // below 0: not said
  double seconds = 0;   // 0: not said
  double headroom = 5;  // per cent
  bool node = false;
  CommonOptions common;
};

Result<SizeRequest> make_request(const SizeArguments& arguments, Monitor& monitor) {
  if (arguments.traffic.unreadable) return std::unexpected(*arguments.traffic.unreadable);
  SizeRequest request = arguments.request;
  request.traffic = arguments.traffic.traffic;
  if (arguments.shared >= 0) request.shared = arguments.shared;
  if (arguments.seconds > 0) request.seconds = arguments.seconds;
  request.headroom = arguments.headroom / 100;
  request.app = arguments.node ? AppKind::kNode : AppKind::kRuby;
  if (arguments.series.empty()) return request;
  if (!request.live.empty() || request.per_process > 0) {
    request.series.emplace();  // two levels contradict each other, whatever is in it
    return request;
  }
  SeriesRequest from;
  from.input = arguments.series;
  from.only = arguments.names;
  from.workers = static_cast<std::uint32_t>(request.workers);
  from.shares = true;
  const auto table = table_options(arguments.table);
  if (!table) return std::unexpected(table.error());
  from.table = *table;
  auto set = load_series(from, monitor);
  if (!set) return std::unexpected(set.error());
  request.series = std::move(*set);
  return request;
}

int show_size(const CommandContext& context, const SizeArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  const auto request = make_request(arguments, monitor);
  if (!request) return context.messages.give_up(request.error());
  const auto answered = answer(*request, monitor);
  if (!answered) return context.messages.give_up(answered.error());
  context.messages.notices(answered->notices);
  if (arguments.common.format == OutputFormat::kJson) {
    write_json(context.out, *answered);
  } else {
    context.out.write(size_text(*answered, arguments.common.style()));
    context.out.write(
        "\nNext: the climb of one of these settings, as a picture\n"
        "  tidemark simulate --processes 1 --threads 2 ... --png memory.png\n");
  }
  return context.out.finish(is_alarming(*answered) ? kExitFound : kExitDone);
}

void add_quota_options(Options& app, SizeRequest& request) {
  add_parsed_option(app, "--quota", keep_size(request.quota),
                    "memory that may be used: 512MB, 1GiB (default: the series')")
      .option_text("SIZE");
  app.add_option("--dyno", request.dyno,
                 "instead, Heroku's for standard-2x, performance-m, dyno-2c-4gb...")
      .option_text("NAME")
      .take_last();
  app.add_flag("--cgroup", request.own_control_group,
               "instead, the limit of the control group that we run in");
}

void add_level_options(Options& app, SizeArguments& arguments) {
  SizeRequest& request = arguments.request;
  app.add_option("--pid", request.live,
                 "instead of a series, a look at this server and all processes below it: PSS and "
                 "private memory, workers, threads")
      .option_text("PID|NAME")
      .take_last();
  add_parsed_option(app, "--per-process", keep_size(request.per_process),
                    "what a worker settles at, without a series: 600MB")
      .option_text("SIZE");
  app.add_option("--workers", request.workers, "workers that run now (default: as found)")
      .option_text("N")
      .check(whole_number(1, 1000))
      .take_last();
  app.add_option("--threads", request.threads,
                 "threads of each of them now (default: as found, or 1)")
      .option_text("N")
      .check(whole_number(1, 64))
      .take_last();
  add_parsed_option(app, "--base", keep_size(request.base),
                    "memory of a worker before any request, without what is shared")
      .option_text("SIZE");
  add_parsed_option(app, "--shared", keep_size(arguments.shared),
                    "memory that forked workers share: RSS less PSS of one, times workers "
                    "(default: 10 to 15 % of one)")
      .option_text("SIZE");
}

void add_size_options(Options& app, SizeArguments& arguments) {
  add_quota_options(app, arguments.request);
  add_level_options(app, arguments);
  add_parsed_option(app, "--cpu", keep_seconds(arguments.request.cpu_seconds),
                    "CPU time of a request, where one core of a Ruby worker may be too slow")
      .option_text("TIME");
  add_parsed_option(app, "--hours", keep_seconds(arguments.seconds),
                    "between restarts (default: 24h)")
      .option_text("TIME");
  app.add_option("--headroom", arguments.headroom,
                 "per cent of the quota to keep free (default: 5)")
      .option_text("N")
      .check(number_between(0.0, 90.0))
      .take_last();
  app.add_flag("--node", arguments.node,
               "Node.js: threads are requests in flight; says --max-old-space-size");
  app.add_option("--only", arguments.names, "of the series, these only, by name (web.1)")
      .option_text("NAME");
}

}  // namespace

int run_size(const CommandContext& context) {
  CommandParser parser(context,
                       "How many workers and threads fit into a quota, with the plateau, the odds "
                       "to pass it and the wait of each "
                       "setting; what to set, and what to do when nothing fits.");
  SizeArguments arguments;
  parser.options().add_option(
      "SERIES", arguments.series,
      "memory over time, as for `tidemark verdict`: a log, a CSV, a history of "
      "watch --record, a server");
  add_size_options(parser.options(), arguments);
  add_table_options(parser.options(), arguments.table);
  add_traffic_options(parser.options(), arguments.traffic);
  parser.add_common_options(arguments.common, {.reads_dumps = false});
  parser.note("The exit code is 3 when the present setting does not fit, or none does.");
  parser.example("tidemark size --quota 1GB --workers 3 --per-process 600MB", "the classic case");
  parser.example("heroku logs -n 1500 -a my-app | tidemark size - --dyno standard-2x --workers 3",
                 "from measurements");
  parser.example("tidemark size --pid puma --quota 1GB",
                 "from the cluster that runs here, with what its workers share");
  parser.example("tidemark size memory.csv --quota 1GB --log requests.csv --threads 5",
                 "with the requests that come");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return show_size(context, arguments);
}

}  // namespace tidemark
