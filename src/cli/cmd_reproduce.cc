// `tidemark reproduce -- CMD`: from "it grows in production" to the line of code, in one run.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answers/reproduce/endpoints.h"
#include "answers/reproduce/reproduce.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/terminal_monitor.h"
#include "cli/write_file.h"
#include "report/csv_document.h"
#include "report/endpoints_text.h"
#include "report/json_document.h"
#include "report/reproduce_text.h"

namespace tidemark {
namespace {

struct ReproduceArguments {
  std::vector<std::string> headers;  // "Cookie: a=b"
  std::string keep_dumps = "yes";
  std::string trace = "auto";
  bool endpoints = false;
  ReproduceRequest request;
  CommonOptions common;
};

// Shows the answer, and leaves it in the folder: the same document, and as text.
template <class Answer, class Text>
Result<void> show_and_leave(const CommandContext& context, const CommonOptions& common,
                            const Answer& answer, const std::string& name, const Text& text) {
  context.messages.notices(answer.notices);
  StringSink json;
  write_json(json, answer);
  auto left = save_file(answer.folder + "/" + name, json.text());
  if (left) left = save_file(answer.folder + "/summary.txt", text(TextStyle()));
  if (!left) return left;
  context.out.write(common.format == OutputFormat::kJson ? json.text() : text(common.style()));
  return {};
}

int run_endpoints(const CommandContext& context, const ReproduceArguments& arguments,
                  Monitor& monitor) {
  const auto found = answer(EndpointsRequest{.app = arguments.request.app}, monitor);
  if (!found) return context.messages.give_up(found.error());
  const auto shown =
      show_and_leave(context, arguments.common, *found, "endpoints.json",
                     [&](const TextStyle& style) { return endpoints_text(*found, style); });
  return shown ? kExitDone : context.messages.give_up(shown.error());
}

int run(const CommandContext& context, const ReproduceArguments& arguments, Monitor& monitor) {
  auto found = answer(arguments.request, monitor);
  if (!found) return context.messages.give_up(found.error());
  found->files.insert(found->files.end(), {"report.json", "summary.txt", "series.csv"});
  StringSink series;
  write_csv(series, found->run.samples);
  if (auto saved = save_file(found->folder + "/series.csv", series.text()); !saved) {
    return context.messages.give_up(saved.error());
  }
  const auto shown =
      show_and_leave(context, arguments.common, *found, "report.json", [&](const TextStyle& style) {
        return reproduce_text(*found, arguments.common.limit, style);
      });
  if (!shown) return context.messages.give_up(shown.error());
  return is_alarming(*found) ? kExitFound : kExitDone;
}

void add_load_options(Options& app, ReproduceArguments& arguments) {
  AppRequest& app_request = arguments.request.app;
  app.add_option(
         "--url", app_request.urls,
         "what to ask for, several times with several: '/users/{1..5000}', '3*/search?q={a,b}', "
         "'POST /orders' (default: /)")
      .option_text("URL")
      .one_value_each();
  app.add_option("--replay", app_request.replay,
                 "requests from a list of URLs, an access log, or a Heroku router's log")
      .option_text("FILE")
      .take_last();
  app.add_option("-H,--header", arguments.headers, "a header for every request: 'Cookie: a=b'")
      .option_text("HEADER")
      .one_value_each();
  app.add_option("--body", app_request.body, "the body of POST, PUT and PATCH, with variables")
      .option_text("TEXT")
      .take_last();
  app.add_option("--connections", app_request.connections, "how many at once (default: 4)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 1000));
  app.add_option("--rate", app_request.rate,
                 "requests a second, whether or not answers come (default: as fast as they come)")
      .option_text("N")
      .take_last()
      .check(number_between(0.01, 1e6));
  app.add_option("--timeout", app_request.timeout, "seconds for one request (default: 30)")
      .option_text("SECONDS")
      .take_last()
      .check(number_between(0.1, 3600.0));
}

void add_run_options(Options& app, ReproduceArguments& arguments) {
  ReproduceRequest& request = arguments.request;
  AppRequest& app_request = request.app;
  app.add_option("--duration", app_request.duration,
                 "conclude after so long under load (default: 120s); sooner when it is clear")
      .option_text("TIME")
      .take_last()
      .as_duration();
  app.add_option(
         "--warmup", app_request.warmup_requests,
         "requests before the first measurement (default: 2000, a quarter of the time at most)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 1'000'000'000));
  app.add_option("--requests", app_request.step_requests,
                 "requests in a step, at least (default: 1000)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 1'000'000'000));
  app.add_option("--step", request.step_bytes, "growth in a step, at least: 3MB (default: any)")
      .option_text("SIZE")
      .take_last()
      .as_size();
  app.add_option("--dumps", request.dumps, "heap dumps (default: 3 of Ruby, 6 of Node.js)")
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
  app.add_option("--compare", request.compare,
                 "the report.json of an earlier run; exit code 3 when more is kept than before")
      .option_text("FILE")
      .take_last();
  app.add_option("--max-growth", request.max_growth,
                 "exit code 3 when surely more than this is kept for each 1,000 requests: 100kB, 0")
      .option_text("SIZE")
      .take_last()
      .as_size_or_zero();
  app.add_option("--quota", request.quota, "how much memory there is, to say how many workers fit")
      .option_text("SIZE")
      .take_last()
      .as_size();
  app.add_option("--pid", app_request.process,
                 "attach to a running process (a pid or a name) instead of CMD")
      .option_text("TARGET")
      .take_last();
  app.add_option("--port", app_request.port,
                 "the port of the app (default: found; $PORT is set for CMD)")
      .option_text("N")
      .take_last()
      .check(whole_number(1, 65535));
  app.add_option("--start-timeout", app_request.start_timeout,
                 "seconds until the app must answer (default: 60)")
      .option_text("SECONDS")
      .take_last()
      .check(number_between(1.0, 3600.0));
  app.add_option("-o,--output", app_request.folder,
                 "the folder for dumps, series and reports (default: tidemark-reproduce-TIME here)")
      .option_text("FOLDER")
      .take_last();
}

Result<void> add_headers(ReproduceArguments& arguments) {
  for (const std::string& header : arguments.headers) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no header", header),
                  "for instance -H 'Cookie: session=1'");
    }
    const std::size_t value = header.find_first_not_of(' ', colon + 1);
    arguments.request.app.headers.emplace_back(
        header.substr(0, colon), value == std::string::npos ? "" : header.substr(value));
  }
  return {};
}

// What could not be checked while parsing. The exit code when something is wrong.
std::optional<int> settle(const CommandParser& parser, const CommandContext& context,
                          ReproduceArguments& arguments) {
  ReproduceRequest& request = arguments.request;
  if (request.app.command.empty() == request.app.process.empty()) {
    return parser.usage_error(request.app.command.empty()
                                  ? "which app? give its command after --, or --pid"
                                  : "a command and --pid contradict each other",
                              "for instance: tidemark reproduce -- puma -C config/puma.rb");
  }
  if (arguments.endpoints && request.app.command.empty()) {
    return parser.usage_error("--endpoints starts a process for each, so it needs the command");
  }
  if (auto added = add_headers(arguments); !added) return context.messages.give_up(added.error());
  request.keep_dumps = arguments.keep_dumps == "yes";
  request.trace = arguments.trace == "always"  ? TraceChoice::kAlways
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
      .add_option("CMD", arguments.request.app.command,
                  "the command that starts the server, behind --")
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
  if (const auto exit_code = settle(parser, context, arguments)) return *exit_code;
  TerminalMonitor monitor(arguments.common.progress);
  return arguments.endpoints ? run_endpoints(context, arguments, monitor)
                             : run(context, arguments, monitor);
}

}  // namespace tidemark
