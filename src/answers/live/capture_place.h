// Where captures go: names and places.
#pragma once

#include <memory>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "capture/capture.h"
#include "transfer/byte_sink.h"

namespace tidemark {

// "2026-01-31T14:02:03Z", and this machine's name.
std::string time_now();
std::string host_name();

struct CaptureNaming {
  std::string output;  // a file, a folder, "-", s3://...; empty: this folder
  bool plain = false;  // not compressed
  std::string growth;  // "-plus-3.0MB", in a series; or empty
  CaptureKind kind = CaptureKind::kHeap;
};

// The place of one capture, its own name put to a folder or a prefix. Errors: kUsage.
Result<std::string> capture_path(const Diagnosis& diagnosis, const CaptureNaming& naming);
// May several captures go there without writing over each other?
bool holds_several(const std::string& output);

// Errors: kIo, kUsage.
Result<std::unique_ptr<ByteSink>> open_capture_sink(const std::string& path, bool plain, NameBy by,
                                                    const Diagnosis& diagnosis,
                                                    const Monitor& monitor);

}  // namespace tidemark
