// `tidemark capture`: a heap of a live process, without stopping it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <string>

#include "capture/capture.h"
#include "capture/guard.h"
#include "capture/plan.h"
#include "capture/sink/byte_sink.h"
#include "capture/target/find_process.h"
#include "cli/capture_report.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "cli/terminal_monitor.h"

namespace tidemark {
namespace {

struct CaptureArguments {
  std::string target;
  std::string output;
  std::string kind = "heap";
  std::string method = "auto";
  bool plain = false;
  bool collect_first = false;
  bool dry_run = false;
  bool force = false;
  std::uint64_t timeout = 600;
  CommonOptions common;
};

std::string utc_now(const char* format) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), length};
}

std::string default_path(const Diagnosis& diagnosis, const CaptureArguments& arguments,
                         CaptureKind kind) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return fmt::format("{}-{}-{}-{}.{}{}", diagnosis.app, host.data(), diagnosis.status.pid,
                     utc_now("%Y%m%dT%H%M%SZ"), file_extension(diagnosis.runtime->kind, kind),
                     arguments.plain ? "" : ".zst");
}

Result<std::unique_ptr<ByteSink>> open_sink(const std::string& path, bool plain) {
  Result<std::unique_ptr<ByteSink>> sink;
  if (path == "-") {
    sink = descriptor_sink(STDOUT_FILENO, "standard output");
  } else {
    sink = file_sink(path);
  }
  if (!sink || plain) return sink;
  return zstd_sink(std::move(*sink));
}

// The capture's own facts, beside it, as readable by others as it is: not at all.
Result<void> write_sidecar(const CaptureRecord& record) {
  auto sink = file_sink(record.path + ".info.json");
  if (!sink) return std::unexpected(sink.error());
  StringSink text;
  capture_json(record, text);
  auto done = (*sink)->write(text.text());
  if (done) done = (*sink)->finish();
  return done;
}

Result<Diagnosis> choose_target(const CaptureArguments& arguments) {
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
  return diagnose(found->front().pid);
}

int capture_once(const CommandContext& context, const CaptureArguments& arguments,
                 const Diagnosis& diagnosis, const CaptureRequest& request) {
  const CommonOptions& common = arguments.common;
  const std::string path = arguments.output.empty()
                               ? default_path(diagnosis, arguments, request.kind)
                               : arguments.output;
  auto sink = open_sink(path, arguments.plain);
  if (!sink) return give_up(sink.error(), common.color);
  const std::string taken_at = utc_now("%Y-%m-%dT%H:%M:%SZ");
  const CaptureGuard guard = CaptureGuard::start(diagnosis.status.pid);
  TerminalMonitor monitor(common.progress);
  const auto report = take_capture(diagnosis, request, **sink, monitor);
  if (!report) return give_up(report.error(), common.color);
  const CaptureRecord record{.diagnosis = diagnosis,
                             .request = request,
                             .report = *report,
                             .path = path,
                             .taken_at = taken_at};
  if (!report->warning.empty() && !common.quiet) print_warning(report->warning, common.color);
  if (path == "-") return kExitDone;
  if (auto beside = write_sidecar(record); !beside) return give_up(beside.error(), common.color);
  if (common.format == OutputFormat::kJson) {
    capture_json(record, context.out);
  } else {
    context.out.write(capture_text(record, common.style()));
  }
  return kExitDone;
}

int run(const CommandContext& context, const CaptureArguments& arguments) {
  const CommonOptions& common = arguments.common;
  const auto turn = take_turn();
  if (!turn) return give_up(turn.error(), common.color);
  const auto diagnosis = choose_target(arguments);
  if (!diagnosis) return give_up(diagnosis.error(), common.color);
  CaptureRequest request;
  request.kind = arguments.kind == "gc-stats" ? CaptureKind::kGcStats : CaptureKind::kHeap;
  request.method = arguments.method == "fork"        ? CaptureMethod::kFork
                   : arguments.method == "inspector" ? CaptureMethod::kInspector
                                                     : best_method(*diagnosis);
  request.collect_first = arguments.collect_first;
  request.force = arguments.force;
  request.timeout = std::chrono::seconds(arguments.timeout);
  const auto allowed = allow_capture(*diagnosis, request);
  if (arguments.dry_run) {
    if (common.format == OutputFormat::kJson) {
      doctor_json(*diagnosis, context.out);
    } else {
      context.out.write(dry_run_text(*diagnosis, request, common.style()));
    }
    return allowed ? kExitDone : give_up(allowed.error(), common.color);
  }
  if (!allowed) return give_up(allowed.error(), common.color);
  return capture_once(context, arguments, *diagnosis, request);
}

void add_options(CLI::App& app, CaptureArguments& arguments) {
  app.add_option("TARGET", arguments.target, "a pid, or the name of a process: puma, sidekiq, node")
      ->required();
  app.add_option("-o,--output", arguments.output,
                 "where to; - for standard output (default: APP-HOST-PID-TIME beside you)")
      ->option_text("PATH");
  app.add_option("--kind", arguments.kind,
                 "what: the heap (default), or the collector's statistics")
      ->option_text("heap|gc-stats")
      ->check(CLI::IsMember({"heap", "gc-stats"}));
  app.add_option("--method", arguments.method, "how: from a forked copy, or by Node.js's inspector")
      ->option_text("auto|fork|inspector")
      ->check(CLI::IsMember({"auto", "fork", "inspector"}));
  app.add_flag("--gc", arguments.collect_first, "collect garbage in the copy first (Ruby)");
  app.add_flag("--plain", arguments.plain, "do not compress");
  app.add_option("--timeout", arguments.timeout,
                 "end the copy after so many seconds (default: 600)")
      ->option_text("SECONDS")
      ->check(whole_number(1, 86'400));
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
  add_options(parser.app(), arguments);
  add_common_options(parser.app(), arguments.common, {.reads_dumps = false});
  parser.note(
      "The process must be yours, or you root. Dumps hold secrets: files are readable by you "
      "alone. `tidemark doctor TARGET` says what is possible and why.");
  parser.example("tidemark capture puma", "the largest puma worker, into a file here");
  parser.example("tidemark capture 4711 -o before.json.zst", "one process, into that file");
  parser.example("tidemark capture 4711 -o - --plain | tidemark summary -",
                 "without touching a disk");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return run(context, arguments);
}

}  // namespace tidemark
