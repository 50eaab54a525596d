// `tidemark watch`: memory of live processes, or of a log that still grows, and the verdict as it
// forms.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <thread>

#include "answers/series/verdict.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/heap_sampler.h"
#include "cli/live_screen.h"
#include "cli/print_error.h"
#include "cli/recorder.h"
#include "cli/series_options.h"
#include "host/process_name.h"
#include "report/json_document.h"
#include "report/verdict_text.h"
#include "report/watch_screen.h"
#include "series/clock_text.h"
#include "sources/heroku_log.h"
#include "sources/process_sampler.h"
#include "verdict/follower.h"
#include "verdict/heap_beside.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

struct WatchArguments {
  std::string target;
  double every = 1;        // seconds
  double how_long = 1e18;  // seconds
  SeriesOptions series;
  std::string only;    // of a log: the slot
  std::string record;  // the history's file
  bool heap = false;
  bool heap_collect = false;
  double heap_every = 60;  // seconds
  CommonOptions common;
};

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Where the samples come from.
class WatchSource {
 public:
  WatchSource() = default;
  WatchSource(const WatchSource&) = delete;
  WatchSource& operator=(const WatchSource&) = delete;
  virtual ~WatchSource() = default;

  // Waits until `until` or until there is something, and takes it in. False at the end.
  virtual bool look(double now, Clock::time_point until, const Monitor& monitor) = 0;
  virtual void fill(WatchState& state) const = 0;
  [[nodiscard]] virtual const MemorySeries& total() const = 0;
  // What is to be recorded: the whole, and its parts where there are any.
  [[nodiscard]] virtual std::vector<const MemorySeries*> series() const { return {&total()}; }
  // Whether every restart is among the events.
  [[nodiscard]] virtual bool knows_restarts() const { return false; }
  // Live heap beside it; null where it is not sampled.
  [[nodiscard]] virtual const HeapSampler* heap() const { return nullptr; }
};

class ProcessSource final : public WatchSource {
 public:
  ProcessSource(ProcessSampler sampler, const WatchArguments& arguments)
      : sampler_(std::move(sampler)) {
    if (!arguments.heap) return;
    heap_ = std::make_unique<HeapSampler>(sampler_.total().name, arguments.heap_every,
                                          arguments.heap_collect);
  }

  bool look(double now, Clock::time_point until, const Monitor& monitor) override {
    // In short sleeps, so that Ctrl-C is heard.
    while (!monitor.cancelled() && Clock::now() < until) {
      const auto left = until - Clock::now();
      std::this_thread::sleep_for(std::min<Clock::duration>(left, std::chrono::milliseconds(50)));
    }
    if (!monitor.cancelled()) sampler_.sample(now > 0 ? now : unix_time());
    if (heap_ != nullptr) follow_heaps();
    return true;
  }

  void fill(WatchState& state) const override {
    state.title = sampler_.title();
    state.away = sampler_.running().empty();
    state.pressure = sampler_.control_group().pressure.value_or(-1);
    for (const SampledProcess& one : sampler_.running()) {
      state.processes.push_back(
          {.name = fmt::format("{}[{}]", process_title(one.process), one.process.pid),
           .bytes = one.bytes,
           .unique = one.proportional ? one.proportional->unique : 0,
           .resident = one.memory.resident,
           .swap = one.memory.swap,
           .threads = one.memory.threads});
    }
    if (heap_ == nullptr) return;
    state.heap_live = heap_->split().live;
    state.heap_size = heap_->split().heap;
  }

  [[nodiscard]] const MemorySeries& total() const override { return sampler_.total(); }
  [[nodiscard]] bool knows_restarts() const override { return true; }
  [[nodiscard]] const HeapSampler* heap() const override { return heap_.get(); }
  [[nodiscard]] std::vector<const MemorySeries*> series() const override {
    std::vector<const MemorySeries*> all = {&sampler_.total()};
    const auto parts = sampler_.processes();
    if (!sampler_.own().samples.empty()) all.push_back(&sampler_.own());
    // One process is the whole.
    if (parts.size() > 1) all.insert(all.end(), parts.begin(), parts.end());
    if (heap_ == nullptr) return all;
    const auto heaps = heap_->series();
    all.insert(all.end(), heaps.begin(), heaps.end());
    return all;
  }

 private:
  void follow_heaps() {
    std::vector<HeapTarget> targets;
    for (const SampledProcess& one : sampler_.running()) {
      targets.push_back(
          {.pid = one.process.pid,
           .start = one.process.started,
           .name = fmt::format("{}[{}]", process_title(one.process), one.process.pid)});
    }
    heap_->follow(std::move(targets), sampler_.total().events);
    heap_->collect();
  }

  ProcessSampler sampler_;
  std::unique_ptr<HeapSampler> heap_;
};

// A Heroku log on standard input, while it comes in.
class LogSource final : public WatchSource {
 public:
  explicit LogSource(std::string only) : log_(unix_time()), only_(std::move(only)) {}

  bool look(double /*now*/, Clock::time_point until, const Monitor& monitor) override {
    while (!monitor.cancelled()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
      if (left <= 0) break;
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      if (poll(&input, 1, static_cast<int>(std::min<long long>(left, 50))) <= 0) continue;
      std::array<char, 65536> piece{};
      const ssize_t got = read(STDIN_FILENO, piece.data(), piece.size());
      if (got <= 0) {
        log_.add(rest_);
        take_series();
        return false;
      }
      rest_.append(piece.data(), static_cast<std::size_t>(got));
      const std::size_t end = rest_.rfind('\n');
      if (end == std::string::npos) continue;
      log_.add(std::string_view(rest_).substr(0, end));
      rest_.erase(0, end + 1);
    }
    take_series();
    return true;
  }

  void fill(WatchState& state) const override {
    state.title = series_.name.empty() ? std::string("the log") : series_.name;
    state.away = series_.samples.empty();
    if (series_.samples.empty()) return;
    state.processes.push_back({.name = series_.name,
                               .bytes = series_.samples.back().bytes,
                               .unique = 0,
                               .resident = series_.samples.back().bytes,
                               .swap = 0,
                               .threads = 0});
  }

  [[nodiscard]] const MemorySeries& total() const override { return series_; }

 private:
  // The slot that was asked for, or the one that uses most of its quota.
  void take_series() {
    SeriesSet set = log_.series();
    MemorySeries* best = nullptr;
    double most = -1;
    for (MemorySeries& series : set.series) {
      if (!only_.empty() && series.name != only_) continue;
      const double used = series.samples.empty() ? 0 : series.samples.back().bytes;
      const double share = series.quota > 0 ? used / series.quota : used / 1e12;
      if (share > most) {
        most = share;
        best = &series;
      }
    }
    if (best != nullptr) series_ = std::move(*best);
    // Of several dynos one is watched to the end.
    if (only_.empty() && best != nullptr) only_ = series_.name;
  }

  HerokuLog log_;
  std::string only_;
  std::string rest_;
  MemorySeries series_;
};

class Watch {
 public:
  Watch(const CommandContext& context, const WatchArguments& arguments, WatchSource& source,
        double quota, std::optional<Recorder> recorder)
      : context_(context),
        arguments_(arguments),
        source_(source),
        quota_(quota),
        recorder_(std::move(recorder)),
        style_(arguments.common.style()),
        follower_({.quota = quota,
                   .speedup = arguments.series.speedup,
                   .restarts_known = source.knows_restarts()}),
        heap_follower_({.speedup = arguments.series.speedup, .restarts_known = true}) {}

  int run(double seconds, const Monitor& monitor);

 private:
  void show(bool last);
  void show_events();
  void record(bool last);
  [[nodiscard]] WatchState state();
  int finish();

  const CommandContext& context_;
  const WatchArguments& arguments_;
  WatchSource& source_;
  double quota_;
  std::optional<Recorder> recorder_;
  double recorded_ = 0;
  TextStyle style_;
  VerdictFollower follower_;
  VerdictFollower heap_follower_;
  std::unique_ptr<LiveScreen> screen_;
  MemorySeries total_;
  Verdict verdict_;
  double last_line_ = 0;
  std::size_t events_shown_ = 0;
  std::string failure_;  // of the recording, the last one
};

WatchState Watch::state() {
  total_ = source_.total();
  if (quota_ > 0) total_.quota = quota_;
  if (arguments_.series.workers > 0) {
    for (MemorySample& sample : total_.samples) sample.workers = arguments_.series.workers;
  }
  verdict_ = follower_.update(total_);
  if (const HeapSampler* heap = source_.heap(); heap != nullptr && !heap->total().samples.empty()) {
    weigh_heap(verdict_, heap_follower_.update(heap->total()));
  }
  WatchState state;
  state.total = &total_;
  state.verdict = &verdict_;
  state.now = unix_time();
  source_.fill(state);
  return state;
}

void Watch::show_events() {
  for (; events_shown_ < total_.events.size(); ++events_shown_) {
    context_.out.write(watch_event_line(total_.name, total_.events[events_shown_]));
  }
}

void Watch::show(bool last) {
  const WatchState now = state();
  if (screen_ != nullptr) {
    screen_->draw(watch_screen(now, LiveScreen::size(), style_));
    return;
  }
  if (arguments_.common.format == OutputFormat::kJson) return;
  show_events();
  // A line each ten seconds says enough to a file.
  if (last || now.now - last_line_ >= std::max(arguments_.every, 10.0) - 0.01) {
    context_.out.write(watch_line(now));
    context_.out.flush();
    last_line_ = now.now;
  }
}

// Every few seconds: what kill -9 may cost.
void Watch::record(bool last) {
  const double now = unix_time();
  if (!recorder_ || (!last && now - recorded_ < 5)) return;
  recorded_ = now;
  const auto warn = [&](const Result<void>& done) {
    if (done) return;
    const std::string words = done.error().message + "; going on without, and trying again";
    // The other screen would swallow it; it is said again at the end.
    if (screen_ == nullptr) print_warning(words, arguments_.common.color);
    failure_ = words;
  };
  for (const MemorySeries* series : source_.series()) warn(recorder_->add(*series));
  warn(recorder_->tidy(now));
}

int Watch::finish() {
  if (const HeapSampler* heap = source_.heap(); heap != nullptr && heap->total().samples.empty()) {
    failure_ = heap->failure().empty() ? "no heap was read: it takes a Ruby or Node.js process"
                                       : heap->failure();
  }
  const bool unseen = !failure_.empty() && (screen_ != nullptr || arguments_.heap);
  screen_.reset();
  if (unseen) print_warning(failure_, arguments_.common.color);
  const VerdictAnswer verdicts =
      conclude(arguments_.target, {{total_, verdict_, attribute_growth(total_, verdict_)}});
  if (arguments_.common.format == OutputFormat::kJson) {
    write_json(context_.out, verdicts);
  } else {
    context_.out.write("\n" + verdict_text(verdicts, style_));
  }
  const bool found =
      verdict_.kind == VerdictKind::kLeak || verdict_.kind == VerdictKind::kOvercommitted;
  return context_.out.finish(found ? kExitFound : kExitDone);
}

int Watch::run(double seconds, const Monitor& monitor) {
  if (isatty(STDOUT_FILENO) == 1 && arguments_.common.format == OutputFormat::kText) {
    screen_ = std::make_unique<LiveScreen>();
  }
  const auto step =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(arguments_.every));
  const auto begin = Clock::now();
  auto next = begin;
  bool more = true;
  while (more && !monitor.cancelled() && !context_.out.closed()) {
    more = source_.look(0, next, monitor);
    // Late by a few looks, for instance after the machine slept: no hurry to make up for them.
    next = std::max(next + step, Clock::now());
    const bool over = std::chrono::duration<double>(Clock::now() - begin).count() >= seconds;
    show(!more || over);
    record(false);
    if (over) break;
  }
  record(true);
  return finish();
}

int watch_target(const CommandContext& context, const WatchArguments& arguments) {
  const double seconds = arguments.how_long;
  const double quota = arguments.series.quota_bytes;
  std::optional<Recorder> recorder;
  if (!arguments.record.empty()) {
    auto opened = Recorder::open(arguments.record);
    if (!opened) return context.messages.give_up(opened.error());
    recorder = std::move(*opened);
  }
  const TerminalMonitor monitor(ProgressMode::kNever);
  if (arguments.target == "-") {
    LogSource source(arguments.only);
    return Watch(context, arguments, source, quota, std::move(recorder)).run(seconds, monitor);
  }
  auto sampler = ProcessSampler::follow(arguments.target, {.self = static_cast<int>(getpid())});
  if (!sampler) return context.messages.give_up(sampler.error());
  ProcessSource source(std::move(*sampler), arguments);
  return Watch(context, arguments, source, quota, std::move(recorder)).run(seconds, monitor);
}

}  // namespace

int run_watch(const CommandContext& context) {
  CommandParser parser(
      context,
      "Samples live processes, charts them, and says what their memory is doing as the evidence "
      "comes in. A target is followed through restarts, and its workers as they come and go.");
  WatchArguments arguments;
  Options& app = parser.options();
  app.add_option("TARGET", arguments.target,
                 "a pid or a program's name (with all processes below it), or - for a Heroku log "
                 "on standard input")
      .required();
  app.add_option("--every", arguments.every, "seconds between samples (default: 1)")
      .option_text("SECONDS")
      .check(number_between(0.05, 3600.0))
      .take_last();
  app.add_option("--for", arguments.how_long, "stop after 90s, 15m, 8h, 2d (default: Ctrl-C)")
      .option_text("DURATION")
      .as_duration()
      .take_last();
  app.add_option("--only", arguments.only, "of a log: the dyno to watch (web.1)")
      .option_text("NAME")
      .take_last();
  app.add_option(
         "--record", arguments.record,
         "keep the samples for `tidemark verdict`: in this file, or on the Prometheus-compatible "
         "server at this URL")
      .option_text("FILE|URL")
      .take_last();
  app.add_flag("--heap", arguments.heap,
               "sample live heap after collections too (Ruby, Node.js; the same user or root): the "
               "far better signal for a leak");
  app.add_option("--heap-every", arguments.heap_every,
                 "seconds between samples of the heap (default: 60)")
      .option_text("SECONDS")
      .check(number_between(0.1, 86400.0))
      .take_last();
  app.add_flag("--heap-collect", arguments.heap_collect,
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
