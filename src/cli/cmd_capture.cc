// `tidemark capture`: a heap of a live process, without stopping it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/units.h"
#include "capture/capture.h"
#include "capture/find_target.h"
#include "capture/guard.h"
#include "capture/plan.h"
#include "capture/runtimes/ruby/allocation_tracing.h"
#include "capture/target/proc_files.h"
#include "capture/turn.h"
#include "cli/capture_report.h"
#include "cli/capture_target.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "cli/quantities.h"
#include "cli/terminal_monitor.h"
#include "transfer/redact/redactor.h"

namespace tidemark {
namespace {

constexpr std::chrono::seconds kTurnPatience{60};

struct CaptureArguments {
  std::string target;
  std::string output;
  std::string kind = "heap";
  std::string redact = "off";
  std::string tracing;
  std::string method = "auto";
  bool plain = false;
  bool collect_first = false;
  bool dry_run = false;
  bool force = false;
  std::uint64_t timeout = 600;
  std::uint64_t seconds = 10;
  std::uint64_t count = 1;
  std::string every;
  std::string grow;
  CommonOptions common;
};

Result<pid_t> choose_target(const CaptureArguments& arguments) {
  const auto found = find_targets(arguments.target);
  if (!found) return std::unexpected(found.error());
  if (found->size() > 1 && !arguments.common.quiet) {
    const TextStyle style(arguments.common.color, STDERR_FILENO);
    const ProgressPause erased;
    fmt::print(
        stderr,
        "{} processes are called '{}'; the largest is taken (*), a pid chooses another:\n{}\n",
        found->size(), arguments.target, candidates_text(*found, found->front().pid, style));
  }
  return found->front().pid;
}

CaptureRequest request_for(const CaptureArguments& arguments, const Diagnosis& diagnosis) {
  CaptureRequest request;
  for (const CaptureKind kind : kAllKinds) {
    if (arguments.kind == kind_name(kind)) request.kind = kind;
  }
  request.method = best_method(diagnosis, request.kind);
  for (const CaptureMethod method : kAllMethods) {
    if (arguments.method == method_name(method)) request.method = method;
  }
  request.collect_first = arguments.collect_first;
  request.force = arguments.force;
  request.timeout = std::chrono::seconds(arguments.timeout);
  request.seconds = std::chrono::seconds(arguments.seconds);
  return request;
}

// None: contents stay. With a salt of the user's own, captures of several runs can be compared.
std::optional<Redaction> redaction_for(const CaptureArguments& arguments) {
  if (arguments.redact == "off") return std::nullopt;
  if (arguments.redact == "drop") return Redaction{};
  const char* const own = std::getenv("TIDEMARK_REDACT_SALT");
  const bool given = own != nullptr && *own != '\0';
  return Redaction{.salt = given ? salt_from(own) : random_salt()};
}

// One capture, or a series of them, of one process.
class CaptureRun {
 public:
  CaptureRun(const CommandContext& context, const CaptureArguments& arguments)
      : context_(context),
        arguments_(arguments),
        common_(arguments.common),
        redaction_(redaction_for(arguments)) {}

  int run(std::optional<std::chrono::seconds> every, std::optional<std::uint64_t> grow) {
    const auto pid = choose_target(arguments_);
    if (!pid) return context_.messages.give_up(pid.error());
    const auto started = start_ticks(*pid);
    for (std::uint64_t taken = 0; taken < arguments_.count; ++taken) {
      if (taken > 0) {
        if (auto waited = wait(*pid, started, every, grow); !waited) {
          return context_.messages.give_up(waited.error());
        }
      }
      const int code = capture_once(*pid);
      if (code != kExitDone || arguments_.dry_run) return code;
    }
    if (paths_.size() > 1 && common_.format == OutputFormat::kText) {
      std::string dumps;
      for (const std::string& path : paths_) dumps += " " + path;
      context_.out.write(fmt::format("\nNext: tidemark suspects{}\n", dumps));
    }
    return kExitDone;
  }

 private:
  // Until it is time for the next one. Errors: kCancelled; kIo when the process has ended.
  Result<void> wait(pid_t pid, std::optional<std::uint64_t> started,
                    std::optional<std::chrono::seconds> every, std::optional<std::uint64_t> grow) {
    TerminalMonitor monitor(common_.progress);
    monitor.begin_phase(grow ? "waiting for growth" : "waiting", 0);
    const auto due = last_ + every.value_or(std::chrono::seconds(0));
    auto look = std::chrono::steady_clock::now();
    while (true) {
      if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
      const auto now = std::chrono::steady_clock::now();
      if (now >= look) {
        look = now + std::chrono::seconds(1);
        const auto status = read_status(pid);
        if (!status || start_ticks(pid) != started) {
          return fail(ErrorCode::kIo, fmt::format("process {} has ended; {} taken before that", pid,
                                                  plural(paths_.size(), "capture")));
        }
        const bool grown = !grow || status->resident_bytes >= last_bytes_ + *grow;
        if (grown && now >= due) return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  // With the process, and, where a copy is made, on this host.
  [[nodiscard]] Result<std::array<FileDescriptor, 2>> take_turns(pid_t pid) const {
    TerminalMonitor monitor(common_.progress);
    monitor.begin_phase("waiting for another capture", 0);
    auto with = take_turn_with(pid, monitor, kTurnPatience);
    if (!with) return std::unexpected(with.error());
    Result<FileDescriptor> here;
    if (arguments_.kind != kind_name(CaptureKind::kGcStats))
      here = take_turn(monitor, kTurnPatience);
    if (!here) return std::unexpected(here.error());
    return std::array{std::move(*with), std::move(*here)};
  }

  int capture_once(pid_t pid) {
    const auto turns = take_turns(pid);
    if (!turns) return context_.messages.give_up(turns.error());
    const auto diagnosis = diagnose(pid);
    if (!diagnosis) return context_.messages.give_up(diagnosis.error());
    const CaptureRequest request = request_for(arguments_, *diagnosis);
    const auto allowed = allow_capture(*diagnosis, request);
    if (arguments_.dry_run) return dry_run(*diagnosis, request, allowed);
    if (!allowed) return context_.messages.give_up(allowed.error());
    const std::uint64_t now = diagnosis->status.resident_bytes;
    if (paths_.empty()) first_bytes_ = now;
    last_bytes_ = now;
    last_ = std::chrono::steady_clock::now();
    const auto path = capture_path(*diagnosis, {.output = arguments_.output,
                                                .plain = arguments_.plain,
                                                .growth = growth(now),
                                                .kind = request.kind});
    if (!path) return context_.messages.give_up(path.error());
    return store(*diagnosis, request, *path);
  }

  // "-plus-3.0MB", since the first of a series.
  [[nodiscard]] std::string growth(std::uint64_t now) const {
    if (paths_.empty()) return {};
    const auto change = static_cast<std::int64_t>(now) - static_cast<std::int64_t>(first_bytes_);
    std::string text = format_bytes(std::abs(change));
    std::erase(text, ' ');
    return fmt::format("-{}-{}", change < 0 ? "minus" : "plus", text);
  }

  int dry_run(const Diagnosis& diagnosis, const CaptureRequest& request,
              const Result<void>& allowed) {
    if (common_.format == OutputFormat::kJson) {
      doctor_json(diagnosis, context_.out);
    } else {
      context_.out.write(dry_run_text(diagnosis, request, common_.style()));
    }
    return allowed ? kExitDone : context_.messages.give_up(allowed.error());
  }

  // By the gentlest way that comes to a capture, unless the user has named one.
  int store(const Diagnosis& diagnosis, CaptureRequest request, const std::string& path) {
    const bool any = arguments_.method == "auto";
    for (const MethodOutlook& passed : passed_over(diagnosis, request.kind, request.method)) {
      if (any && paths_.empty()) say_not_by(passed.method, passed.obstacle);
    }
    while (true) {
      TerminalMonitor monitor(common_.progress);
      const std::string taken_at = utc_now("%Y-%m-%dT%H:%M:%SZ");
      const auto report = attempt(diagnosis, request, path, monitor);
      if (report) return tell(diagnosis, request, *report, path, taken_at, monitor);
      const auto next = any && report.error().code == ErrorCode::kUnsupported
                            ? next_method(diagnosis, request.kind, request.method)
                            : std::nullopt;
      if (!next) return context_.messages.give_up(report.error());
      say_not_by(request.method, report.error().message);
      request.method = *next;
    }
  }

  void say_not_by(CaptureMethod method, const std::string& why) const {
    if (common_.quiet) return;
    print_warning(fmt::format("not by {}: {}", method_name(method), why), common_.color);
  }

  [[nodiscard]] Result<CaptureReport> attempt(const Diagnosis& diagnosis,
                                              const CaptureRequest& request,
                                              const std::string& path,
                                              TerminalMonitor& monitor) const {
    const CaptureGuard guard =
        CaptureGuard::start(diagnosis.status.pid, request.kind == CaptureKind::kAllocationProfile);
    auto sink = open_capture_sink(path, arguments_.plain, diagnosis, monitor);
    if (!sink) return std::unexpected(sink.error());
    if (redaction_ && holds_contents(diagnosis.runtime->kind, request.kind)) {
      auto redactor = diagnosis.runtime->kind == RuntimeKind::kRuby ? ruby_redactor(*redaction_)
                                                                    : v8_redactor(*redaction_);
      *sink = redacting_sink(std::move(redactor), std::move(*sink));
    }
    return take_capture(diagnosis, request, **sink, monitor);
  }

  int tell(const Diagnosis& diagnosis, const CaptureRequest& request, const CaptureReport& report,
           const std::string& path, const std::string& taken_at, const Monitor& monitor) {
    paths_.push_back(path);
    const CaptureRecord record{.diagnosis = diagnosis,
                               .request = request,
                               .report = report,
                               .path = path,
                               .taken_at = taken_at,
                               .redacted = arguments_.redact,
                               .last = paths_.size() == arguments_.count};
    if (!report.warning.empty() && !common_.quiet) print_warning(report.warning, common_.color);
    if (path == "-") return kExitDone;
    if (auto beside = write_capture_facts(record, monitor); !beside) {
      return context_.messages.give_up(beside.error());
    }
    if (common_.format == OutputFormat::kJson) {
      capture_json(record, context_.out);
    } else {
      context_.out.write(capture_text(record, common_.style()));
    }
    context_.out.flush();
    return kExitDone;
  }

  const CommandContext& context_;
  const CaptureArguments& arguments_;
  const CommonOptions& common_;
  std::optional<Redaction> redaction_;
  std::vector<std::string> paths_;
  std::uint64_t first_bytes_ = 0;
  std::uint64_t last_bytes_ = 0;
  std::chrono::steady_clock::time_point last_;
};

// --trace-allocations on|off: no capture, but what makes those that follow tell more.
int trace_allocations(const CommandContext& context, const CaptureArguments& arguments) {
  const CommonOptions& common = arguments.common;
  const auto pid = choose_target(arguments);
  if (!pid) return context.messages.give_up(pid.error());
  TerminalMonitor monitor(common.progress);
  const auto turn = take_turn_with(*pid, monitor, kTurnPatience);
  if (!turn) return context.messages.give_up(turn.error());
  const auto diagnosis = diagnose(*pid);
  if (!diagnosis) return context.messages.give_up(diagnosis.error());
  if (diagnosis->runtime->kind != RuntimeKind::kRuby) {
    return context.messages.give_up(fail(ErrorCode::kUnsupported, "--trace-allocations is for Ruby",
                                         "for Node.js there is --kind alloc-timeline")
                                        .error());
  }
  const bool on = arguments.tracing == "on";
  const auto was = switch_tracing(*pid, *diagnosis->runtime, on, monitor);
  if (!was) return context.messages.give_up(was.error());
  const char* const again = *was == on ? "already " : "";
  if (on) {
    context.out.write(
        fmt::format("Allocation tracing of process {} is {}on. A busy app does a quarter to a "
                    "third of its work "
                    "meanwhile,\nand takes memory for every object, so not for long:\n\n"
                    "Next: tidemark capture {}; tidemark capture {} --trace-allocations off\n",
                    *pid, again, *pid, *pid));
  } else {
    context.out.write(fmt::format("Allocation tracing of process {} is {}off.\n", *pid, again));
  }
  context.out.flush();
  return kExitDone;
}

int run(const CommandContext& context, const CommandParser& parser,
        const CaptureArguments& arguments) {
  if (!arguments.tracing.empty()) return trace_allocations(context, arguments);
  const auto every = parse_duration(arguments.every);
  const auto grow = parse_bytes(arguments.grow);
  if (!arguments.every.empty() && !every) {
    return parser.usage_error(
        fmt::format("--every cannot be '{}': say 30s, 5m or 1h", arguments.every));
  }
  if (!arguments.grow.empty() && !grow) {
    return parser.usage_error(
        fmt::format("--grow cannot be '{}': say 500kB, 3MB or 1GB", arguments.grow));
  }
  if (arguments.count > 1 && !every && !grow) {
    return parser.usage_error("--count needs --every TIME or --grow SIZE");
  }
  if (arguments.count == 1 && (every || grow)) {
    return parser.usage_error("--every and --grow need --count N, the number of captures");
  }
  if (arguments.count > 1 && !holds_several(arguments.output)) {
    return parser.usage_error(
        "a series needs a folder for its files: -o FOLDER/ or s3://BUCKET/PREFIX/");
  }
  return CaptureRun(context, arguments).run(every, grow);
}

void add_options(Options& app, CaptureArguments& arguments) {
  app.add_option("TARGET", arguments.target, "a pid, or the name of a process: puma, sidekiq, node")
      .required();
  app.add_option("-o,--output", arguments.output,
                 "a file, a folder/, s3://bucket/key, or - for standard output (default: "
                 "APP-HOST-PID-TIME in this folder)")
      .option_text("PLACE");
  app.add_option(
         "--kind", arguments.kind,
         "what: the heap (default); the collector's statistics; what allocates (Ruby: the heap, "
         "with where objects came from); for Node.js every allocation, and what computes")
      .option_text("heap|gc-stats|alloc-profile|alloc-timeline|cpu-profile")
      .check(one_of({"heap", "gc-stats", "alloc-profile", "alloc-timeline", "cpu-profile"}));
  app.add_option("--seconds", arguments.seconds, "how long a profile lasts (default: 10)")
      .option_text("N")
      .check(whole_number(1, 3600));
  app.add_option(
         "--method", arguments.method,
         "how: from a forked copy, by a question to the process, by Node.js's inspector, by the "
         "gem rbtrace or by a file that the app has loaded (default: the gentlest that is "
         "possible)")
      .option_text("auto|fork|injection|inspector|rbtrace|preload")
      .check(one_of({"auto", "fork", "injection", "inspector", "rbtrace", "preload"}));
  app.add_option("--count", arguments.count, "a series of so many captures of the same process")
      .option_text("N")
      .check(whole_number(1, 1000));
  app.add_option("--every", arguments.every, "at least that long after each other: 30s, 5m, 1h")
      .option_text("TIME");
  app.add_option("--grow", arguments.grow, "each time its memory has grown by that much: 3MB")
      .option_text("SIZE");
  app.add_flag("--gc", arguments.collect_first,
               "collect garbage first: for a heap in the copy (Ruby), for gc-stats in the process");
  app.add_option("--trace-allocations", arguments.tracing,
                 "Ruby: have later dumps say where objects were made, until it is switched off; a "
                 "busy app does a quarter to a third of its work meanwhile. Takes no capture")
      .option_text("on|off")
      .check(one_of({"on", "off"}));
  app.add_option("--redact", arguments.redact,
                 "take the contents of strings out as they stream by: drop them, or put names in "
                 "their place that are equal where the contents are (default: off)")
      .option_text("off|drop|salt")
      .check(one_of({"off", "drop", "salt"}));
  app.add_flag("--plain", arguments.plain, "do not compress");
  app.add_option("--timeout", arguments.timeout,
                 "end the copy after so many seconds (default: 600)")
      .option_text("SECONDS")
      .check(whole_number(1, 86'400));
  app.add_flag("--dry-run", arguments.dry_run, "say what it would cost, and touch nothing");
  app.add_flag("--force", arguments.force, "although memory does not suffice by the estimate");
}

}  // namespace

int run_capture(const CommandContext& context) {
  CommandParser parser(
      context,
      "Takes the heap of a live Ruby or Node.js process from a forked copy: nothing is "
      "installed in it, and it pauses for milliseconds.");
  CaptureArguments arguments;
  add_options(parser.options(), arguments);
  parser.add_common_options(arguments.common, {.reads_dumps = false});
  parser.note(
      "The process must be yours, or you root. Dumps hold secrets: files are readable by you "
      "alone, and --redact leaves the secrets out. `tidemark doctor TARGET` says what is possible "
      "and why.");
  parser.example("tidemark capture puma", "the largest puma worker, into a file here");
  parser.example("tidemark capture 4711 -o before.json.zst", "one process, into that file");
  parser.example("tidemark capture puma --count 3 --every 5m -o dumps/",
                 "a series, for `tidemark suspects`");
  parser.example("tidemark capture 4711 -o s3://bucket/dumps/", "without touching a disk");
  parser.example("tidemark capture 4711 -o - --plain | tidemark summary -",
                 "straight into an analysis");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return run(context, parser, arguments);
}

}  // namespace tidemark
