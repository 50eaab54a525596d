// How `doctor` and `capture` answer.
#pragma once

#include <string>
#include <vector>

#include "capture/capture.h"
#include "capture/plan.h"
#include "capture/target/find_process.h"
#include "report/style.h"
#include "report/text_sink.h"

namespace tidemark {

std::string doctor_text(const Diagnosis& diagnosis, const TextStyle& style);
void doctor_json(const Diagnosis& diagnosis, TextSink& out);

// Processes to choose from; `chosen` is marked. pid 0 marks none.
std::string candidates_text(const std::vector<Candidate>& candidates, pid_t chosen,
                            const TextStyle& style);
void candidates_json(const std::vector<Candidate>& candidates, TextSink& out);

// What a capture would do, for --dry-run: the doctor's line for one method.
std::string dry_run_text(const Diagnosis& diagnosis, const CaptureRequest& request,
                         const TextStyle& style);

// One capture that was taken: where it is and what it cost. `path` may be "-".
struct CaptureRecord {
  const Diagnosis& diagnosis;
  const CaptureRequest& request;
  const CaptureReport& report;
  std::string path;
  std::string taken_at;          // UTC, ISO 8601
  std::string redacted = "off";  // as --redact says it
  bool last = true;              // no other of a series follows
};
std::string capture_text(const CaptureRecord& record, const TextStyle& style);
// The document beside the capture, which --format json prints as well.
void capture_json(const CaptureRecord& record, TextSink& out);

}  // namespace tidemark
