#include "capture/capture.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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

Result<ForkCapture> fork_capture(const Diagnosis& d, const CaptureRequest& request, ByteSink& sink,
                                 const PumpLimits& limits, Monitor& monitor) {
  if (d.runtime->kind == RuntimeKind::kNode) {
    return capture_node(d.status.pid, *d.runtime, sink, {.limits = limits}, monitor);
  }
  RubyForkOptions options{.limits = limits, .code = {}};
  options.code = request.kind == CaptureKind::kGcStats ? ruby_gc_stats_code()
                                                       : ruby_heap_code(request.collect_first);
  return capture_ruby(d.status.pid, *d.runtime, sink, options, monitor);
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

CaptureMethod best_method(const Diagnosis& diagnosis) {
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
  if (!outlook->possible) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("cannot capture process {}: {}", diagnosis.status.pid, outlook->obstacle),
        outlook->remedy);
  }
  if (!outlook->fits && !request.force) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("a capture of process {} {}", diagnosis.status.pid, outlook->obstacle),
                outlook->remedy);
  }
  return {};
}

Result<CaptureReport> take_capture(const Diagnosis& diagnosis, const CaptureRequest& request,
                                   ByteSink& sink, Monitor& monitor) {
  const auto begin = Clock::now();
  const MemoryRoomWatch room(diagnosis.status.pid);
  const PumpLimits limits{.timeout = request.timeout, .room = &room};
  monitor.begin_phase("reading the heap", 0);
  const auto done = fork_capture(diagnosis, request, sink, limits, monitor);
  if (!done) {
    sink.abandon();
    return std::unexpected(done.error());
  }
  if (auto finished = sink.finish(); !finished) {
    sink.abandon();
    return std::unexpected(finished.error());
  }
  CaptureReport report;
  report.stopped_ms = milliseconds(done->times.stopped);
  report.pause_ms = milliseconds(std::max(done->times.pause, done->times.stopped));
  report.waited_ms = milliseconds(done->times.waited);
  report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  report.bytes = done->bytes;
  report.stored_bytes = sink.stored_bytes();
  report.copy_peak_bytes = done->copy_peak_bytes;
  if (!done->unreaped.empty()) {
    report.warning = fmt::format(
        "the copy has ended, but its entry in the process table stays until the "
        "process or the next capture collects it ({})",
        done->unreaped);
  }
  return report;
}

std::string file_extension(RuntimeKind runtime, CaptureKind kind) {
  if (kind == CaptureKind::kGcStats) return "gc.json";
  return runtime == RuntimeKind::kRuby ? "heap.json" : "heapsnapshot";
}

}  // namespace tidemark
