#include "answers/live/doctor.h"

namespace tidemark {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

void describe(Fields& fields, const CaptureMemory& memory) {
  fields.record("CaptureMemory", "What the app, and a copy of it, may still take.");
  fields("free_bytes", memory.free_bytes, "what the app can have before something is killed");
  fields("limit_bytes", memory.limit_bytes, "of which that is left");
  fields("limited_by", memory.limited_by, "\"host\", or the path of a control group");
  fields("copy_counts_in", memory.copy_counts_in, "in whose control group a forked copy counts");
  fields("copy_free_bytes", memory.copy_free_bytes, "what the copy can have");
  fields("copy_limit_bytes", memory.copy_limit_bytes, "of which that is left");
  fields("copy_limited_by", memory.copy_limited_by, "\"host\", or the path of a control group");
}

void describe(Fields& fields, const CostEstimate& cost) {
  fields.record("CaptureCost", "What a capture is expected to cost, from measurements.");
  fields("pause_low_milliseconds", cost.pause_low_ms, "the process does nothing for so long");
  fields("pause_high_milliseconds", cost.pause_high_ms, "or for so long at most");
  fields("memory_bytes", cost.memory_bytes, "needed on top of what is used now");
  fields("memory_stays", cost.memory_stays, "in the process, after the capture");
}

void describe(Fields& fields, const MethodOutlook& outlook) {
  fields.record("CaptureOutlook", "Whether a method would come to a capture, and at what price.");
  fields("method", outlook.method, "how");
  fields("possible", outlook.possible, "as things stand");
  fields("fits", outlook.fits, "in the memory that is free; else --force tries");
  fields("estimate", outlook.cost, "what it would cost");
  fields("obstacle", unless_empty(outlook.obstacle),
         "why it is not possible, or why not without --force; null: nothing");
  fields("remedy", unless_empty(outlook.remedy), "what would change that; null: not known");
}

void describe(Fields& fields, const Check& check) {
  fields.record("CaptureCheck", "Something that was looked at because captures depend on it.");
  fields("name", check.name, "what, in a word");
  fields("result", check.result, "how it stands");
  fields("text", check.text, "the same in a sentence");
}

void describe(Fields& fields, const DoctorAnswer& answer) {
  fields.document("doctor", 2, "The Ruby and Node.js processes of this machine.", answer.notices);
  fields("processes", answer.processes,
         "those that this user may look at, the largest first, parents of others last");
}

void describe(Fields& fields, const DoctorTargetAnswer& answer) {
  fields.document("doctor_target", 2,
                  "What can be captured of a process, by which method, at what price, and what "
                  "stands in the way.",
                  answer.notices);
  fields("process", answer.process, "the one that was examined");
  fields("candidates", answer.candidates,
         "all that the target names; the first is the one that was examined");
  fields("memory", answer.memory, "what may still be taken");
  fields("checks", answer.checks, "what was looked at");
  fields("methods", answer.methods, "for a heap, the gentlest first");
  fields("best_method", answer.best_method,
         "that a capture of the heap would take; null: none is possible");
}

}  // namespace tidemark
