#include "capture/capture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/file_descriptor.h"
#include "capture/gc_stats.h"
#include "host/host.h"
#include "runtimes/driver.h"
#include "runtimes/node/inspector.h"
#include "runtimes/node/inspector_capture.h"
#include "runtimes/preload/preload_capture.h"
#include "runtimes/preload/rbtrace_capture.h"
#include "runtimes/ruby/allocation_sample.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

CaptureReport report_of(const ForkCapture& done) {
  CaptureReport report;
  report.stopped_ms = milliseconds(done.times.stopped);
  report.pause_ms = milliseconds(std::max(done.times.pause, done.times.stopped));
  report.waited_ms = milliseconds(done.times.waited);
  report.bytes = done.bytes;
  report.copy_peak_bytes = done.copy_peak_bytes;
  if (!done.unreaped.empty()) {
    report.warning = fmt::format(
        "the copy has ended, but its entry in the process table stays until the process or the "
        "next capture collects it ({})",
        done.unreaped);
  }
  return report;
}

Result<CaptureReport> by_fork(const Diagnosis& d, const CaptureRequest& request, ByteSink& sink,
                              Monitor& monitor) {
  MemoryRoomWatch room(this_machine(), d.status.pid);
  if (d.copy_groups) room.include(getpid());
  const PumpLimits limits{.timeout = request.timeout, .room = &room};
  if (request.kind == CaptureKind::kAllocationProfile) {
    RubyForkOptions options;
    options.limits = limits;
    options.groups = d.copy_groups;
    options.code = ruby_heap_code(request.collect_first);
    const auto sample =
        sample_allocations(d.status.pid, *d.runtime, request.seconds, options, sink, monitor);
    if (!sample) return std::unexpected(sample.error());
    CaptureReport report = report_of(sample->heap);
    if (!sample->still_traced.empty()) report.warning = sample->still_traced;
    return report;
  }
  const auto done =
      driver_of(d.runtime->kind)
          .capture_heap(
              d.status.pid, *d.runtime, sink,
              {.limits = limits, .groups = d.copy_groups, .collect_first = request.collect_first},
              monitor);
  if (!done) return std::unexpected(done.error());
  return report_of(*done);
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

// By the file of ours that the process has loaded, or that the gem rbtrace has it load.
Result<CaptureReport> by_our_file(const Diagnosis& d, const CaptureRequest& request, ByteSink& sink,
                                  Monitor& monitor) {
  const MemoryRoomWatch room(this_machine(), d.status.pid);
  std::string words = kind_name(request.kind);
  const bool at_once = request.kind == CaptureKind::kHeap || request.kind == CaptureKind::kGcStats;
  if (at_once && request.collect_first) words += " gc";
  if (!at_once) words += fmt::format(" {}", request.seconds.count());
  const PumpLimits limits{.timeout = request.timeout + request.seconds, .room = &room};
  const auto done = request.method == CaptureMethod::kRbtrace
                        ? capture_by_rbtrace(d.status, *d.runtime, words, sink, limits, monitor)
                        : capture_by_preload(d.status, words, sink, limits, monitor);
  if (!done) return std::unexpected(done.error());
  CaptureReport report;
  report.pause_ms = milliseconds(done->pause);
  report.bytes = done->bytes;
  return report;
}

}  // namespace

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

bool holds_contents(RuntimeKind runtime, CaptureKind kind) {
  const bool ruby_sample = runtime == RuntimeKind::kRuby && kind == CaptureKind::kAllocationProfile;
  return kind == CaptureKind::kHeap || kind == CaptureKind::kAllocationTimeline || ruby_sample;
}

std::vector<CaptureMethod> methods_for(RuntimeKind runtime, CaptureKind kind) {
  using enum CaptureMethod;
  const bool node = runtime == RuntimeKind::kNode;
  switch (kind) {
    case CaptureKind::kHeap:
      if (node) return {kFork, kInspector, kPreload};
      return {kFork, kRbtrace, kPreload};
    case CaptureKind::kGcStats:
      if (node) return {kInjection, kInspector, kPreload};
      return {kInjection, kRbtrace, kPreload};
    case CaptureKind::kAllocationProfile:
      if (node) return {kInspector, kPreload};
      return {kFork, kRbtrace, kPreload};
    case CaptureKind::kAllocationTimeline:
    case CaptureKind::kCpuProfile:
      if (node) return {kInspector, kPreload};
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

std::vector<MethodOutlook> passed_over(const Diagnosis& diagnosis, CaptureKind kind,
                                       CaptureMethod method) {
  std::vector<MethodOutlook> passed;
  for (const CaptureMethod other : methods_for(diagnosis.runtime->kind, kind)) {
    if (other == method) return passed;
    const MethodOutlook* outlook = outlook_of(diagnosis, other);
    if (outlook != nullptr && !outlook->possible) passed.push_back(*outlook);
  }
  return {};
}

std::optional<CaptureMethod> next_method(const Diagnosis& diagnosis, CaptureKind kind,
                                         CaptureMethod method) {
  if (diagnosis.runtime->kind != RuntimeKind::kRuby) return std::nullopt;
  bool after = false;
  for (const CaptureMethod other : methods_for(RuntimeKind::kRuby, kind)) {
    const MethodOutlook* outlook = outlook_of(diagnosis, other);
    if (after && outlook != nullptr && outlook->possible) return other;
    after = after || other == method;
  }
  return std::nullopt;
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

// With all that would help.
std::unexpected<Error> impossible(const Diagnosis& diagnosis, const MethodOutlook* outlook) {
  if (outlook == nullptr) return fail(ErrorCode::kUnsupported, "there is no such method");
  std::string help = outlook->remedy;
  std::string why = outlook->obstacle;
  if (std::ranges::none_of(diagnosis.methods, &MethodOutlook::possible)) {
    for (const MethodOutlook& other : diagnosis.methods) {
      if (other.method == outlook->method) continue;
      why += fmt::format("; {}: {}", method_name(other.method), other.obstacle);
      if (other.method == CaptureMethod::kPreload)
        help += fmt::format("{}{}", help.empty() ? "" : "; or ", other.remedy);
    }
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("cannot capture process {}: {}", diagnosis.status.pid, why), help);
}

}  // namespace

Result<void> allow_capture(const Diagnosis& diagnosis, const CaptureRequest& request) {
  const Runtime& runtime = *diagnosis.runtime;
  if (auto known = known_combination(runtime.kind, runtime.name(), request); !known) return known;
  const MethodOutlook* outlook = outlook_of(diagnosis, request.method);
  if (outlook == nullptr || !outlook->possible) return impossible(diagnosis, outlook);
  if (holds_contents(runtime.kind, request.kind) && !outlook->fits && !request.force) {
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
    case CaptureMethod::kRbtrace:
    case CaptureMethod::kPreload:
      return by_our_file(diagnosis, request, sink, monitor);
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
  if (kind == CaptureKind::kAllocationProfile)
    return runtime == RuntimeKind::kRuby ? "alloc.heap.json" : "heapprofile";
  if (kind == CaptureKind::kAllocationTimeline) return "heaptimeline";
  if (kind == CaptureKind::kCpuProfile) return "cpuprofile";
  return runtime == RuntimeKind::kRuby ? "heap.json" : "heapsnapshot";
}

}  // namespace tidemark
