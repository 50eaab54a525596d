// `tidemark capture`: a heap of a live process, without stopping it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "answers/live/allocation_tracing.h"
#include "answers/live/capture.h"
#include "answers/live/capture_place.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "cli/terminal_monitor.h"
#include "report/capture_text.h"
#include "report/json_document.h"

namespace tidemark {
namespace {

struct CaptureArguments {
  CaptureSeriesRequest request;
  std::string kind = "heap";
  std::string redact = "off";
  std::string tracing;
  std::string method = "auto";
  bool dry_run = false;
  std::uint64_t timeout = 600;
  std::uint64_t seconds = 10;
  std::optional<std::uint64_t> every;
  CommonOptions common;
};

// Shows what happens, as it happens.
class ShownCaptures final : public CaptureListener {
 public:
  ShownCaptures(const CommandContext& context, const CaptureArguments& arguments)
      : context_(context), arguments_(arguments), common_(arguments.common) {}

  void chosen(const std::vector<RuntimeProcess>& candidates) override {
    if (common_.quiet) return;
    const TextStyle style(common_.color, STDERR_FILENO);
    const ProgressPause erased;
    fmt::print(stderr, "{}", chosen_text(candidates, arguments_.request.target, style));
  }

  void noticed(const Notice& notice) override {
    // To standard output goes the capture itself, and no document that says it.
    const bool in_document = context_.messages.json && arguments_.request.output != "-";
    if (!common_.quiet && !in_document) print_notice(notice, common_.color);
  }

  std::string facts(const CaptureAnswer& capture) override {
    StringSink text;
    write_json(text, capture);
    return text.text();
  }

  void captured(const CaptureAnswer& capture) override {
    if (capture.path == "-") return;
    show(capture, [&] { return capture_text(capture, common_.style()); });
  }

  template <class Answer, class Text>
  void show(const Answer& answer, Text text) {
    const ProgressPause erased;
    if (common_.format == OutputFormat::kJson) {
      write_json(context_.out, answer);
    } else {
      context_.out.write(text());
    }
    context_.out.flush();
  }

 private:
  const CommandContext& context_;
  const CaptureArguments& arguments_;
  const CommonOptions& common_;
};

int take(const CommandContext& context, const CaptureArguments& arguments) {
  ShownCaptures shown(context, arguments);
  TerminalMonitor monitor(arguments.common.progress);
  const auto series = answer(arguments.request, shown, monitor);
  if (!series) return context.messages.give_up(series.error());
  if (series->captures.size() > 1) shown.show(*series, [&] { return capture_text(*series); });
  return kExitDone;
}

int dry_run(const CommandContext& context, const CaptureArguments& arguments) {
  ShownCaptures shown(context, arguments);
  TerminalMonitor monitor(arguments.common.progress);
  const auto plan = plan_capture(arguments.request, shown, monitor);
  if (!plan) return context.messages.give_up(plan.error());
  shown.show(*plan, [&] { return capture_text(*plan, arguments.common.style()); });
  return plan->refused ? context.messages.give_up(*plan->refused) : kExitDone;
}

// No capture, but what makes those that follow tell more.
int trace_allocations(const CommandContext& context, const CaptureArguments& arguments) {
  ShownCaptures shown(context, arguments);
  TerminalMonitor monitor(arguments.common.progress);
  const AllocationTracingRequest request{.target = arguments.request.target,
                                         .on = arguments.tracing == "on"};
  const auto done = answer(request, shown, monitor);
  if (!done) return context.messages.give_up(done.error());
  shown.show(*done, [&] { return allocation_tracing_text(*done); });
  return kExitDone;
}

// From words to what they stand for.
void settle(CaptureArguments& arguments) {
  CaptureSeriesRequest& request = arguments.request;
  std::ranges::replace(arguments.kind, '-', '_');
  request.kind = value_for<CaptureKind>(arguments.kind).value_or(CaptureKind::kHeap);
  request.method = value_for<CaptureMethod>(arguments.method);  // "auto" is none
  request.contents = value_for<Contents>(arguments.redact).value_or(Contents::kKept);
  if (const char* const own = std::getenv("TIDEMARK_REDACT_SALT"); own != nullptr) {
    request.salt = own;
  }
  request.timeout = std::chrono::seconds(arguments.timeout);
  request.seconds = std::chrono::seconds(arguments.seconds);
  if (arguments.every) request.every = std::chrono::seconds(*arguments.every);
}

int run(const CommandContext& context, const CommandParser& parser, CaptureArguments& arguments) {
  settle(arguments);
  if (!arguments.tracing.empty()) return trace_allocations(context, arguments);
  const CaptureSeriesRequest& request = arguments.request;
  const bool spaced = request.every || request.grow_bytes;
  if (request.count > 1 && !spaced) {
    return parser.usage_error("--count needs --every TIME or --grow SIZE");
  }
  if (request.count == 1 && spaced) {
    return parser.usage_error("--every and --grow need --count N, the number of captures");
  }
  if (request.count > 1 && !holds_several(request.output)) {
    return parser.usage_error(
        "a series needs a folder for its files: -o FOLDER/ or s3://BUCKET/PREFIX/");
  }
  return arguments.dry_run ? dry_run(context, arguments) : take(context, arguments);
}

void add_series_options(Options& app, CaptureArguments& arguments) {
  app.add_option("--count", arguments.request.count,
                 "a series of so many captures of the same process")
      .option_text("N")
      .check(whole_number(1, 1000));
  app.add_option("--every", arguments.every, "at least that long after each other: 30s, 5m, 1h")
      .option_text("TIME")
      .as_duration();
  app.add_option("--grow", arguments.request.grow_bytes,
                 "each time its memory has grown by that much: 3MB")
      .option_text("SIZE")
      .as_size();
}

void add_options(Options& app, CaptureArguments& arguments) {
  app.add_option(
         "TARGET", arguments.request.target,
         "a pid, or the name of a process: puma, sidekiq, node; elsewhere: ssh://HOST/puma, "
         "docker://, kube://, heroku://, compose:// (docs/targets.md)")
      .required();
  app.add_option("-o,--output", arguments.request.output,
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
  add_series_options(app, arguments);
  app.add_flag("--gc", arguments.request.collect_first,
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
  app.add_flag("--plain", arguments.request.plain, "do not compress");
  app.add_option("--timeout", arguments.timeout,
                 "end the copy after so many seconds (default: 600)")
      .option_text("SECONDS")
      .check(whole_number(1, 86'400));
  app.add_flag("--dry-run", arguments.dry_run, "say what it would cost, and touch nothing");
  app.add_flag("--force", arguments.request.force,
               "although memory does not suffice by the estimate");
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
