// Captures of a live process: one, or a series of the same process.
//
// What is done to the process is in capture/; here is what the captures are called, where they go,
// which method is tried after which, when the next of a series is due, and what is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/live/doctor.h"
#include "answers/live/process.h"
#include "base/monitor.h"
#include "base/result.h"
#include "capture/capture.h"
#include "schema/fields.h"

namespace tidemark {

enum class Contents : std::uint8_t { kKept, kDropped, kSalted };  // of strings
template <>
inline constexpr auto kWordsOf<Contents> = std::to_array<WordOf<Contents>>({
    {Contents::kKept, "off", "contents of strings are in it"},
    {Contents::kDropped, "drop", "contents of strings are left out"},
    {Contents::kSalted, "salt", "names stand in their place, equal where the contents are"},
});

struct CaptureSeriesRequest {
  std::string target;  // a pid, or the name of a process; of several the largest is taken
  std::string output;  // a file, a folder/, s3://bucket/key, "-" for standard output; empty: here
  CaptureKind kind = CaptureKind::kHeap;
  std::optional<CaptureMethod> method;  // none: the gentlest that comes to a capture
  Contents contents = Contents::kKept;
  std::string salt;            // kSalted: empty for one that nobody knows
  bool plain = false;          // not compressed
  bool collect_first = false;  // garbage
  bool force = false;          // although memory does not suffice by the estimate
  std::chrono::seconds timeout{600};
  std::chrono::seconds seconds{10};  // how long a profile lasts

  std::uint64_t count = 1;
  // Between two captures, both as far as given: this long, and this much more memory.
  std::optional<std::chrono::seconds> every;
  std::optional<std::uint64_t> grow_bytes;
};

// One capture that was taken: where it is and what it cost.
struct CaptureAnswer {
  std::string path;  // "-": standard output
  std::string taken_at;
  std::string host;
  RuntimeProcess process;
  CaptureKind kind = CaptureKind::kHeap;
  CaptureMethod method = CaptureMethod::kFork;
  bool collected_first = false;
  Contents redacted = Contents::kKept;
  bool holds_contents =
      false;  // such a capture has contents in it, or had before they were taken out
  std::uint64_t bytes = 0;
  std::uint64_t stored_bytes = 0;
  double seconds = 0;
  std::optional<double> pause_milliseconds;    // the longest; none: not known
  std::optional<double> stopped_milliseconds;  // none: not by ptrace
  double waited_milliseconds = 0;
  std::optional<std::uint64_t> copy_peak_bytes;  // none: there was no copy
  bool ids_comparable = false;
  std::uint64_t number = 1;  // of the series
  std::uint64_t count = 1;
  std::vector<Notice> notices;
};

struct SeriesCapture {
  std::string path;
  std::string taken_at;
  std::uint64_t resident_bytes = 0;
  std::uint64_t stored_bytes = 0;
};

struct CaptureSeriesAnswer {
  RuntimeProcess process;  // as it was at the last one
  CaptureKind kind = CaptureKind::kHeap;
  std::vector<SeriesCapture> captures;
  std::vector<Notice> notices;
};

// What a capture would take, with nothing touched.
struct CapturePlanAnswer {
  RuntimeProcess process;
  CaptureKind kind = CaptureKind::kHeap;
  std::optional<MethodOutlook> outlook;  // of the method to be used; none: not for this runtime
  CaptureMemory memory;
  std::vector<Check> checks;
  std::vector<MethodOutlook> methods;  // for a heap, the gentlest first
  std::optional<Error> refused;        // why it would not be taken
  std::vector<Notice> notices;
};

// Told of what happens, as it happens, by the thread that asked.
class CaptureListener {
 public:
  CaptureListener() = default;
  CaptureListener(const CaptureListener&) = delete;
  CaptureListener& operator=(const CaptureListener&) = delete;
  virtual ~CaptureListener() = default;

  // Several processes are called as the target says; the first of them is taken.
  virtual void chosen(const std::vector<RuntimeProcess>& /*candidates*/) {}
  // Each will be among the notices of a capture.
  virtual void noticed(const Notice& /*notice*/) {}
  // What is stored beside the capture, as PATH.info.json; empty: nothing.
  virtual std::string facts(const CaptureAnswer& /*capture*/) { return {}; }
  // It is stored, and so is what stands beside it.
  virtual void captured(const CaptureAnswer& /*capture*/) {}
};

// Waits for other captures of the process, and for other copies on this host, a minute at most.
// Errors: those of find_targets(), diagnose(), allow_capture() and take_capture(); kUsage for an
// output that does not hold a series; kIo when the process ends before the last one. Those that
// were taken stay. Not from several threads at a time: it forks.
Result<CaptureSeriesAnswer> answer(const CaptureSeriesRequest& request, CaptureListener& listener,
                                   Monitor& monitor);
// The same up to where the process would be touched.
Result<CapturePlanAnswer> plan_capture(const CaptureSeriesRequest& request,
                                       CaptureListener& listener, Monitor& monitor);

void describe(Fields& fields, const SeriesCapture& capture);
void describe(Fields& fields, const CaptureAnswer& answer);
void describe(Fields& fields, const CaptureSeriesAnswer& answer);
void describe(Fields& fields, const CapturePlanAnswer& answer);

}  // namespace tidemark
