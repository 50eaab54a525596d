// `tidemark watch`: memory of live processes, or of a log that still grows, and the verdict as it
// forms.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "answers/series/watch.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/live_screen.h"
#include "cli/series_options.h"
#include "report/json_document.h"
#include "report/verdict_text.h"
#include "report/watch_screen.h"

namespace tidemark {
namespace {

struct WatchArguments {
  WatchRequest request;
  SeriesOptions series;
  bool with_heap = false;
  WatchHeap heap;
  CommonOptions common;
};

// Shows what happens: on a screen that is drawn over and over, or as lines into a file or a pipe.
class WatchDisplay final : public WatchListener {
 public:
  WatchDisplay(const CommandContext& context, const WatchArguments& arguments, Monitor& monitor)
      : context_(context),
        monitor_(monitor),
        style_(arguments.common.style()),
        line_seconds_(std::max(arguments.request.every_seconds, 10.0)),
        on_screen_(arguments.common.format == OutputFormat::kText && isatty(STDOUT_FILENO) == 1),
        in_lines_(arguments.common.format == OutputFormat::kText && !on_screen_) {}

  void looked(const WatchLook& look, const JudgedSeries& so_far) override {
    if (on_screen_) {
      if (screen_ == nullptr) screen_ = std::make_unique<LiveScreen>();
      screen_->draw(watch_screen(look, so_far, LiveScreen::size(), style_));
    }
    // A line each ten seconds says enough to a file.
    if (in_lines_ && (look.last || look.time - last_line_ >= line_seconds_ - 0.01)) {
      context_.out.write(watch_line(look));
      context_.out.flush();
      last_line_ = look.time;
    }
    if (context_.out.closed()) monitor_.cancel();
  }

  void happened(const WatchEvent& event) override {
    if (in_lines_) context_.out.write(watch_event_line(event));
  }

  // The other screen would swallow it, so that it is said at the end.
  void failed(const Notice& notice) override {
    if (on_screen_) {
      unsaid_ = {notice};
    } else {
      context_.messages.notices({&notice, 1});
    }
  }

  void close() {
    screen_.reset();
    context_.messages.notices(unsaid_);
  }

 private:
  const CommandContext& context_;
  Monitor& monitor_;
  TextStyle style_;
  double line_seconds_;
  bool on_screen_;
  bool in_lines_;
  double last_line_ = 0;
  std::vector<Notice> unsaid_;  // the last one
  std::unique_ptr<LiveScreen> screen_;
};

int watch_target(const CommandContext& context, WatchArguments& arguments) {
  WatchRequest& request = arguments.request;
  request.quota_bytes = arguments.series.quota_bytes;
  request.workers = arguments.series.workers;
  request.speedup = arguments.series.speedup;
  if (arguments.with_heap) request.heap = arguments.heap;
  TerminalMonitor monitor(ProgressMode::kNever);
  WatchDisplay display(context, arguments, monitor);
  const auto verdicts = answer(request, display, monitor);
  display.close();
  if (!verdicts) return context.messages.give_up(verdicts.error());
  if (arguments.common.format == OutputFormat::kJson) {
    write_json(context.out, *verdicts);
  } else {
    context.out.write("\n" + verdict_text(*verdicts, arguments.common.style()));
  }
  return context.out.finish(is_alarming(*verdicts) ? kExitFound : kExitDone);
}

}  // namespace

int run_watch(const CommandContext& context) {
  CommandParser parser(
      context,
      "Samples live processes, charts them, and says what their memory is doing as the evidence "
      "comes in. A target is followed through restarts, and its workers as they come and go.");
  WatchArguments arguments;
  Options& app = parser.options();
  app.add_option("TARGET", arguments.request.target,
                 "a pid or a program's name (with all processes below it), or - for a Heroku log "
                 "on standard input")
      .required();
  app.add_option("--every", arguments.request.every_seconds, "seconds between samples (default: 1)")
      .option_text("SECONDS")
      .check(number_between(0.05, 3600.0))
      .take_last();
  app.add_option("--for", arguments.request.for_seconds,
                 "stop after 90s, 15m, 8h, 2d (default: Ctrl-C)")
      .option_text("DURATION")
      .as_duration()
      .take_last();
  app.add_option("--only", arguments.request.only, "of a log: the dyno to watch (web.1)")
      .option_text("NAME")
      .take_last();
  app.add_option(
         "--record", arguments.request.record,
         "keep the samples for `tidemark verdict`: in this file, or on the Prometheus-compatible "
         "server at this URL")
      .option_text("FILE|URL")
      .take_last();
  app.add_flag("--heap", arguments.with_heap,
               "sample live heap after collections too (Ruby, Node.js; the same user or root): the "
               "far better signal for a leak");
  app.add_option("--heap-every", arguments.heap.every_seconds,
                 "seconds between samples of the heap (default: 60)")
      .option_text("SECONDS")
      .check(number_between(0.1, 86400.0))
      .take_last();
  app.add_flag("--heap-collect", arguments.heap.collect,
               "have Ruby and Node.js collect garbage before each reading: 10 ms to a second each "
               "time, at most 0.5 % of their time");
  add_series_options(app, arguments.series);
  parser.add_common_options(arguments.common, {.reads_dumps = false});
  parser.note(
      "Memory is proportional set size with swap where it may be read (the same user, or root), so "
      "that pages which workers share count once; else resident size with swap. Reading it does "
      "not stop the process; --heap does for some 0.1 ms, twelve times a sample. Into a pipe it "
      "writes a line each ten "
      "seconds and each event. Exit "
      "code 3: the last verdict was a leak or over-commitment.");
  parser.example("tidemark watch puma", "the cluster, its workers and the whole");
  parser.example("tidemark watch puma --heap", "with what survives collections");
  parser.example("tidemark watch 4711 --for 8h --record night.db > night.log", "over night");
  parser.example("heroku logs --tail -a my-app | tidemark watch - --only web.1", "a dyno");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return watch_target(context, arguments);
}

}  // namespace tidemark
