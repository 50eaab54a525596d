// `tidemark run`: keeps the workers of a web app healthy, until its leak is fixed.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "answers/pool/status.h"
#include "base/quantities.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "report/safe_text.h"
#include "report/status_text.h"
#include "series/clock_text.h"
#include "supervise/run_pool.h"

namespace tidemark {
namespace {

struct DurationOption {
  const char* name;
  const char* help;
  double* seconds;
  std::string text = {};
};

struct SizeOption {
  const char* name;
  const char* help;
  double* bytes;
  std::string text = {};
};

struct RunArguments {
  PoolSettings pool;
  std::uint64_t port = 0;
  std::uint64_t min = 1;
  std::uint64_t max = 0;
  std::uint64_t requests = 0;
  std::uint64_t attach = 0;
  bool no_preload = false;
  double platform_restart = 0;
  ColorMode color = ColorMode::kAuto;
  std::vector<DurationOption> durations;
  std::vector<SizeOption> sizes;
};

void add_durations(Options& app, RunArguments& arguments) {
  PoolSettings& pool = arguments.pool;
  arguments.durations = {
      {"--idle", "a worker that has not been needed for so long goes (default: 1m)", &pool.idle},
      {"--max-age", "replace a worker of this age: 12h", &pool.max_age},
      {"--ahead", "replace when the quota is predicted to be so near (default: 2m)", &pool.ahead},
      {"--min-life", "replace no worker that is younger (default: 30s)", &pool.min_life},
      {"--pause", "from the end of one replacement to the next (default: 10s)", &pool.pause},
      {"--start-timeout", "for a worker to be ready (default: 1m)", &pool.start_timeout},
      {"--drain-timeout", "for its clients to be gone (default: 20s)", &pool.drain_timeout},
      {"--stop-timeout", "from its signal to SIGKILL (default: 10s)", &pool.stop_timeout},
      {"--end-timeout", "from SIGTERM to the end of all (default: 25s)", &pool.end_timeout},
      {"--platform-restart",
       "the platform restarts all after so long; nothing is replaced that this comes before "
       "(default: 24h on Heroku)",
       &arguments.platform_restart},
      {"--sample", "between readings of memory (default: 5s)", &pool.sample},
  };
  for (DurationOption& option : arguments.durations) {
    app.add_option(option.name, option.text, option.help).option_text("TIME").take_last();
  }
  arguments.sizes = {
      {"--max-memory", "replace a worker that takes more: 400MB", &pool.max_memory},
      {"--quota", "of all together (default: the control group's)", &pool.quota},
  };
  for (SizeOption& option : arguments.sizes) {
    app.add_option(option.name, option.text, option.help).option_text("SIZE").take_last();
  }
}

void add_options(Options& app, RunArguments& arguments) {
  PoolSettings& pool = arguments.pool;
  app.add_option("COMMAND", pool.command, "how the app is started, after --");
  app.add_option("--port", arguments.port, "to listen on (default: $PORT, else 3000)")
      .option_text("N")
      .check(whole_number(1, 65535))
      .take_last();
  app.add_option("--host", pool.host, "address to listen on (default: 0.0.0.0)")
      .option_text("ADDRESS")
      .take_last();
  app.add_option("--name", pool.name, "for tidemark status (default: the port)")
      .option_text("NAME")
      .take_last();
  app.add_option("--min", arguments.min, "workers at least (default: 1)")
      .option_text("N")
      .check(whole_number(1, 1000))
      .take_last();
  app.add_option("--max", arguments.max, "workers at most (default: as --min)")
      .option_text("N")
      .check(whole_number(1, 1000))
      .take_last();
  app.add_option("--max-requests", arguments.requests, "replace a worker after so many")
      .option_text("N")
      .check(whole_number(1))
      .take_last();
  add_durations(app, arguments);
  app.add_flag("--external", pool.external,
               "the command is a server that keeps its own workers (Puma's cluster, unicorn, "
               "pitchfork, gunicorn, Node's cluster): choose which has to go, and when");
  app.add_option("--pid", arguments.attach, "with --external: a server that runs already")
      .option_text("PID")
      .check(whole_number(2, 1U << 22))
      .take_last();
  app.add_flag("--listen-fds", pool.listen_fds,
               "hand the socket over as systemd does (LISTEN_FDS), not by a preloaded library");
  app.add_flag("--no-preload", arguments.no_preload,
               "load nothing into the app; clients that keep connections may lose requests");
  app.add_option("--metrics-listen", pool.metrics_listen,
                 "give Prometheus metrics here: 127.0.0.1:9394")
      .option_text("ADDRESS:PORT")
      .take_last();
}

std::optional<std::string> read_amounts(RunArguments& arguments) {
  for (const DurationOption& option : arguments.durations) {
    if (option.text.empty()) continue;
    const auto parsed = parse_duration(option.text);
    if (!parsed && option.text != "0" && option.text != "0s") {
      return fmt::format("{}: '{}' is no length of time, such as 30s, 5m or 12h", option.name,
                         option.text);
    }
    *option.seconds = parsed ? static_cast<double>(parsed->count()) : 0;
  }
  for (const SizeOption& option : arguments.sizes) {
    if (option.text.empty()) continue;
    const auto parsed = parse_bytes(option.text);
    if (!parsed) {
      return fmt::format("{}: '{}' is no size, such as 400MB", option.name, option.text);
    }
    *option.bytes = static_cast<double>(*parsed);
  }
  return std::nullopt;
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 40 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

// What contradicts itself; none: nothing.
std::optional<std::string> settle(RunArguments& arguments) {
  PoolSettings& pool = arguments.pool;
  if (auto wrong = read_amounts(arguments)) return wrong;
  pool.min_workers = static_cast<int>(arguments.min);
  pool.max_workers = static_cast<int>(std::max(arguments.max, arguments.min));
  pool.max_requests = static_cast<double>(arguments.requests);
  pool.attach = static_cast<int>(arguments.attach);
  pool.preload = !arguments.no_preload;
  pool.port = static_cast<int>(arguments.port);
  if (arguments.max != 0 && arguments.max < arguments.min) return "--max is below --min";
  if (pool.attach != 0 && !pool.external) return "--pid goes with --external";
  if (pool.attach != 0 && !pool.command.empty()) return "--pid and a command exclude each other";
  if (pool.attach == 0 && pool.command.empty()) return "which command? it comes after --";
  if (pool.external && (arguments.max != 0 || pool.listen_fds)) {
    return "with --external the server decides how many workers there are, and on which socket";
  }
  if (pool.sample <= 0) pool.sample = 0.2;
  const char* port = std::getenv("PORT");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (pool.port == 0 && port != nullptr) {
    const std::string_view text(port);
    std::from_chars(text.data(), text.data() + text.size(), pool.port);
  }
  if (!pool.external && (pool.port < 1 || pool.port > 65535)) pool.port = 3000;
  if (pool.name.empty()) {
    pool.name = pool.external && pool.attach != 0 ? std::to_string(pool.attach)
                : pool.port > 0                   ? std::to_string(pool.port)
                                                  : "app";
  }
  if (!is_plain_name(pool.name)) return "--name: letters, digits, '-', '_' and '.' only";
  if (arguments.platform_restart > 0) {
    pool.platform_restart = arguments.platform_restart;
  } else if (std::getenv("DYNO") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    pool.platform_restart = 24.0 * 3600;
  }
  return std::nullopt;
}

}  // namespace

int run_run(const CommandContext& context) {
  CommandParser parser(
      context,
      "Starts an app's worker processes on one socket and keeps them: more under "
      "load, fewer when idle, each replaced before it takes too much memory, and no "
      "request lost.");
  RunArguments arguments;
  add_options(parser.options(), arguments);
  parser.add_color_option(arguments.color);
  parser.note(
      "The app binds $PORT as always and gets tidemark's socket in its place. SIGTERM ends all "
      "in order, within --end-timeout; SIGHUP replaces all workers, one at a time.");
  parser.example("tidemark run --max 4 --max-memory 400MB -- node server.js",
                 "one to four Node.js processes");
  parser.example("tidemark run --port 8080 --quota 512MB -- bundle exec puma -t 5 -p 8080",
                 "Puma in single mode, in a box of 512 MB");
  parser.example("tidemark run --external --quota 1GB -- bundle exec puma -w 4 --preload",
                 "Puma's own cluster, whose largest grower is replaced in time");
  if (const auto exit_code = parser.parse()) return *exit_code;
  if (const auto wrong = settle(arguments)) return parser.usage_error(*wrong);

  const TextStyle style(arguments.color, STDOUT_FILENO);
  const PoolOutput output = {
      .say =
          [&](std::string_view line, bool alarm) {
            const double now =
                std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
                    .count();
            const std::string text = safe_text(line);
            context.out.write(fmt::format("{} {} {}\n", style.dim(format_precise_time(now)),
                                          style.bold("tidemark:"),
                                          alarm ? style.yellow(text) : text));
            context.out.flush();
          },
      .render =
          [](const PoolStatus& status, std::string_view form) {
            return status_in(value_for<PoolStatusForm>(form).value_or(PoolStatusForm::kText),
                             pool_status(status));
          }};
  const auto ended = run_pool(arguments.pool, output);
  if (!ended) return context.messages.give_up(ended.error());
  return *ended;
}

}  // namespace tidemark
