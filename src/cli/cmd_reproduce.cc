// `tidemark reproduce -- CMD`: from "it grows in production" to the line of code, in one run.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/quantities.h"
#include "base/units.h"
#include "capture/find_target.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "cli/reproduce_json.h"
#include "cli/reproduce_text.h"
#include "cli/series_options.h"
#include "cli/terminal_monitor.h"
#include "host/host.h"
#include "reproduce/baseline.h"
#include "reproduce/endpoints.h"
#include "reproduce/load/replay_log.h"
#include "reproduce/run.h"

namespace tidemark {
namespace {

struct ReproduceArguments {
  std::vector<std::string> command;
  std::string target;  // --pid
  std::vector<std::string> urls;
  std::string replay;
  std::vector<std::string> headers;
  std::string body;
  std::string duration = "120s";
  std::string step;
  std::string output;
  std::string keep_dumps = "yes";
  std::string trace = "auto";
  std::string compare;
  std::string max_growth;
  std::string quota;
  bool endpoints = false;
  ReproduceSettings settings;
  CommonOptions common;
};

// Bytes as typed, and 0 as well.
std::optional<double> parse_growth(const std::string& text) {
  if (text == "0") return 0;
  const auto parsed = parse_bytes(text);
  return parsed ? std::optional<double>(static_cast<double>(*parsed)) : std::nullopt;
}

Result<std::string> read_whole(const std::string& path) {
  std::ifstream file(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return std::unexpected(
        Error{.code = ErrorCode::kIo,
              .message = "cannot read it: " + errno_text(),
              .file = path,
              .offset = {},
              .hint = "a list of URLs, an access log, or a Heroku router's log"});
  }
  return text.str();
}

Result<void> add_headers(const ReproduceArguments& arguments, RequestKind& kind) {
  for (const std::string& header : arguments.headers) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no header", header),
                  "for instance -H 'Cookie: session=1'");
    }
    const std::size_t value = header.find_first_not_of(' ', colon + 1);
    kind.headers.emplace_back(header.substr(0, colon),
                              value == std::string::npos ? "" : header.substr(value));
  }
  const bool may = kind.method == "POST" || kind.method == "PUT" || kind.method == "PATCH";
  if (may) kind.body = arguments.body;
  return {};
}

// What to send. Also finds the port in absolute URLs.
Result<void> collect_requests(ReproduceArguments& arguments) {
  ReproduceSettings& settings = arguments.settings;
  for (const std::string& url : arguments.urls) {
    auto kind = parse_request_kind(url, settings.port);
    if (!kind) return std::unexpected(kind.error());
    settings.requests.push_back(std::move(*kind));
  }
  if (!arguments.replay.empty()) {
    const auto text = read_whole(arguments.replay);
    if (!text) return std::unexpected(text.error());
    ReplayLog log = parse_replay_log(*text);
    if (log.requests.empty()) {
      return std::unexpected(
          Error{.code = ErrorCode::kUsage,
                .message = "no request that can be replayed in it",
                .file = arguments.replay,
                .offset = {},
                .hint = "GET and HEAD of access logs and router logs; any URL of a list"});
    }
    if (log.without_body + log.other_lines > 0 && !arguments.common.quiet) {
      print_warning(
          fmt::format(
              "{}: {} taken; left out are {} of other methods, whose bodies no log has, and "
              "{} that are none",
              arguments.replay, plural(log.requests.size(), "request"), log.without_body,
              plural(log.other_lines, "line")),
          arguments.common.color);
    }
    settings.requests.insert(settings.requests.end(), std::make_move_iterator(log.requests.begin()),
                             std::make_move_iterator(log.requests.end()));
  }
  if (settings.requests.empty()) {
    RequestKind front_page;
    front_page.target = "/";
    settings.requests.push_back(std::move(front_page));
  }
  for (RequestKind& kind : settings.requests) {
    if (auto added = add_headers(arguments, kind); !added) return added;
  }
  return {};
}

// The folder for what the run leaves, made where there is none.
Result<std::string> make_folder(const std::string& wanted) {
  std::string folder = wanted;
  if (folder.empty()) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    folder = fmt::format("tidemark-reproduce-{}", text);
  }
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  // Dumps hold secrets.
  if (!problem) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  if (problem) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = "cannot make the folder: " + problem.message(),
                                 .file = folder,
                                 .offset = {},
                                 .hint = "-o FOLDER puts it elsewhere"});
  }
  return folder;
}

Result<void> write_whole(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return std::unexpected(Error{.code = ErrorCode::kIo,
                               .message = "cannot write it: " + errno_text(),
                               .file = path,
                               .offset = {},
                               .hint = {}});
}

Result<void> leave_reports(const Reproduction& found, const std::string& summary) {
  StringSink series;
  write_series_csv(series, found.run.series);
  StringSink report;
  write_reproduction_json(report, found);
  auto done = write_whole(found.folder + "/series.csv", series.text());
  if (done) done = write_whole(found.folder + "/report.json", report.text());
  if (done) done = write_whole(found.folder + "/summary.txt", summary);
  return done;
}

std::string kept_text(const Reproduction& found, const ReproduceArguments& arguments) {
  std::size_t dumps = 0;
  for (const MeasuredPoint& point : found.run.points) dumps += point.dump.empty() ? 0 : 1;
  if (found.traced != nullptr) {
    for (const MeasuredPoint& point : found.traced->points) dumps += point.dump.empty() ? 0 : 1;
  }
  return fmt::format(
      "\n{}/ has {}report.json, summary.txt, series.csv and the app's output.{}\n", found.folder,
      dumps > 0 ? plural(dumps, "dump") + ", " : "",
      found.run.conclusion.outcome == Outcome::kLeak && arguments.compare.empty()
          ? fmt::format("\nAfter the fix: add --compare {}/report.json", found.folder)
          : "");
}

int run_endpoints(const CommandContext& context, const ReproduceArguments& arguments,
                  Monitor& monitor) {
  const auto table = measure_endpoints(arguments.settings, monitor);
  if (!table) return context.messages.give_up(table.error());
  StringSink json;
  write_endpoints_json(json, *table);
  const std::string text = endpoints_text(*table, TextStyle());
  auto done = write_whole(arguments.settings.folder + "/endpoints.json", json.text());
  if (done) done = write_whole(arguments.settings.folder + "/summary.txt", text);
  if (!done) return context.messages.give_up(done.error());
  if (arguments.common.format == OutputFormat::kJson) {
    context.out.write(json.text());
  } else {
    context.out.write(endpoints_text(*table, arguments.common.style()));
  }
  return kExitDone;
}

int run(const CommandContext& context, ReproduceArguments& arguments, double max_growth,
        double quota) {
  std::optional<Baseline> before;
  if (!arguments.compare.empty()) {
    auto read = read_baseline(arguments.compare);
    if (!read) return context.messages.give_up(read.error());
    before = std::move(*read);
  }
  if (auto collected = collect_requests(arguments); !collected) {
    return context.messages.give_up(collected.error());
  }
  if (!arguments.target.empty()) {
    const auto found = find_targets(this_machine(), arguments.target);
    if (!found) return context.messages.give_up(found.error());
    arguments.settings.pid = found->front().pid;
  }
  const auto folder = make_folder(arguments.output);
  if (!folder) return context.messages.give_up(folder.error());
  arguments.settings.folder = std::filesystem::absolute(*folder);
  TerminalMonitor monitor(arguments.common.progress);
  if (arguments.endpoints) return run_endpoints(context, arguments, monitor);
  auto found = reproduce(arguments.settings, monitor);
  if (!found) return context.messages.give_up(found.error());
  found->folder = *folder;
  const ReproduceTextOptions options{.limit = arguments.common.limit, .quota = quota};
  const auto text = [&](const TextStyle& style) {
    std::string out = reproduce_text(*found, options, style);
    if (before || max_growth >= 0) {
      const auto result =
          compare_growth(before ? &*before : nullptr, found->run.conclusion, max_growth);
      out += before ? comparison_text(*before, found->run, result, style)
                    : limit_text(found->run, result, style);
    }
    return out + kept_text(*found, arguments);
  };
  if (auto left = leave_reports(*found, text(TextStyle())); !left) {
    return context.messages.give_up(left.error());
  }
  if (arguments.common.format == OutputFormat::kJson) {
    write_reproduction_json(context.out, *found);
  } else {
    context.out.write(text(arguments.common.style()));
  }
  const Conclusion& c = found->run.conclusion;
  if (before || max_growth >= 0) {
    return compare_growth(before ? &*before : nullptr, c, max_growth).exceeded ? kExitFound
                                                                               : kExitDone;
  }
  return is_leak(c.outcome) ? kExitFound : kExitDone;
}

void add_load_options(Options& app, ReproduceArguments& arguments) {
  ReproduceSettings& settings = arguments.settings;
  app.add_option(
         "--url", arguments.urls,
         "what to ask for, several times with several: '/users/{1..5000}', '3*/search?q={a,b}', "
         "'POST /orders' (default: /)")
      .option_text("URL")
      .one_value_each();
  app.add_option("--replay", arguments.replay,
                 "requests from a list of URLs, an access log, or a Heroku router's log")
      .option_text("FILE")
      .take_last();
  app.add_option("-H,--header", arguments.headers, "a header for every request: 'Cookie: a=b'")
      .option_text("HEADER")
      .one_value_each();
  app.add_option("--body", arguments.body, "the body of POST, PUT and PATCH, with variables")
      .option_text("TEXT")
      .take_last();
  app.add_option("--connections", settings.connections, "how many at once (default: 4)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 1000));
  app.add_option("--rate", settings.rate,
                 "requests a second, whether or not answers come (default: as fast as they come)")
      .option_text("N")
      .take_last()
      .check(number_between(0.01, 1e6));
  app.add_option("--timeout", settings.timeout, "seconds for one request (default: 30)")
      .option_text("SECONDS")
      .take_last()
      .check(number_between(0.1, 3600.0));
}

void add_run_options(Options& app, ReproduceArguments& arguments) {
  ReproduceSettings& settings = arguments.settings;
  app.add_option("--duration", arguments.duration,
                 "conclude after so long under load (default: 120s); sooner when it is clear")
      .option_text("TIME")
      .take_last();
  app.add_option(
         "--warmup", settings.warmup_requests,
         "requests before the first measurement (default: 2000, a quarter of the time at most)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 1'000'000'000));
  app.add_option("--requests", settings.step_requests,
                 "requests in a step, at least (default: 1000)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 1'000'000'000));
  app.add_option("--step", arguments.step, "growth in a step, at least: 3MB (default: any)")
      .option_text("SIZE")
      .take_last();
  app.add_option("--dumps", settings.dumps, "heap dumps (default: 3 of Ruby, 6 of Node.js)")
      .option_text("N")
      .take_last()
      .check(whole_number(2, 40));
  app.add_option("--keep-dumps", arguments.keep_dumps, "leave them in the folder (default: yes)")
      .option_text("yes|no")
      .take_last()
      .check(one_of({"yes", "no"}));
  app.add_option("--trace", arguments.trace,
                 "Ruby: allocation tracing, for lines of code: in a second run when it leaks "
                 "(auto), in the "
                 "only run, or never")
      .option_text("auto|always|never")
      .take_last()
      .check(one_of({"auto", "always", "never"}));
  app.add_flag("--endpoints", arguments.endpoints,
               "each --url by itself in a fresh process, the dearest first");
  app.add_option("--compare", arguments.compare,
                 "the report.json of an earlier run; exit code 3 when more is kept than before")
      .option_text("FILE")
      .take_last();
  app.add_option("--max-growth", arguments.max_growth,
                 "exit code 3 when surely more than this is kept for each 1,000 requests: 100kB, 0")
      .option_text("SIZE")
      .take_last();
  app.add_option("--quota", arguments.quota,
                 "how much memory there is, to say how many workers fit")
      .option_text("SIZE")
      .take_last();
  app.add_option("--pid", arguments.target,
                 "attach to a running process (a pid or a name) instead of CMD")
      .option_text("TARGET")
      .take_last();
  app.add_option("--port", settings.port,
                 "the port of the app (default: found; $PORT is set for CMD)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 65535));
  app.add_option("--start-timeout", settings.start_patience,
                 "seconds until the app must answer (default: 60)")
      .option_text("SECONDS")
      .take_last()
      .check(number_between(1.0, 3600.0));
  app.add_option("-o,--output", arguments.output,
                 "the folder for dumps, series and reports (default: tidemark-reproduce-TIME here)")
      .option_text("FOLDER")
      .take_last();
}

// What could not be checked while parsing. The exit code when something is wrong.
std::optional<int> settle(const CommandParser& parser, ReproduceArguments& arguments,
                          double& max_growth, double& quota) {
  ReproduceSettings& settings = arguments.settings;
  if (arguments.command.empty() == arguments.target.empty()) {
    return parser.usage_error(arguments.command.empty()
                                  ? "which app? give its command after --, or --pid"
                                  : "a command and --pid contradict each other",
                              "for instance: tidemark reproduce -- puma -C config/puma.rb");
  }
  if (arguments.endpoints && arguments.command.empty()) {
    return parser.usage_error("--endpoints starts a process for each, so it needs the command");
  }
  const auto duration = parse_duration(arguments.duration);
  if (!duration) {
    return parser.usage_error(
        fmt::format("--duration cannot be '{}': say 90s, 5m or 1h", arguments.duration));
  }
  settings.duration = static_cast<double>(duration->count());
  if (!arguments.step.empty()) {
    const auto step = parse_bytes(arguments.step);
    if (!step) {
      return parser.usage_error(
          fmt::format("--step cannot be '{}': say 500kB or 3MB", arguments.step));
    }
    settings.step_bytes = static_cast<double>(*step);
  }
  if (!arguments.max_growth.empty()) {
    const auto parsed = parse_growth(arguments.max_growth);
    if (!parsed) {
      return parser.usage_error(
          fmt::format("--max-growth cannot be '{}': say 0, 100kB or 3MB", arguments.max_growth));
    }
    max_growth = *parsed;
  }
  if (!arguments.quota.empty()) {
    const auto parsed = parse_bytes(arguments.quota);
    if (!parsed) {
      return parser.usage_error(fmt::format("--quota cannot be '{}': say 512MB", arguments.quota));
    }
    quota = static_cast<double>(*parsed);
  }
  settings.command = arguments.command;
  settings.keep_dumps = arguments.keep_dumps == "yes";
  settings.trace = arguments.trace == "always"  ? TraceChoice::kAlways
                   : arguments.trace == "never" ? TraceChoice::kNever
                                                : TraceChoice::kAuto;
  return std::nullopt;
}

}  // namespace

int run_reproduce(const CommandContext& context) {
  CommandParser parser(
      context,
      "Starts a Ruby or Node.js server, sends it load, measures its memory at rest "
      "after each step, takes its heap as it grows, and says whether it leaks, how much "
      "for each request, and who holds it.");
  ReproduceArguments arguments;
  parser.options()
      .add_option("CMD", arguments.command, "the command that starts the server, behind --")
      .option_text("-- CMD");
  add_load_options(parser.options(), arguments);
  add_run_options(parser.options(), arguments);
  parser.add_common_options(arguments.common, {.default_limit = 3, .reads_dumps = false});
  parser.note(
      "Variables in URLs and bodies: {1..5000} and {7..} count, {a,b,c} takes turns. The app and "
      "all it "
      "started end with the run, however that ends. Ctrl-C concludes with what there is. Exit code "
      "3: "
      "a leak, or growth above the limit.");
  parser.example("tidemark reproduce --url '/users/{1..5000}' -- bundle exec puma -p 3000",
                 "every user once, again and again");
  parser.example("tidemark reproduce --replay access.log -- node server.js", "the real mix");
  parser.example("tidemark reproduce --endpoints --url / --url /search -- puma", "which one costs");
  parser.example("tidemark reproduce --compare old/report.json --max-growth 50kB -- puma",
                 "in CI, after the fix");
  if (const auto exit_code = parser.parse()) return *exit_code;
  double max_growth = -1;
  double quota = 0;
  if (const auto exit_code = settle(parser, arguments, max_growth, quota)) return *exit_code;
  return run(context, arguments, max_growth, quota);
}

}  // namespace tidemark
