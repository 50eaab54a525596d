#include "answers/live/capture.h"

namespace tidemark {

void describe(Fields& fields, const SeriesCapture& capture) {
  fields.record("SeriesCapture", "One capture of a series.");
  fields("path", capture.path, "where it is");
  fields("taken_at", capture.taken_at, "when");
  fields("resident_bytes", capture.resident_bytes, "memory of the process then (RSS)");
  fields("stored_bytes", capture.stored_bytes, "that it takes where it is");
}

void describe(Fields& fields, const CaptureAnswer& answer) {
  fields.document("capture", 2, "A capture that was taken: where it is and what it cost.",
                  answer.notices);
  fields("path", answer.path, "where it is");
  fields("taken_at", answer.taken_at, "when it was begun");
  fields("host", answer.host, "the machine's name");
  fields("process", answer.process, "what was captured, as it was before");
  fields("kind", answer.kind, "what was taken");
  fields("method", answer.method, "how");
  fields("collected_first", answer.collected_first, "garbage was collected before");
  fields("redacted", answer.redacted, "what was done to the contents of strings");
  fields("holds_contents", answer.holds_contents,
         "captures of this kind hold contents of strings where they are not redacted");
  fields("bytes", answer.bytes, "that the process wrote");
  fields("stored_bytes", answer.stored_bytes, "that were stored, compressed or not");
  fields("seconds", answer.seconds, "that all of it took");
  fields("pause_milliseconds", answer.pause_milliseconds,
         "the longest time that the process did nothing; null: not known");
  fields("stopped_milliseconds", answer.stopped_milliseconds,
         "the longest time that it stood still under ptrace; null: it did not");
  fields("waited_milliseconds", answer.waited_milliseconds,
         "until a good moment came, the process running");
  fields("copy_peak_bytes", answer.copy_peak_bytes,
         "memory that the copy took of its own; null: there was none");
  fields("ids_comparable", answer.ids_comparable,
         "an object has the same id in all captures of this process");
  fields("number", answer.number, "which one it is of a series, from 1");
  fields("count", answer.count, "how many the series is to have");
}

void describe(Fields& fields, const CaptureSeriesAnswer& answer) {
  fields.document("capture_series", 2, "Captures of one process, taken one after the other.",
                  answer.notices);
  fields("process", answer.process, "as it was before the last one");
  fields("kind", answer.kind, "what was taken");
  fields("captures", answer.captures, "in the order in which they were taken");
}

void describe(Fields& fields, const CapturePlanAnswer& answer) {
  fields.document("capture_plan", 2, "What a capture would take; nothing was touched.",
                  answer.notices);
  fields("process", answer.process, "what would be captured");
  fields("kind", answer.kind, "what would be taken");
  fields("outlook", answer.outlook,
         "of the method to be used; null: there is none for this runtime");
  fields("memory", answer.memory, "what may still be taken");
  fields("checks", answer.checks, "what was looked at");
  fields("methods", answer.methods, "for a heap, the gentlest first");
  fields("refused", answer.refused, "why it would not be taken; null: it would");
}

}  // namespace tidemark
