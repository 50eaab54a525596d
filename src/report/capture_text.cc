#include "report/capture_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/process_text.h"
#include "report/safe_text.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

std::string bytes(std::uint64_t count) { return format_bytes(static_cast<std::int64_t>(count)); }

// As --kind says it.
std::string option_word(CaptureKind kind) {
  std::string word(word_for(kind));
  std::ranges::replace(word, '_', '-');
  return word;
}

std::string place(const std::string& limited_by) {
  return limited_by == "host" ? "this host" : limited_by;
}

// A heap of Ruby's that says where its objects came from.
bool is_allocation_sample(const CaptureAnswer& answer) {
  return answer.kind == CaptureKind::kAllocationProfile &&
         answer.process.runtime == RuntimeKind::kRuby;
}

std::string redaction_line(const CaptureAnswer& answer) {
  if (!answer.holds_contents || answer.redacted == Contents::kKept) return {};
  return wrap(answer.redacted == Contents::kDropped
                  ? "The contents of strings were left out."
                  : "The contents of strings were replaced by salted names.");
}

std::string cost_line(const CaptureAnswer& answer) {
  const CaptureMethod by = answer.method;
  const bool usual = by == CaptureMethod::kFork || by == CaptureMethod::kInjection;
  std::string cost = usual ? "The process" : fmt::format("By {}: the process", word_for(by));
  const double pause = answer.pause_milliseconds.value_or(0);
  const double stopped = answer.stopped_milliseconds.value_or(0);
  cost += fmt::format(" paused for {}", format_milliseconds(pause));
  if (stopped > 0 && pause > stopped) {
    cost += fmt::format(" (under ptrace {})", format_milliseconds(stopped));
  }
  if (answer.copy_peak_bytes) {
    cost +=
        fmt::format("; the copy took {} of its own and is gone", bytes(*answer.copy_peak_bytes));
  }
  return wrap(cost + ".");
}

}  // namespace

std::string capture_text(const CaptureAnswer& answer, const TextStyle& style) {
  std::string out = process_head(answer.process, style) + "\n";
  out += wrap(fmt::format("{} in {:.1f} s, {} stored as {}", bytes(answer.bytes), answer.seconds,
                          bytes(answer.stored_bytes), style.bold(safe_text(answer.path))));
  out += redaction_line(answer);
  if (!answer.pause_milliseconds) return out;
  out += cost_line(answer);
  const bool sample = is_allocation_sample(answer);
  const bool last = answer.number == answer.count;
  if (!last || (answer.kind != CaptureKind::kHeap && !sample)) return out;
  return out + fmt::format("\nNext: tidemark summary {}{}\n", safe_text(answer.path),
                           sample ? " --by site" : "");
}

std::string capture_text(const CaptureSeriesAnswer& answer) {
  std::string dumps;
  for (const SeriesCapture& one : answer.captures) dumps += " " + safe_text(one.path);
  return fmt::format("\nNext: tidemark suspects{}\n", dumps);
}

std::string capture_text(const CapturePlanAnswer& answer, const TextStyle& style) {
  std::string out = process_head(answer.process, style);
  if (!answer.outlook) return out;
  const MethodOutlook& outlook = *answer.outlook;
  const CaptureMemory& memory = answer.memory;
  const bool ours = outlook.method == CaptureMethod::kFork &&
                    memory.copy_counts_in == CaptureMemory::CountsIn::kOwn;
  const std::string plan = fmt::format(
      "Would capture its {} by {}: a pause of {}, about {} of memory {}; {} is free of {} ({}{}).",
      option_word(answer.kind), word_for(outlook.method),
      format_milliseconds(outlook.cost.pause_low_ms, outlook.cost.pause_high_ms),
      bytes(outlook.cost.memory_bytes),
      outlook.cost.memory_stays ? "that stays in the process" : "for as long as it takes",
      bytes(ours ? memory.copy_free_bytes : memory.free_bytes),
      bytes(ours ? memory.copy_limit_bytes : memory.limit_bytes),
      place(ours ? memory.copy_limited_by : memory.limited_by),
      ours ? "; the copy does not count in the app's control group" : "");
  return out + "\n" + wrap(plan) + wrap("Nothing was touched.");
}

std::string allocation_tracing_text(const AllocationTracingAnswer& answer) {
  const char* const again = answer.was_on == answer.on ? "already " : "";
  if (!answer.on) {
    return fmt::format("Allocation tracing of process {} is {}off.\n", answer.pid, again);
  }
  return fmt::format(
      "Allocation tracing of process {} is {}on. A busy app does a quarter to a third of its work "
      "meanwhile,\nand takes memory for every object, so not for long:\n\n"
      "Next: tidemark capture {}; tidemark capture {} --trace-allocations off\n",
      answer.pid, again, answer.pid, answer.pid);
}

std::string chosen_text(const std::vector<RuntimeProcess>& candidates, const std::string& target,
                        const TextStyle& style) {
  return fmt::format(
      "{} processes are called '{}'; the largest is taken (*), a pid chooses another:\n{}\n",
      candidates.size(), safe_text(target),
      processes_table(candidates, candidates.front().pid, style));
}

}  // namespace tidemark
