#include "reproduce/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/units.h"
#include "capture/plan.h"
#include "host/host.h"
#include "host/process.h"
#include "reproduce/conclude.h"
#include "reproduce/heap_dump.h"
#include "reproduce/heap_series.h"
#include "reproduce/running_app.h"

namespace tidemark {
namespace {

constexpr double kStepSeconds = 1;       // a step takes at least
constexpr double kWarmUpSeconds = 2;     // so does the warm-up
constexpr double kMostGrowth = 64e6;     // a step ends when the app has grown by so much
constexpr double kRestSeconds = 0.3;     // before a measurement
constexpr std::size_t kMostPoints = 40;  // in one run

// Code that is not the runtime's own: gems' extensions, Node.js add-ons. File names without
// folders.
std::vector<std::string> native_modules(pid_t pid, bool node) {
  std::vector<std::string> out;
  const auto maps = read_maps(this_machine(), pid);
  if (!maps) return out;
  for (const Mapping& mapping : *maps) {
    const std::string_view path = mapping.path;
    const bool module = node ? path.ends_with(".node")
                             : path.ends_with(".so") && (path.find("/gems/") != path.npos ||
                                                         path.find("/fiddle.so") != path.npos ||
                                                         path.find("/ffi_c.so") != path.npos);
    if (!module) continue;
    std::string name(path.substr(path.rfind('/') + 1));
    if (std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
  }
  return out;
}

class Run {
 public:
  Run(const ReproduceSettings& settings, std::string name, bool traced, RunningApp app,
      Monitor& monitor)
      : settings_(settings), name_(std::move(name)), app_(std::move(app)), monitor_(monitor) {
    run_.traced = traced;
  }

  ReproducedRun take() {
    warm_up();
    choose_worker();
    if (measure()) go_on();
    finish();
    return std::move(run_);
  }

 private:
  // Of the duration. Captures are not in it: on a host where others capture too they may wait.
  [[nodiscard]] double left() const { return settings_.duration - app_.load().totals().seconds; }

  void warm_up() {
    app_.watch().begin_work();
    monitor_.begin_phase("warming up", settings_.warmup_requests);
    going_ = app_.send({.requests = settings_.warmup_requests,
                        .least_seconds = kWarmUpSeconds,
                        .most_seconds = settings_.duration / 4},
                       monitor_);
    run_.warmup_requests = app_.load().answered();
    warm_time_ = unix_time();
  }

  // The process that works most, whose heap can be taken.
  void choose_worker() {
    app_.rest(kRestSeconds, monitor_);
    const auto workers = app_.watch().workers();
    std::optional<Error> obstacle;
    for (const AppWatch::Worker& worker : workers) {
      // A process that does next to nothing is npm, a shell, a master.
      if (worker.seconds < 0.25 * workers.front().seconds) break;
      const auto outlook = dump_outlook(worker.pid);
      if (outlook) {
        worker_ = worker.pid;
        node_ = outlook->node;
        run_.program = outlook->program;
        break;
      }
      if (!obstacle) obstacle = outlook.error();
    }
    run_.title = app_.watch().title();
    run_.server = app_.server();
    count_workers(workers);
    wanted_ = settings_.dumps > 0 ? settings_.dumps : node_ ? 6 : 3;
    if (worker_ == 0) {
      if (!workers.empty()) worker_ = workers.front().pid;
      takes_dumps_ = false;
      wanted_ = std::max<std::size_t>(wanted_, 6);
      if (obstacle) {
        run_.notes.push_back(fmt::format("No heap could be taken: {}.", obstacle->message));
      }
    }
  }

  // Those that worked like the busiest one.
  void count_workers(const std::vector<AppWatch::Worker>& workers) {
    if (workers.empty()) return;
    workers_ = static_cast<std::size_t>(std::ranges::count_if(workers, [&](const auto& worker) {
      return worker.seconds >= 0.25 * workers.front().seconds;
    }));
    if (workers_ > 1) {
      run_.notes.push_back(
          fmt::format("{} processes share the work; the heap is that of process {}, and growth a "
                      "request is counted on an equal share of the requests.",
                      workers_, worker_));
    }
  }

  // One point. False when there is nothing more to measure.
  bool measure() {
    if (run_.points.empty()) {
      // choose_worker() has rested.
    } else {
      app_.rest(kRestSeconds, monitor_);
    }
    MeasuredPoint point;
    point.time = unix_time();
    point.requests = app_.load().answered();
    const auto& samples = app_.watch().series().samples;
    if (samples.empty()) return false;
    point.resident = samples.back().bytes;
    for (const SampledProcess& one : app_.watch().running()) {
      if (one.process.pid != worker_) continue;
      point.worker_resident = app_.watch().bytes_of(worker_);
      point.threads = one.memory.threads;
    }
    if (point.worker_resident == 0) {
      if (!app_.ended()) {
        run_.notes.push_back(
            fmt::format("Process {} is gone; what follows it was not measured.", worker_));
      }
      return false;
    }
    if (node_) {
      if (const auto smaps = read_smaps(this_machine(), worker_)) {
        point.engine_pages = static_cast<double>(v8_heap_bytes(*smaps));
      }
    }
    for (const pid_t thread : numbered_entries(this_machine(), proc_path(worker_, "task"))) {
      std::string name =
          read_proc(this_machine(), worker_, fmt::format("task/{}/comm", thread), 64);
      while (name.ends_with('\n')) name.pop_back();
      ++point.thread_names[name];
    }
    if (takes_dumps_) take_dump(point);
    run_.points.push_back(std::move(point));
    return going_ && !monitor_.cancelled();
  }

  void take_dump(MeasuredPoint& point) {
    monitor_.begin_phase("taking the heap", 0);
    const std::string file = fmt::format("{}{}.{}.zst", name_, run_.points.size() + 1,
                                         node_ ? "heapsnapshot" : "heap.json");
    const std::string path = settings_.folder + "/" + file;
    const auto report = dump_heap(worker_, path, monitor_);
    if (report && !report->warning.empty()) run_.notes.push_back(report->warning);
    Result<LiveHeap> live;
    if (report) {
      monitor_.begin_phase("reading " + file, report->bytes);
      live = heaps_.add(path, file, point.requests, monitor_);
    } else {
      live = std::unexpected(report.error());
    }
    if (!settings_.keep_dumps) unlink(path.c_str());
    if (live) {
      point.heap = static_cast<double>(live->bytes);
      point.objects = live->objects;
      point.program = static_cast<double>(live->program_bytes);
      if (settings_.keep_dumps) point.dump = file;
      return;
    }
    if (live.error().code == ErrorCode::kCancelled) return;
    // Without one of them the others say less than none: the process's memory goes on to be seen.
    takes_dumps_ = false;
    run_.notes.push_back(
        fmt::format("No heap after {} requests: {}.", point.requests, live.error().message));
  }

  void go_on() {
    while (going_ && run_.points.size() < kMostPoints) {
      const std::size_t step = run_.points.size();
      monitor_.begin_phase(fmt::format("step {}", step), settings_.step_requests);
      const double share =
          left() / static_cast<double>(step < wanted_ ? wanted_ - step : std::size_t{1});
      if (left() <= 0) break;
      going_ = app_.send({.requests = settings_.step_requests,
                          .least_seconds = kStepSeconds,
                          .least_growth = settings_.step_bytes,
                          .most_growth = std::max(kMostGrowth, settings_.step_bytes),
                          .most_seconds = std::max(share, kStepSeconds)},
                         monitor_);
      if (app_.load().answered() == run_.points.back().requests) {
        run_.notes.emplace_back("The app answered nothing in the last step.");
        break;
      }
      if (!measure() || is_clear()) break;
    }
  }

  [[nodiscard]] bool is_clear() {
    judge_curve();
    return concluded().clear;
  }

  // All samples since the warm-up as if a second were a minute: what `verdict --speedup 60` says.
  void judge_curve() {
    MemorySeries warm = app_.watch().series();
    std::erase_if(warm.samples,
                  [&](const MemorySample& sample) { return sample.time < warm_time_; });
    if (warm.samples.size() < 2 || warm.samples.back().time - warm.samples.front().time < 45)
      return;
    run_.curve = judge(warm, {.quota = 0, .speedup = 60});
  }

  [[nodiscard]] Conclusion concluded() {
    return conclude({.points = run_.points,
                     .workers = workers_,
                     .peak = app_.watch().peak(),
                     .curve = run_.curve ? &*run_.curve : nullptr,
                     .wanted_points = wanted_});
  }

  void finish() {
    run_.ended = app_.ended();
    run_.interrupted = monitor_.cancelled();
    run_.load = app_.load().totals();
    run_.series = app_.watch().series();
    judge_curve();
    run_.conclusion = concluded();
    run_.native_modules = native_modules(worker_, node_);
    // Ctrl-C ends the load, not the conclusion; a second one ends that too.
    Monitor undisturbed;
    Monitor& monitor = run_.interrupted ? undisturbed : monitor_;
    auto suspects = heaps_.suspects(monitor);
    if (suspects) {
      run_.suspects = std::move(*suspects);
    } else {
      run_.notes.push_back(fmt::format("The dumps say no more: {}.", suspects.error().message));
    }
  }

  const ReproduceSettings& settings_;
  std::string name_;
  RunningApp app_;
  Monitor& monitor_;
  ReproducedRun run_;
  HeapSeries heaps_;
  pid_t worker_ = 0;
  std::size_t workers_ = 1;
  std::size_t wanted_ = 3;
  double warm_time_ = 0;
  bool node_ = false;
  bool takes_dumps_ = true;
  bool going_ = true;
};

}  // namespace

Result<ReproducedRun> run_once(const ReproduceSettings& settings, const std::string& name,
                               bool traced, Monitor& monitor) {
  auto app = RunningApp::start(settings, settings.folder + "/" + name + "app.log", traced, monitor);
  if (!app) return std::unexpected(app.error());
  return Run(settings, name, traced, std::move(*app), monitor).take();
}

Result<Reproduction> reproduce(const ReproduceSettings& settings, Monitor& monitor) {
  Reproduction out;
  out.command = settings.command;
  out.folder = settings.folder;
  auto first = run_once(settings, "", settings.trace == TraceChoice::kAlways, monitor);
  if (!first) return std::unexpected(first.error());
  out.run = std::move(*first);
  const bool lines_missing = out.run.suspects != nullptr && !out.run.suspects->lines_known &&
                             !out.run.suspects->found.suspects.empty();
  const bool again = settings.trace == TraceChoice::kAuto && !settings.command.empty() &&
                     lines_missing && out.run.conclusion.outcome == Outcome::kLeak &&
                     !monitor.cancelled() && out.run.program.starts_with("Ruby");
  if (!again) return out;
  // The leak is known; this run is for the lines, so it need not be long.
  ReproduceSettings shorter = settings;
  shorter.warmup_requests = std::min<std::uint64_t>(settings.warmup_requests, 1200);
  shorter.dumps = 3;
  auto second = run_once(shorter, "traced-", true, monitor);
  if (second) {
    out.traced = std::make_unique<ReproducedRun>(std::move(*second));
  } else {
    out.run.notes.push_back(
        fmt::format("The run with allocation tracing failed: {}.", second.error().message));
  }
  return out;
}

}  // namespace tidemark
