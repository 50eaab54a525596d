#include <optional>

#include "answers/series/watch.h"
#include "series/clock_text.h"

namespace tidemark {
void describe(Fields& fields, const WatchedProcess& process) {
  fields.record("WatchedProcess", "What a process takes at the moment.");
  fields("pid", process.pid > 0 ? std::optional(process.pid) : std::nullopt, "null: of a log");
  fields("name", process.name, "puma[4711]");
  fields("bytes", whole_bytes(process.bytes),
         "proportional with swap where it may be read, or resident");
  fields("unique_bytes", known_bytes(process.unique.value_or(0)), "what its end would free");
  fields("resident_bytes", whole_bytes(process.resident), "resident memory");
  fields("swap_bytes", whole_bytes(process.swap), "swapped out");
  fields("threads", process.threads, "how many");
}

void describe(Fields& fields, const WatchedHeap& heap) {
  fields.record("WatchedHeap", "The heaps of the runtimes, together.");
  fields("live_bytes", whole_bytes(heap.live), "objects after a collection");
  fields("size_bytes", whole_bytes(heap.size), "what the heaps take from the system");
}

void describe(Fields& fields, const WatchLook& look) {
  fields.record("WatchLook", "What one look at a target saw.");
  fields("at", format_iso_time(look.time), "when");
  fields("title", look.title, "of what is watched");
  fields("running", look.running, "does it run at the moment?");
  fields("bytes", known_bytes(look.bytes.value_or(0)), "of the whole, as last seen");
  fields("quota_bytes", known_bytes(look.quota), "that may be used");
  fields("pressure_share",
         look.pressure_percent ? std::optional(*look.pressure_percent / 100) : std::nullopt,
         "of the time that tasks waited for memory");
  fields("processes", look.processes, "that run");
  fields("heap", look.heap, "null: not sampled");
  fields("verdict", look.verdict, "so far");
  fields("confidence", look.confidence, "that this verdict is the right one");
  fields("last", look.last, "there will be no other");
}

void describe(Fields& fields, const WatchEvent& event) {
  fields.record("WatchEvent", "Something that happened to what is watched.");
  fields("title", event.title, "of what is watched");
  fields("event", event.event, "what");
}

void describe(Fields& fields, const VerdictChange& change) {
  fields.record("VerdictChange", "The verdict is another one than before.");
  fields("at", format_iso_time(change.time), "when");
  fields("title", change.title, "of what is watched");
  fields("before", change.before, "the verdict until then");
  fields("after", change.after, "the verdict from then on");
  fields("confidence", change.confidence, "that the new one is the right one");
}

void describe(Fields& fields, const TargetChange& change) {
  fields.record("TargetChange", "What is watched has gone, or is back.");
  fields("at", format_iso_time(change.time), "when");
  fields("title", change.title, "of what is watched");
  fields("running", change.running, "it is back");
}

}  // namespace tidemark
