// `tidemark simulate`: what memory does when threads serve requests, without any leak or with one.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answers/series/load.h"
#include "answers/size/simulate.h"
#include "base/quantities.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/model_options.h"
#include "cli/series_options.h"
#include "cli/write_file.h"
#include "report/csv_document.h"
#include "report/json_document.h"
#include "report/simulate_picture.h"
#include "report/simulate_text.h"

namespace tidemark {
namespace {

struct SimulateArguments {
  TableArguments table;  // of --from
  SimulateRequest request;
  TrafficOptions traffic;
  std::vector<std::string> burst_words;  // as given
  bool thread_is_process = false;        // --ratchet process
  double gives_back = 0;                 // per cent
  std::string from;
  std::vector<std::string> names;
  std::string svg, png;
  CommonOptions common;
};

ValueCheck keep_ratchet(SimulateArguments& arguments) {
  return [&arguments](const std::string& text) {
    const auto parts = split_at(text, ':');
    const std::uint64_t number = parts.size() == 2 ? parse_whole(parts[1]).value_or(0) : 0;
    arguments.thread_is_process = text == "process";
    if (text == "heap" || text == "process") {
      arguments.request.ratchet = Ratchet::kHeap;
    } else if (text == "none") {
      arguments.request.ratchet = Ratchet::kNone;
    } else if ((parts[0] == "arena" || parts[0] == "arenas") && number >= 1) {
      arguments.request.ratchet = Ratchet::kArenas;
      arguments.request.arenas = number;
    } else {
      return fmt::format(
          "must be heap, arenas:N (what MALLOC_ARENA_MAX sets), process or none, "
          "not '{}'",
          text);
    }
    return std::string();
  };
}

ValueCheck keep_recycle(SimulateRequest& request) {
  return [&request](const std::string& text) {
    const auto requests = parse_whole(text);
    const auto seconds = requests ? std::nullopt : parse_seconds(text);
    if (!requests && !seconds) {
      return fmt::format(
          "must be a number of requests such as 10000 or a time such as 12h, not "
          "'{}'",
          text);
    }
    request.recycle_requests = requests.value_or(0);
    request.recycle_seconds = seconds.value_or(0);
    return std::string();
  };
}

// SIZE:ENTRIES[:KEYS]
ValueCheck keep_cache(CacheModel& cache) {
  return [&cache](const std::string& text) {
    const auto parts = split_at(text, ':');
    const auto bytes = parse_bytes(parts[0]);
    const std::uint64_t entries = parts.size() > 1 ? parse_whole(parts[1]).value_or(0) : 0;
    const std::uint64_t keys = parts.size() > 2 ? parse_whole(parts[2]).value_or(0) : entries;
    if (!bytes || entries == 0 || keys == 0 || parts.size() > 3) {
      return fmt::format(
          "must be SIZE:ENTRIES or SIZE:ENTRIES:KEYS such as 20kB:5000:80000, not "
          "'{}'",
          text);
    }
    cache = {.bytes = static_cast<double>(*bytes),
             .entries = static_cast<double>(entries),
             .keys = static_cast<double>(keys)};
    return std::string();
  };
}

// COUNT:EVERY[:ENDPOINT]
ValueCheck keep_burst(std::vector<BurstRequest>& bursts) {
  return [&bursts](const std::string& text) {
    const auto parts = split_at(text, ':');
    const auto count = parse_whole(parts[0]);
    const auto every = parts.size() > 1 ? parse_seconds(parts[1]) : std::nullopt;
    if (!count || !every) {
      return fmt::format(
          "must be COUNT:EVERY or COUNT:EVERY:ENDPOINT such as 20:1h:report, not "
          "'{}'",
          text);
    }
    BurstRequest burst{.count = *count, .every_seconds = *every, .endpoint = {}};
    if (parts.size() > 2) burst.endpoint = text.substr(parts[0].size() + parts[1].size() + 2);
    bursts.push_back(std::move(burst));
    return std::string();
  };
}

// A number alone is one of hours.
ValueCheck keep_hours(double& seconds) {
  return [&seconds](const std::string& text) {
    if (const auto hours = parse_whole(text)) {
      seconds = static_cast<double>(*hours) * 3600;
      return std::string();
    }
    return keep_seconds(seconds)(text);
  };
}

Result<SimulateRequest> make_request(const SimulateArguments& arguments, Monitor& monitor) {
  if (arguments.traffic.unreadable) return std::unexpected(*arguments.traffic.unreadable);
  SimulateRequest request = arguments.request;
  request.traffic = arguments.traffic.traffic;
  request.gives_back = arguments.gives_back / 100;
  if (arguments.thread_is_process) {
    request.processes *= request.threads;
    request.threads = 1;
  }
  if (arguments.from.empty()) return request;
  SeriesRequest from;
  from.input = arguments.from;
  from.only = arguments.names;
  const auto table = table_options(arguments.table);
  if (!table) return std::unexpected(table.error());
  from.table = *table;
  auto set = load_series(from, monitor);
  if (!set) return std::unexpected(set.error());
  request.series = std::move(*set);
  return request;
}

const char* next_step(const SimulateAnswer& answer) {
  if (!answer.crossing) {
    return "Next: the odds against a quota, or how many workers and threads fit\n"
           "  tidemark simulate ... --quota 512MB\n";
  }
  return "Next: the picture of it, to look at and to show\n  tidemark simulate ... --svg "
         "memory.svg\n";
}

int show_simulation(const CommandContext& context, const SimulateArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  const auto request = make_request(arguments, monitor);
  if (!request) return context.messages.give_up(request.error());
  const auto answered = answer(*request, monitor);
  if (!answered) return context.messages.give_up(answered.error());
  if (!arguments.svg.empty() || !arguments.png.empty()) {
    const auto written = write_picture(simulate_picture(*answered), arguments.svg, arguments.png);
    if (!written) return context.messages.give_up(written.error());
  }
  context.messages.notices(answered->notices);
  switch (arguments.common.format) {
    case OutputFormat::kJson:
      write_json(context.out, *answered);
      break;
    case OutputFormat::kCsv:
      write_csv(context.out, moments_of(*answered));
      break;
    case OutputFormat::kText:
      context.out.write(simulate_text(*answered, arguments.common.style()));
      context.out.write(std::string("\n") + next_step(*answered));
  }
  return context.out.finish(is_alarming(*answered) ? kExitFound : kExitDone);
}

void add_server_options(Options& app, SimulateArguments& arguments) {
  constexpr const char* kGroup = "Server";
  SimulateRequest& request = arguments.request;
  const auto add = [&](const char* name, auto& value, const char* of, const char* help) {
    return app.add_option(name, value, help).option_text(of).take_last().group(kGroup);
  };
  const auto add_parsed = [&](const char* name, const ValueCheck& keep, const char* of,
                              const char* help) {
    add_parsed_option(app, name, keep, help).option_text(of).group(kGroup);
  };
  add("--processes", request.processes, "N", "worker processes (default: 1)")
      .check(whole_number(1, 1000));
  add("--threads", request.threads, "N", "threads of each process (default: 1)")
      .check(whole_number(1, 1000));
  add_parsed("--base", keep_size(request.base), "SIZE",
             "memory of a process before any request (default: 0)");
  add_parsed("--shared", keep_size(request.shared), "SIZE",
             "memory that all processes share (default: 0)");
  add_parsed("--ratchet", keep_ratchet(arguments), "WHO",
             "who keeps freed memory: heap (a process; the default), arenas:N of each process "
             "(MALLOC_ARENA_MAX), process (each thread is one), none");
  add("--gives-back", arguments.gives_back, "N",
      "per cent of freed memory that goes back to the system (default: 0)")
      .check(number_between(0, 100));
  add_parsed("--leak", keep_size(request.leak), "SIZE",
             "memory that each request leaves behind for good");
  add_parsed("--cache", keep_cache(request.cache), "CACHE",
             "a cache in each process: SIZE:ENTRIES[:KEYS], the size of an entry, how many it "
             "holds, and from how many keys requests choose");
  add_parsed("--recycle", keep_recycle(request), "N|TIME",
             "replace a process after so many requests (10000) or so long (12h)");
  add_parsed("--quota", keep_size(request.quota), "SIZE", "memory that may be used: 512MB, 1GiB");
}

void add_run_options(Options& app, SimulateArguments& arguments) {
  SimulateRequest& request = arguments.request;
  app.add_option("--requests", request.requests_per_thread,
                 "requests of each thread, one after the other (default: 1,000, without --rate)")
      .option_text("N")
      .check(whole_number(1, 1000000000000))
      .take_last();
  add_parsed_option(app, "--hours", keep_hours(request.seconds),
                    "how long: 24, 90m, 7d (default with --rate: 24)")
      .option_text("N");
  app.add_option("--runs", request.runs,
                 "simulate so often, for the spread; chances are counted too")
      .option_text("N")
      .check(whole_number(1, 1000000))
      .take_last();
  app.add_option("--seed", request.seed, "another run of chance (default: 1)")
      .option_text("N")
      .check(whole_number())
      .take_last();
  app.add_option("--jobs", request.cores, "cores to use (default: all); the answer is the same")
      .option_text("N")
      .check(whole_number(1, 1024))
      .take_last();
  app.add_option(
         "--from", arguments.from,
         "fit base, sizes and pace to this series first (a log, a CSV, a history; see verdict), "
         "and draw the fit over it")
      .option_text("SERIES")
      .take_last();
  add_table_options(app, arguments.table);
  app.add_option("--only", arguments.names, "of --from, these series only, by name (web.1)")
      .option_text("NAME");
  app.add_option("--svg", arguments.svg, "draw it as SVG").option_text("FILE");
  app.add_option("--png", arguments.png, "the same as PNG").option_text("FILE");
}

void add_more_requests(Options& app, SimulateArguments& arguments) {
  constexpr const char* kGroup = "Requests";
  app.add_flag("--article", arguments.request.article,
               "the requests of schneems/simulate_ruby_web_memory_use; a unit is shown as 1 MB, a "
               "tick as 10 ms")
      .group(kGroup);
  add_parsed_option(app, "--pause",
                    keep_times(arguments.request.pause, arguments.traffic.unreadable),
                    "between the requests of a thread, without --rate")
      .option_text("TIME")
      .group(kGroup);
  app.add_option("--burst", arguments.burst_words,
                 "so many at once, again and again, beside --rate: 20:1h or 20:1h:ENDPOINT")
      .option_text("COUNT:EVERY")
      .take_all()
      .check(keep_burst(arguments.request.bursts))
      .group(kGroup);
  app.add_flag("--replay", arguments.request.replay, "the requests of --log at the times it says")
      .group(kGroup);
}

}  // namespace

int run_simulate(const CommandContext& context) {
  CommandParser parser(
      context,
      "Simulates memory: each thread serves one request after the other, a request needs more and "
      "more until its end and frees it then, and the server keeps the most that it ever needed. "
      "Says which level it climbs to, how fast, with which odds to pass a quota; by the law of the "
      "high-water mark where that holds, else by many runs.");
  SimulateArguments arguments;
  add_run_options(parser.options(), arguments);
  add_traffic_options(parser.options(), arguments.traffic);
  add_more_requests(parser.options(), arguments);
  add_server_options(parser.options(), arguments);
  parser.add_common_options(
      arguments.common, {.formats = {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCsv},
                         .reads_dumps = false});
  parser.note("The exit code is 3 when the chance to pass the quota is above 1 in 100.");
  parser.example("tidemark simulate --article --threads 2 --requests 1000",
                 "why memory doubles with two threads, or nearly");
  parser.example(
      "tidemark simulate --threads 5 --rate 5 --time 80ms/2s --peak 8MB/150MB --base 120MB",
      "a Puma process for a day");
  parser.example(
      "tidemark simulate --processes 3 --rate 3 --log requests.csv --quota 1GB --runs 200",
      "three workers on the requests of a log, and the odds");
  parser.example("tidemark simulate --from memory.csv --threads 5 --png fit.png",
                 "do requests explain the climb that was measured?");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return show_simulation(context, arguments);
}

}  // namespace tidemark
