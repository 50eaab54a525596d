// `tidemark size`: how many workers and threads fit into a quota.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "answers/series/load.h"
#include "answers/size/traffic.h"
#include "base/span_words.h"
#include "base/units.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/model_options.h"
#include "cli/print_error.h"
#include "cli/size_level.h"
#include "host/control_group.h"
#include "report/size_report.h"
#include "series/worker_share.h"

namespace tidemark {
namespace {

constexpr double kUsualRate = 1;  // requests a second and thread

struct SizeArguments {
  std::string series;
  std::vector<std::string> names;
  TrafficOptions traffic;
  double quota = 0;
  std::string dyno;
  bool cgroup = false;
  std::string live;  // a pid or a name
  double per_process = 0;
  double base = 0;
  double shared = -1;  // below 0: not said
  double cpu = 0;
  double hours = 0;  // in seconds

  [[nodiscard]] const Traffic& requests() const { return traffic.traffic; }
  std::size_t workers = 0;
  std::size_t threads = 0;
  double headroom = 5;
  bool node = false;
  CommonOptions common;
};

Result<void> set_quota(const SizeArguments& arguments, double found, SizeSubject& subject) {
  const int given =
      (arguments.quota > 0 ? 1 : 0) + (arguments.dyno.empty() ? 0 : 1) + (arguments.cgroup ? 1 : 0);
  if (given > 1) return fail(ErrorCode::kUsage, "--quota, --dyno and --cgroup exclude each other");
  if (!arguments.dyno.empty()) {
    subject.platform = dyno_size(arguments.dyno);
    if (!subject.platform) {
      return fail(ErrorCode::kUsage, fmt::format("--dyno: there is no '{}'", arguments.dyno),
                  "there is: " + dyno_names());
    }
    subject.on_dyno = true;
    subject.input.quota = static_cast<double>(subject.platform->quota);
  } else if (arguments.cgroup) {
    const auto limit = read_control_group(this_machine(), getpid()).limit;
    if (!limit) {
      return fail(ErrorCode::kNotFound, "no control group limits the memory here",
                  "say it: --quota 512MB");
    }
    subject.input.quota = *limit;
  } else if (arguments.quota > 0) {
    subject.input.quota = arguments.quota;
  } else {
    subject.input.quota = found;
  }
  if (subject.input.quota > 0) return {};
  return fail(ErrorCode::kUsage, "which quota?", "--quota 512MB, --dyno standard-2x or --cgroup");
}

Result<WorkerLevel> find_level(const SizeArguments& arguments, Monitor& monitor,
                               SizeSubject& subject) {
  const int given = (arguments.series.empty() ? 0 : 1) + (arguments.live.empty() ? 0 : 1) +
                    (arguments.per_process > 0 ? 1 : 0);
  if (given > 1)
    return fail(ErrorCode::kUsage, "SERIES, --pid and --per-process exclude each other");
  if (!arguments.live.empty()) {
    return level_of_processes({.target = arguments.live, .self = static_cast<int>(getpid())},
                              subject);
  }
  if (!arguments.series.empty()) {
    SeriesRequest request;
    request.input = arguments.series;
    request.only = arguments.names;
    request.workers = static_cast<std::uint32_t>(arguments.workers);
    request.shares = true;
    const auto set = load_series(request, monitor);
    if (!set) return std::unexpected(set.error());
    return level_of_series(*set, arguments.workers, subject);
  }
  WorkerLevel out{.workers = arguments.workers};
  if (arguments.per_process <= 0) {
    if (arguments.requests().says_requests()) {
      subject.confidence = "as good as the sizes of the requests";
      return out;
    }
    return fail(
        ErrorCode::kUsage, "nothing is known of the app's memory",
        "give a SERIES (from watch, a log, a store), --pid of a server that runs, --per-process "
        "600MB, or requests with --endpoint or --log and --base");
  }
  const double each = arguments.per_process;
  out.shared = arguments.node ? 0 : kSharedOfWorker * each;
  out.worker = each - out.shared;
  subject.known.push_back(fmt::format("a worker settles at {}, as you say", size_text(each)));
  subject.confidence = "low: a level and no measurements; give a series (tidemark watch --record)";
  return out;
}

// Splits the level of a worker into its base and what requests need at the most.
Result<void> set_requests(const SizeArguments& arguments, const ReadTraffic& read,
                          const WorkerLevel& level, SizeSubject& subject) {
  SizingInput& input = subject.input;
  const std::size_t workers = std::max<std::size_t>(level.workers, 1);
  const double share = input.rate / static_cast<double>(workers);
  input.mix = read.mix;
  input.base = arguments.base;
  const bool sized = arguments.requests().says_requests() && read.has_peaks;
  if (level.worker <= 0) {
    if (!sized) {
      return fail(ErrorCode::kUsage, "how much memory requests need is not known",
                  "--peak, a log with sizes, or the level of a worker with --per-process");
    }
    return {};
  }
  if (sized) {
    if (input.base > 0) return {};
    SizingInput one = input;
    one.shared = 0;
    one.rate = share;
    const double active = size_cell(one, 1, subject.threads).median;
    input.base = std::max(0.0, level.worker - active);
    subject.known.push_back(
        fmt::format("of a worker {} are its base, and requests need {} at the most",
                    size_text(input.base), size_text(active)));
    return {};
  }
  if (input.base <= 0) {
    input.base = level.base > 0 ? level.base : kBaseOfWorker * level.worker;
  }
  const double active = level.worker - input.base;
  RequestMix mix = read.mix;
  if (!arguments.requests().says_requests() && shorten_taken_times(mix, share, subject.threads)) {
    subject.known.push_back(
        fmt::format("requests take {} on average: taken, so that threads are half busy now",
                    span_words(mix.mean_seconds())));
  }
  if (active <= 0) {
    return fail(ErrorCode::kUsage, "the base of a worker is above its level",
                "--base is what it holds before the first request");
  }
  input.mix = scale_to_level(mix, subject.threads, share, active, input.seconds);
  subject.known.push_back(
      fmt::format("of that {} are its base ({}), {} come from requests{}", size_text(input.base),
                  arguments.base > 0 ? "as you say" : level.base_known_by, size_text(active),
                  arguments.requests().says_requests()
                      ? ""
                      : ", of which 88 % are taken to be light, 11 % medium, 1 % heavy"));
  return {};
}

// As the user says, as measured, or as is usual for so many threads.
void set_rate(const SizeArguments& arguments, const ReadTraffic& read, const WorkerLevel& level,
              SizeSubject& subject) {
  double& rate = subject.input.rate;
  if (arguments.requests().requests_per_second > 0) {
    rate = arguments.requests().requests_per_second;
  } else if (level.rate > 0 || read.log_rate > 0) {
    rate = level.rate > 0 ? level.rate : read.log_rate;
    subject.known.push_back(
        fmt::format("{:.3g} requests a second at the busy time, measured", rate));
  } else {
    const std::size_t slots = std::max<std::size_t>(level.workers, 1) * subject.threads;
    rate = kUsualRate * static_cast<double>(slots);
    subject.known.push_back(fmt::format("{:.3g} requests a second: taken; --rate says it", rate));
  }
}

Result<SizeSubject> make_subject(const SizeArguments& arguments, Monitor& monitor) {
  if (arguments.traffic.unreadable) return std::unexpected(*arguments.traffic.unreadable);
  SizeSubject subject;
  SizingInput& input = subject.input;
  subject.kind = arguments.node ? AppKind::kNode : AppKind::kRuby;
  const bool asked = arguments.quota > 0 || !arguments.dyno.empty() || arguments.cgroup;
  if (asked) {
    if (auto set = set_quota(arguments, 0, subject); !set) return std::unexpected(set.error());
  }
  const auto level = find_level(arguments, monitor, subject);
  if (!level) return std::unexpected(level.error());
  if (!asked) {
    if (auto set = set_quota(arguments, level->quota, subject); !set)
      return std::unexpected(set.error());
  }
  subject.processes = level->workers;
  subject.threads =
      std::max<std::size_t>(arguments.threads > 0 ? arguments.threads : level->threads, 1);
  ReadTraffic read;
  if (arguments.requests().says_requests()) {
    auto mix = read_traffic(arguments.requests(), monitor);
    if (!mix) return std::unexpected(mix.error());
    read = std::move(*mix);
    if (!read.has_peaks) {
      // Times are known, sizes are not: the usual peaks, for each of its endpoints alike.
      for (Endpoint& endpoint : read.mix.endpoints) endpoint.peak = Distribution::uniform(0, 300e6);
    }
  } else {
    read.mix = usual_mix();
  }
  input.shared = arguments.shared < 0 ? level->shared : arguments.shared;
  input.cpu_seconds = arguments.cpu;
  if (arguments.hours > 0) input.seconds = arguments.hours;
  input.headroom = arguments.headroom / 100;
  set_rate(arguments, read, *level, subject);
  input.most_processes = std::clamp<std::size_t>(2 * level->workers, 16, 64);
  input.most_threads = std::max<std::size_t>(8, subject.threads);
  if (auto set = set_requests(arguments, read, *level, subject); !set)
    return std::unexpected(set.error());
  if (auto checked = input.check(); !checked) return std::unexpected(checked.error());
  return subject;
}

int answer(const CommandContext& context, const SizeArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  const auto subject = make_subject(arguments, monitor);
  if (!subject) return context.messages.give_up(subject.error());
  const SizeAnswer sized = answer_size(*subject);
  if (arguments.common.format == OutputFormat::kJson) {
    write_size_json(context.out, sized);
  } else {
    context.out.write(size_report(sized, arguments.common.style()));
    context.out.write(
        "\nNext: the climb of one of these settings, as a picture\n"
        "  tidemark simulate --processes 1 --threads 2 ... --png memory.png\n");
  }
  const bool over = (sized.now && !sized.now->fits) || !sized.sizing.chosen;
  return context.out.finish(over ? kExitFound : kExitDone);
}

void add_size_options(Options& app, SizeArguments& arguments) {
  const auto text = [&](const char* name, std::string& value, const char* meaning, const char* of) {
    app.add_option(name, value, meaning).option_text(of).take_last();
  };
  const auto parsed = [&](const char* name, const ValueCheck& keep, const char* meaning,
                          const char* of) {
    add_parsed_option(app, name, keep, meaning).option_text(of);
  };
  parsed("--quota", keep_size(arguments.quota),
         "memory that may be used: 512MB, 1GiB (default: the series')", "SIZE");
  text("--dyno", arguments.dyno, "instead, Heroku's for standard-2x, performance-m, dyno-2c-4gb...",
       "NAME");
  app.add_flag("--cgroup", arguments.cgroup,
               "instead, the limit of the control group that we run in");
  text("--pid", arguments.live,
       "instead of a series, a look at this server and all processes below it: PSS and private "
       "memory, workers, threads",
       "PID|NAME");
  parsed("--per-process", keep_size(arguments.per_process),
         "what a worker settles at, without a series: 600MB", "SIZE");
  app.add_option("--workers", arguments.workers, "workers that run now (default: as found)")
      .option_text("N")
      .check(whole_number(1, 1000))
      .take_last();
  app.add_option("--threads", arguments.threads,
                 "threads of each of them now (default: as found, or 1)")
      .option_text("N")
      .check(whole_number(1, 64))
      .take_last();
  parsed("--base", keep_size(arguments.base),
         "memory of a worker before any request, without what is shared", "SIZE");
  parsed(
      "--shared", keep_size(arguments.shared),
      "memory that forked workers share: RSS less PSS of one, times workers (default: 10 to 15 % "
      "of one)",
      "SIZE");
  parsed("--cpu", keep_seconds(arguments.cpu),
         "CPU time of a request, where one core of a Ruby worker may be too slow", "TIME");
  parsed("--hours", keep_seconds(arguments.hours), "between restarts (default: 24h)", "TIME");
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
  return answer(context, arguments);
}

}  // namespace tidemark
