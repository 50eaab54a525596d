#include "reproduce/endpoints.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "capture/plan.h"
#include "reproduce/heap_dump.h"
#include "reproduce/heap_series.h"
#include "reproduce/running_app.h"

namespace tidemark {
namespace {

// Two measurements have no scatter of their own: the noise of a quiet heap stands in for it.
constexpr double kHeapNoise = 32e3;
constexpr double kRestSeconds = 0.3;

// One endpoint while its process lives.
class EndpointRun {
 public:
  EndpointRun(const ReproduceSettings& settings, RunningApp app, Monitor& monitor)
      : settings_(settings), app_(std::move(app)), monitor_(monitor) {}

  EndpointCost measure() {
    app_.watch().begin_work();
    monitor_.begin_phase("warming up", settings_.warmup_requests);
    bool going = app_.send(
        {.requests = settings_.warmup_requests, .most_seconds = settings_.duration / 4}, monitor_);
    app_.rest(kRestSeconds, monitor_);
    choose_worker();
    cost_.before = now_bytes();
    point();
    const std::uint64_t first = app_.load().answered();
    double highest = cost_.before;
    monitor_.begin_phase("sending", settings_.step_requests * 2);
    // Two steps, so that there are three points where a heap can be had.
    for (int step = 0; step < 2 && going; ++step) {
      const std::size_t seen = app_.watch().series().samples.size();
      going = app_.send(
          {.requests = settings_.step_requests, .most_seconds = settings_.duration / 4}, monitor_);
      const auto& samples = app_.watch().series().samples;
      for (std::size_t i = seen; i < samples.size(); ++i)
        highest = std::max(highest, samples[i].bytes);
      app_.rest(kRestSeconds, monitor_);
      point();
    }
    cost_.requests = app_.load().answered() - first;
    cost_.after = now_bytes();
    cost_.peak = std::max(highest, cost_.after);
    cost_.kept = fit_growth(points_, kHeapNoise);
    measure_allocation();
    cost_.load = app_.load().totals();
    if (cost_.requests == 0) cost_.failure = "no request was answered";
    return std::move(cost_);
  }

 private:
  [[nodiscard]] double now_bytes() {
    const auto& samples = app_.watch().series().samples;
    return samples.empty() ? 0 : samples.back().bytes;
  }

  void choose_worker() {
    for (const auto& worker : app_.watch().workers()) {
      if (const auto outlook = dump_outlook(worker.pid)) {
        worker_ = worker.pid;
        node_ = outlook->node;
        return;
      }
    }
  }

  void point() {
    if (worker_ == 0) return;
    const std::string path = settings_.folder + "/endpoint.zst";
    if (const auto report = dump_heap(worker_, path, monitor_)) {
      if (const auto live = heaps_.add(path, "endpoint", 0, monitor_)) {
        points_.push_back({.requests = static_cast<double>(app_.load().answered()),
                           .bytes = static_cast<double>(live->bytes)});
      }
    }
    unlink(path.c_str());
  }

  // A capture that is one JSON document.
  Json document(CaptureKind kind, std::chrono::seconds seconds) {
    const std::string path = settings_.folder + "/endpoint.json";
    const auto report = take_document(worker_, kind, seconds, path, monitor_);
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    unlink(path.c_str());
    return report ? parse_json(text.str(), path).value_or(Json()) : Json();
  }

  // Ruby counts all objects that it ever made; Node.js is sampled while load comes in.
  void measure_allocation() {
    if (worker_ == 0) return;
    if (node_) {
      sample_allocation();
      return;
    }
    const auto total = [&]() -> double {
      const auto stats = gc_statistics(worker_, monitor_);
      if (!stats) return -1;
      const auto found = std::ranges::find(stats->all, "total_allocated_objects",
                                           &std::pair<std::string, std::uint64_t>::first);
      return found == stats->all.end() ? -1 : static_cast<double>(found->second);
    };
    const double first = total();
    const std::uint64_t answered = app_.load().answered();
    app_.send({.requests = std::max<std::uint64_t>(settings_.step_requests / 2, 1),
               .most_seconds = settings_.duration / 8},
              monitor_);
    const double last = total();
    const auto requests = static_cast<double>(app_.load().answered() - answered);
    if (first >= 0 && last > first && requests > 0)
      cost_.allocated_objects = (last - first) / requests;
  }

  void sample_allocation() {
    const std::uint64_t answered = app_.load().answered();
    app_.begin_load();
    const auto profile = document(CaptureKind::kAllocationProfile, std::chrono::seconds(2));
    const auto requests = static_cast<double>(app_.load().answered() - answered);
    app_.end_load();
    if (!profile["head"].is_object() || requests <= 0) return;
    double bytes = 0;
    std::vector<const Json*> open = {&profile["head"]};
    while (!open.empty()) {
      const Json& node = *open.back();
      open.pop_back();
      bytes += node["selfSize"].number_or(0);
      for (const Json& child : node["children"].elements()) open.push_back(&child);
    }
    cost_.allocated_bytes = bytes / requests;
  }

  const ReproduceSettings& settings_;
  RunningApp app_;
  Monitor& monitor_;
  EndpointCost cost_;
  HeapSeries heaps_;
  std::vector<GrowthPoint> points_;
  pid_t worker_ = 0;
  bool node_ = false;
};

}  // namespace

Result<EndpointTable> measure_endpoints(const ReproduceSettings& settings, Monitor& monitor) {
  EndpointTable table;
  for (const RequestKind& kind : settings.requests) {
    if (monitor.cancelled()) break;
    ReproduceSettings alone = settings;
    alone.requests = {kind};
    auto app = RunningApp::start(alone, settings.folder + "/app.log", false, monitor);
    EndpointCost cost;
    if (app) {
      cost = EndpointRun(alone, std::move(*app), monitor).measure();
    } else if (table.endpoints.empty()) {
      return std::unexpected(app.error());
    } else {
      cost.failure = app.error().message;
    }
    cost.name = kind.name();
    table.endpoints.push_back(std::move(cost));
  }
  table.interrupted = monitor.cancelled();
  std::ranges::stable_sort(table.endpoints, [](const EndpointCost& a, const EndpointCost& b) {
    const double left = std::max(0.0, a.kept.per_request.low);
    const double right = std::max(0.0, b.kept.per_request.low);
    return left != right ? left > right : a.peak - a.before > b.peak - b.before;
  });
  return table;
}

}  // namespace tidemark
