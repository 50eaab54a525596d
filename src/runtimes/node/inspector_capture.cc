#include "runtimes/node/inspector_capture.h"

#include <fmt/format.h>

#include <thread>
#include <vector>

#include "transfer/background_sink.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostBlocks = 1024;  // a gigabyte waits for a slow sink, here and not there

class Session {
 public:
  Session(Inspector& inspector, ByteSink& sink, Monitor& monitor, std::chrono::seconds timeout)
      : inspector_(inspector),
        sink_(sink, kMostBlocks),
        monitor_(monitor),
        deadline_(Clock::now() + timeout) {}

  Result<void> heap() {
    return stream("HeapProfiler.takeHeapSnapshot", R"({"reportProgress":true})");
  }

  Result<void> timeline(std::chrono::seconds seconds) {
    if (auto on = ask("HeapProfiler.startTrackingHeapObjects", R"({"trackAllocations":true})"); !on)
      return on;
    if (auto waited = wait(seconds); !waited) return waited;
    return stream("HeapProfiler.stopTrackingHeapObjects", R"({"reportProgress":true})");
  }

  Result<void> profile(const char* start, const char* params, const char* stop,
                       std::chrono::seconds seconds) {
    if (auto on = ask(start, params); !on) return on;
    if (auto waited = wait(seconds); !waited) return waited;
    const auto result = inspector_.command(stop, "{}", deadline_);
    if (!result) return std::unexpected(result.error());
    constexpr std::string_view kBegin = "{\"profile\":";
    if (!result->starts_with(kBegin)) return fail(ErrorCode::kIo, "the inspector sent no profile");
    push(std::string_view(*result).substr(kBegin.size(), result->size() - kBegin.size() - 1));
    return drain();
  }

  Result<void> statistics() {
    const auto text = inspector_.evaluate(
        // The document of gc_stats.h.
        "(()=>{const v8=require('v8'),all=v8.getHeapStatistics();let old=0;"
        "for(const s of v8.getHeapSpaceStatistics()){all[s.space_name+'.size']=s.space_size;"
        "all[s.space_name+'.used_size']=s.space_used_size;"
        "if(!s.space_name.startsWith('new_'))old+=s.space_used_size}"
        "return JSON.stringify({runtime:'node',version:process.versions.node,"
        "used_bytes:all.used_heap_size,heap_bytes:all.total_heap_size,old_bytes:old,"
        "external_bytes:all.external_memory,malloced_bytes:all.malloced_memory,all})})()");
    if (!text) return std::unexpected(text.error());
    push(*text);
    push("\n");
    return drain();
  }

  Result<void> ask(const char* method, const char* params) {
    const auto done = inspector_.command(method, params, deadline_);
    if (!done) return std::unexpected(done.error());
    return {};
  }

  [[nodiscard]] const InspectorCapture& report() const { return report_; }

 private:
  // A command that answers in chunks, as events, before its result.
  Result<void> stream(const char* method, const char* params) {
    const auto begin = Clock::now();
    const auto done = inspector_.command(
        method, params, deadline_,
        [&](std::string_view event, std::string_view message) -> Result<void> {
          if (event != "HeapProfiler.addHeapSnapshotChunk") return {};
          constexpr std::string_view kChunk = "\"chunk\":";
          const std::size_t at = message.find(kChunk);
          const auto text = at == std::string_view::npos
                                ? std::nullopt
                                : json_string_at(message, at + kChunk.size());
          if (!text) return fail(ErrorCode::kDamaged, "the inspector sent a damaged chunk");
          push(*text);
          if (const auto failure = sink_.failure()) return std::unexpected(*failure);
          if (sink_.wait_for_room(std::chrono::milliseconds(0))) return {};
          return fail(ErrorCode::kIo,
                      "the place to write to is too slow, and the process would have to wait",
                      "write to a file with -o");
        });
    report_.pause = Clock::now() - begin;
    if (!done) return std::unexpected(done.error());
    return drain();
  }

  void push(std::string_view text) {
    report_.bytes += text.size();
    block_.insert(block_.end(), text.begin(), text.end());
    if (block_.size() < BackgroundSink::kBlockBytes) return;
    monitor_.advance(report_.bytes);
    sink_.push(std::exchange(block_, {}));
  }

  Result<void> drain() {
    if (!block_.empty()) sink_.push(std::exchange(block_, {}));
    while (!sink_.drained(std::chrono::milliseconds(20))) {
      if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    }
    if (const auto failure = sink_.failure()) return std::unexpected(*failure);
    return {};
  }

  Result<void> wait(std::chrono::seconds seconds) const {
    const auto until = Clock::now() + seconds;
    while (Clock::now() < until) {
      if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
  }

  Inspector& inspector_;
  BackgroundSink sink_;
  Monitor& monitor_;
  Clock::time_point deadline_;
  std::vector<char> block_;
  InspectorCapture report_;
};

Result<void> work(Session& session, InspectorKind kind, std::chrono::seconds seconds) {
  switch (kind) {
    case InspectorKind::kHeap:
      if (auto on = session.ask("HeapProfiler.enable", "{}"); !on) return on;
      return session.heap();
    case InspectorKind::kGcStats:
      return session.statistics();
    case InspectorKind::kAllocationProfile:
      return session.profile("HeapProfiler.startSampling",
                             R"({"samplingInterval":32768,"includeObjectsCollectedByMajorGC":true,)"
                             R"("includeObjectsCollectedByMinorGC":true})",
                             "HeapProfiler.stopSampling", seconds);
    case InspectorKind::kAllocationTimeline:
      if (auto on = session.ask("HeapProfiler.enable", "{}"); !on) return on;
      return session.timeline(seconds);
    case InspectorKind::kCpuProfile:
      if (auto on = session.ask("Profiler.enable", "{}"); !on) return on;
      return session.profile("Profiler.start", "{}", "Profiler.stop", seconds);
  }
  return {};
}

}  // namespace

Result<InspectorCapture> capture_by_inspector(Inspector& inspector, InspectorKind kind,
                                              std::chrono::seconds seconds,
                                              std::chrono::seconds timeout, ByteSink& sink,
                                              Monitor& monitor) {
  Session session(inspector, sink, monitor, timeout + seconds);
  if (auto done = work(session, kind, seconds); !done) return std::unexpected(done.error());
  return session.report();
}

}  // namespace tidemark
