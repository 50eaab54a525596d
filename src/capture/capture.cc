#include "capture/capture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "capture/gc_stats.h"
#include "capture/node/inspector.h"
#include "capture/node/inspector_capture.h"
#include "capture/node/node_fork.h"
#include "capture/ruby/ruby_fork.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

Result<CaptureReport> by_fork(const Diagnosis& d, const CaptureRequest& request, ByteSink& sink,
                              Monitor& monitor) {
  const MemoryRoomWatch room(d.status.pid);
  const PumpLimits limits{.timeout = request.timeout, .room = &room};
  Result<ForkCapture> done;
  if (d.runtime->kind == RuntimeKind::kNode) {
    done = capture_node(d.status.pid, *d.runtime, sink, {.limits = limits}, monitor);
  } else {
    RubyForkOptions options{.limits = limits, .code = {}};
    options.code = ruby_heap_code(request.collect_first);
    done = capture_ruby(d.status.pid, *d.runtime, sink, options, monitor);
  }
  if (!done) return std::unexpected(done.error());
  CaptureReport report;
  report.stopped_ms = milliseconds(done->times.stopped);
  report.pause_ms = milliseconds(std::max(done->times.pause, done->times.stopped));
  report.waited_ms = milliseconds(done->times.waited);
  report.bytes = done->bytes;
  report.copy_peak_bytes = done->copy_peak_bytes;
  if (!done->unreaped.empty()) {
    report.warning = fmt::format(
        "the copy has ended, but its entry in the process table stays until the process or the "
        "next "
        "capture collects it ({})",
        done->unreaped);
  }
  return report;
}

Result<CaptureReport> by_injection(const Diagnosis& d, const CaptureRequest& request,
                                   ByteSink& sink, Monitor& monitor) {
  auto reader = GcStatsReader::open(d.status.pid);
  if (!reader) return std::unexpected(reader.error());
  const auto stats = reader->read_in_turn({.collect_first = request.collect_first}, monitor);
  if (!stats) return std::unexpected(stats.error());
  const std::string text = gc_stats_json(*stats);
  if (auto written = sink.write(text); !written) return std::unexpected(written.error());
  CaptureReport report;
  report.stopped_ms = milliseconds(stats->stopped);
  report.pause_ms = milliseconds(stats->pause);
  report.bytes = text.size();
  return report;
}

InspectorKind inspector_kind(CaptureKind kind) {
  switch (kind) {
    case CaptureKind::kHeap:
      return InspectorKind::kHeap;
    case CaptureKind::kGcStats:
      return InspectorKind::kGcStats;
    case CaptureKind::kAllocationProfile:
      return InspectorKind::kAllocationProfile;
    case CaptureKind::kAllocationTimeline:
      return InspectorKind::kAllocationTimeline;
    case CaptureKind::kCpuProfile:
      return InspectorKind::kCpuProfile;
  }
  return InspectorKind::kHeap;
}

Result<CaptureReport> by_inspector(const Diagnosis& d, const CaptureRequest& request,
                                   ByteSink& sink, Monitor& monitor) {
  auto inspector = Inspector::open(d.status.pid, &monitor);
  if (!inspector) return std::unexpected(inspector.error());
  const auto done = capture_by_inspector(*inspector, inspector_kind(request.kind), request.seconds,
                                         request.timeout, sink, monitor);
  if (!done) return std::unexpected(done.error());
  CaptureReport report;
  report.pause_ms = milliseconds(done->pause);
  report.bytes = done->bytes;
  return report;
}

}  // namespace

Result<FileDescriptor> take_turn() {
  // A name in the kernel's abstract socket space: taken by one process at a time, and given back by
  // the kernel when that ends, however it does.
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr std::string_view kName = "tidemark-capture";
  std::memcpy(address.sun_path + 1, kName.data(), kName.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + kName.size());
  if (socket.open() &&
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) {
    return socket;
  }
  if (errno != EADDRINUSE) return FileDescriptor();  // no sockets here: nothing to keep apart
  return fail(
      ErrorCode::kUnsupported, "another capture runs on this host",
      "one copy at a time is gentle: wait until it is done; one that was killed is cleared up "
      "after within seconds");
}

const char* kind_name(CaptureKind kind) {
  switch (kind) {
    case CaptureKind::kHeap:
      return "heap";
    case CaptureKind::kGcStats:
      return "gc-stats";
    case CaptureKind::kAllocationProfile:
      return "alloc-profile";
    case CaptureKind::kAllocationTimeline:
      return "alloc-timeline";
    case CaptureKind::kCpuProfile:
      return "cpu-profile";
  }
  return "";
}

bool holds_contents(CaptureKind kind) {
  return kind == CaptureKind::kHeap || kind == CaptureKind::kAllocationTimeline;
}

std::vector<CaptureMethod> methods_for(RuntimeKind runtime, CaptureKind kind) {
  const bool node = runtime == RuntimeKind::kNode;
  switch (kind) {
    case CaptureKind::kHeap:
      if (node) return {CaptureMethod::kFork, CaptureMethod::kInspector};
      return {CaptureMethod::kFork};
    case CaptureKind::kGcStats:
      if (node) return {CaptureMethod::kInjection, CaptureMethod::kInspector};
      return {CaptureMethod::kInjection};
    case CaptureKind::kAllocationProfile:
    case CaptureKind::kAllocationTimeline:
    case CaptureKind::kCpuProfile:
      if (node) return {CaptureMethod::kInspector};
  }
  return {};
}

CaptureMethod best_method(const Diagnosis& diagnosis, CaptureKind kind) {
  const auto methods = methods_for(diagnosis.runtime->kind, kind);
  for (const CaptureMethod method : methods) {
    const MethodOutlook* outlook = outlook_of(diagnosis, method);
    if (outlook != nullptr && outlook->possible) return method;
  }
  return methods.empty() ? CaptureMethod::kFork : methods.front();
}

namespace {

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// Is there such a thing at all?
Result<void> known_combination(RuntimeKind runtime, const char* runtime_name,
                               const CaptureRequest& request) {
  const auto methods = methods_for(runtime, request.kind);
  if (methods.empty()) {
    std::vector<std::string> kinds;
    for (const CaptureKind kind : kAllKinds) {
      if (!methods_for(runtime, kind).empty()) kinds.emplace_back(kind_name(kind));
    }
    return fail(ErrorCode::kUnsupported,
                fmt::format("--kind {} is not for {}", kind_name(request.kind), runtime_name),
                fmt::format("for {} there are: {}", runtime_name, joined(kinds)));
  }
  if (std::ranges::find(methods, request.method) != methods.end()) return {};
  std::vector<std::string> names;
  for (const CaptureMethod method : methods) names.emplace_back(method_name(method));
  return fail(ErrorCode::kUnsupported,
              fmt::format("--kind {} of {} is not taken by --method {}", kind_name(request.kind),
                          runtime_name, method_name(request.method)),
              fmt::format("leave --method away: {}{} is chosen",
                          names.size() > 1 ? "the gentlest of " : "", joined(names)));
}

}  // namespace

Result<void> allow_capture(const Diagnosis& diagnosis, const CaptureRequest& request) {
  const Runtime& runtime = *diagnosis.runtime;
  if (auto known = known_combination(runtime.kind, runtime.name(), request); !known) return known;
  const MethodOutlook* outlook = outlook_of(diagnosis, request.method);
  if (outlook == nullptr || !outlook->possible) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("cannot capture process {}: {}", diagnosis.status.pid,
                            outlook == nullptr ? "no such method" : outlook->obstacle),
                outlook == nullptr ? "" : outlook->remedy);
  }
  const bool large =
      request.kind == CaptureKind::kHeap || request.kind == CaptureKind::kAllocationTimeline;
  if (large && !outlook->fits && !request.force) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("a capture of process {} {}", diagnosis.status.pid, outlook->obstacle),
                outlook->remedy);
  }
  return {};
}

namespace {

Result<CaptureReport> by_method(const Diagnosis& diagnosis, const CaptureRequest& request,
                                ByteSink& sink, Monitor& monitor) {
  // Once more, for callers that have not asked: nothing is taken under the name of another kind.
  const Runtime& runtime = *diagnosis.runtime;
  if (auto known = known_combination(runtime.kind, runtime.name(), request); !known)
    return std::unexpected(known.error());
  switch (request.method) {
    case CaptureMethod::kFork:
      return by_fork(diagnosis, request, sink, monitor);
    case CaptureMethod::kInjection:
      return by_injection(diagnosis, request, sink, monitor);
    case CaptureMethod::kInspector:
      return by_inspector(diagnosis, request, sink, monitor);
  }
  return fail(ErrorCode::kUnsupported, "no such method");
}

}  // namespace

Result<CaptureReport> take_capture(const Diagnosis& diagnosis, const CaptureRequest& request,
                                   ByteSink& sink, Monitor& monitor) {
  const auto begin = Clock::now();
  monitor.begin_phase("reading", 0);
  auto report = by_method(diagnosis, request, sink, monitor);
  if (!report) {
    sink.abandon();
    return report;
  }
  if (auto finished = sink.finish(); !finished) {
    sink.abandon();
    return std::unexpected(finished.error());
  }
  report->stored_bytes = sink.stored_bytes();
  report->seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return report;
}

std::string file_extension(RuntimeKind runtime, CaptureKind kind) {
  if (kind == CaptureKind::kGcStats) return "gc.json";
  if (kind == CaptureKind::kAllocationProfile) return "heapprofile";
  if (kind == CaptureKind::kAllocationTimeline) return "heaptimeline";
  if (kind == CaptureKind::kCpuProfile) return "cpuprofile";
  return runtime == RuntimeKind::kRuby ? "heap.json" : "heapsnapshot";
}

}  // namespace tidemark
