#include "capture/capture.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "capture/node/inspector.h"
#include "capture/node/inspector_capture.h"
#include "capture/node/node_fork.h"
#include "capture/ruby/ruby_fork.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

const MethodOutlook* outlook_of(const Diagnosis& diagnosis, CaptureMethod method) {
  const auto found = std::ranges::find(diagnosis.methods, method, &MethodOutlook::method);
  return found == diagnosis.methods.end() ? nullptr : &*found;
}

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
    options.code = request.kind == CaptureKind::kGcStats ? ruby_gc_stats_code()
                                                         : ruby_heap_code(request.collect_first);
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

CaptureMethod best_method(const Diagnosis& diagnosis, CaptureKind kind) {
  const bool node = diagnosis.runtime->kind == RuntimeKind::kNode;
  if (node && kind != CaptureKind::kHeap) return CaptureMethod::kInspector;
  for (const MethodOutlook& outlook : diagnosis.methods) {
    if (outlook.possible) return outlook.method;
  }
  return CaptureMethod::kFork;
}

Result<void> allow_capture(const Diagnosis& diagnosis, const CaptureRequest& request) {
  const MethodOutlook* outlook = outlook_of(diagnosis, request.method);
  if (outlook == nullptr) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("--method {} is not for {}", method_name(request.method),
                            diagnosis.runtime->name()),
                "leave it away: the gentlest way is chosen");
  }
  const bool node = diagnosis.runtime->kind == RuntimeKind::kNode;
  const bool by_fork =
      request.kind == CaptureKind::kHeap || (!node && request.kind == CaptureKind::kGcStats);
  if (!node && !by_fork) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("--kind {} is for Node.js", kind_name(request.kind)),
                "for Ruby there are heap and gc-stats");
  }
  if (request.method == CaptureMethod::kFork && !by_fork) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("--kind {} needs the process itself, not a copy", kind_name(request.kind)),
        "leave --method away");
  }
  if (!outlook->possible) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("cannot capture process {}: {}", diagnosis.status.pid, outlook->obstacle),
        outlook->remedy);
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

Result<CaptureReport> take_capture(const Diagnosis& diagnosis, const CaptureRequest& request,
                                   ByteSink& sink, Monitor& monitor) {
  const auto begin = Clock::now();
  monitor.begin_phase("reading", 0);
  auto report = request.method == CaptureMethod::kInspector
                    ? by_inspector(diagnosis, request, sink, monitor)
                    : by_fork(diagnosis, request, sink, monitor);
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
