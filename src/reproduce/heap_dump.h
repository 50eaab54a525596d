// One heap dump of a live process into a file, from a forked copy (capture/).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "capture/capture.h"
#include "capture/gc_stats.h"

namespace tidemark {

// Waits for the turn to capture, at most two minutes: one capture at a time on a host. Garbage is
// collected in the copy first where memory is ample. Errors: those of take_capture().
Result<CaptureReport> dump_heap(pid_t pid, const std::string& path, Monitor& monitor);

// A capture of another kind that is one document, uncompressed: statistics, a profile.
Result<CaptureReport> take_document(pid_t pid, CaptureKind kind, std::chrono::seconds seconds,
                                    const std::string& path, Monitor& monitor);

// The collector's own numbers, after waiting for the turn as well. Errors: those of GcStatsReader.
Result<GcStats> gc_statistics(pid_t pid, Monitor& monitor);

// What a process is. Errors: kUnsupported when it is neither Ruby nor Node.js, or cannot be
// captured here, with the reason.
struct DumpOutlook {
  std::string program;  // "Ruby 3.1.2"
  bool node = false;
};
Result<DumpOutlook> dump_outlook(pid_t pid);

}  // namespace tidemark
