// What can be captured here: the processes of this machine, and, of one, by which method, at what
// price, and what stands in the way. Changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/live/capture_words.h"
#include "answers/live/process.h"
#include "base/monitor.h"
#include "base/result.h"
#include "capture/plan.h"
#include "schema/fields.h"

namespace tidemark {

struct DoctorRequest {};

struct DoctorAnswer {
  std::vector<RuntimeProcess> processes;  // the largest first, parents of others last
  std::vector<Notice> notices;
};

// Every Ruby and Node.js process that this user may look at or that answers; without this one.
// Fails never.
Result<DoctorAnswer> answer(const DoctorRequest& request, Monitor& monitor);
void describe(Fields& fields, const DoctorAnswer& answer);

// What control groups and the host leave to the app and to a copy of it.
struct CaptureMemory {
  enum class CountsIn : std::uint8_t { kApp, kOwn };

  std::uint64_t free_bytes = 0;  // of `limit_bytes`, before something is killed
  std::uint64_t limit_bytes = 0;
  std::string limited_by;  // "host", or the path of a control group
  CountsIn copy_counts_in = CountsIn::kApp;
  std::uint64_t copy_free_bytes = 0;
  std::uint64_t copy_limit_bytes = 0;
  std::string copy_limited_by;
};
template <>
inline constexpr auto kWordsOf<CaptureMemory::CountsIn> =
    std::to_array<WordOf<CaptureMemory::CountsIn>>({
        {CaptureMemory::CountsIn::kApp, "app", "in the control group of the app"},
        {CaptureMemory::CountsIn::kOwn, "own", "in that of tidemark"},
    });
template <>
inline constexpr auto kWordsOf<CheckResult> = std::to_array<WordOf<CheckResult>>({
    {CheckResult::kFine, "fine", "nothing in the way"},
    {CheckResult::kWarning, "warning", "something to mind"},
    {CheckResult::kObstacle, "obstacle", "it rules methods out"},
});

struct DoctorTargetRequest {
  std::string target;  // a pid, or the name of a process
};

struct DoctorTargetAnswer {
  RuntimeProcess process;
  std::vector<RuntimeProcess> candidates;  // all that are so called; the first is the one examined
  CaptureMemory memory;
  std::vector<Check> checks;
  std::vector<MethodOutlook> methods;        // for a heap, the gentlest first
  std::optional<CaptureMethod> best_method;  // for a heap; none is possible: none
  std::vector<Notice> notices;
};

// Attaches to the process for a moment without stopping it. Errors: kNotFound; kUnsupported when it
// is neither Ruby nor Node.js, or protects itself.
Result<DoctorTargetAnswer> answer(const DoctorTargetRequest& request, Monitor& monitor);
void describe(Fields& fields, const DoctorTargetAnswer& answer);

// Parts of documents that others have as well.
CaptureMemory capture_memory(const Diagnosis& diagnosis);
void describe(Fields& fields, const CaptureMemory& memory);
void describe(Fields& fields, const CostEstimate& cost);
void describe(Fields& fields, const MethodOutlook& outlook);
void describe(Fields& fields, const Check& check);

}  // namespace tidemark
