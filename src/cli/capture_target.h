// Where captures go: names, places, and what is stored beside them.
#pragma once

#include <memory>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "capture/plan.h"
#include "cli/capture_report.h"
#include "transfer/byte_sink.h"

namespace tidemark {

// The time now, in UTC, by strftime(3).
std::string utc_now(const char* format);

struct CaptureNaming {
  std::string output;  // as given: empty, a file, a folder, "-", s3://...
  bool plain = false;  // not compressed
  std::string growth;  // "+3.0MB", in a series; or empty
  CaptureKind kind = CaptureKind::kHeap;
};

// The place of one capture, its own name put to a folder or a prefix. Errors: kUsage.
Result<std::string> capture_path(const Diagnosis& diagnosis, const CaptureNaming& naming);
// May several captures go there without writing over each other?
bool holds_several(const std::string& output);

// Errors: kIo, kUsage.
Result<std::unique_ptr<ByteSink>> open_capture_sink(const std::string& path, bool plain,
                                                    const Diagnosis& diagnosis,
                                                    const Monitor& monitor);
// The capture's facts beside it, as private as it is.
Result<void> write_capture_facts(const CaptureRecord& record, const Monitor& monitor);

}  // namespace tidemark
