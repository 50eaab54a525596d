#include "reproduce/heap_dump.h"

#include <chrono>
#include <thread>

#include "base/file_descriptor.h"
#include "capture/guard.h"
#include "capture/plan.h"
#include "capture/turn.h"

namespace tidemark {
namespace {

Result<FileDescriptor> wait_for_turn(const Monitor& monitor) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (true) {
    auto turn = take_turn();
    if (turn || std::chrono::steady_clock::now() > deadline) return turn;
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<CaptureReport> dump_heap(pid_t pid, const std::string& path, Monitor& monitor) {
  const auto turn = wait_for_turn(monitor);
  if (!turn) return std::unexpected(turn.error());
  const auto diagnosis = diagnose(this_machine(), pid);
  if (!diagnosis) return std::unexpected(diagnosis.error());
  CaptureRequest request;
  request.method = best_method(*diagnosis, request.kind);
  // It keeps the dump small, and costs the copy pages that it would else share.
  request.collect_first = diagnosis->runtime->kind == RuntimeKind::kRuby &&
                          diagnosis->status.resident_bytes < std::uint64_t{300} << 20U;
  if (auto allowed = allow_capture(*diagnosis, request); !allowed) {
    return std::unexpected(allowed.error());
  }
  const CaptureGuard guard = CaptureGuard::start(pid);
  auto file = file_sink(path);
  if (!file) return std::unexpected(file.error());
  const auto sink = zstd_sink(std::move(*file));
  return take_capture(*diagnosis, request, *sink, monitor);
}

Result<CaptureReport> take_document(pid_t pid, CaptureKind kind, std::chrono::seconds seconds,
                                    const std::string& path, Monitor& monitor) {
  const auto turn = wait_for_turn(monitor);
  if (!turn) return std::unexpected(turn.error());
  const auto diagnosis = diagnose(this_machine(), pid);
  if (!diagnosis) return std::unexpected(diagnosis.error());
  CaptureRequest request;
  request.kind = kind;
  request.method = best_method(*diagnosis, kind);
  request.seconds = seconds;
  if (auto allowed = allow_capture(*diagnosis, request); !allowed) {
    return std::unexpected(allowed.error());
  }
  const CaptureGuard guard = CaptureGuard::start(pid);
  auto file = file_sink(path);
  if (!file) return std::unexpected(file.error());
  return take_capture(*diagnosis, request, **file, monitor);
}

Result<GcStats> gc_statistics(pid_t pid, Monitor& monitor) {
  const auto turn = wait_for_turn(monitor);
  if (!turn) return std::unexpected(turn.error());
  auto reader = GcStatsReader::open(pid);
  if (!reader) return std::unexpected(reader.error());
  return reader->read_in_turn({}, monitor);
}

Result<DumpOutlook> dump_outlook(pid_t pid) {
  const auto diagnosis = diagnose(this_machine(), pid);
  if (!diagnosis) return std::unexpected(diagnosis.error());
  CaptureRequest request;
  request.method = best_method(*diagnosis, request.kind);
  if (auto allowed = allow_capture(*diagnosis, request); !allowed) {
    return std::unexpected(allowed.error());
  }
  return DumpOutlook{.program = diagnosis->runtime->title(),
                     .node = diagnosis->runtime->kind == RuntimeKind::kNode};
}

}  // namespace tidemark
