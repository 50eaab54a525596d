#include <cmath>

#include "answers/size/size.h"

namespace tidemark {
namespace {

std::int64_t whole(double bytes) { return std::llround(bytes); }

std::optional<std::string> name_of(const std::optional<DynoSize>& dyno) {
  return dyno ? std::optional(dyno->name) : std::nullopt;
}

}  // namespace

void describe(Fields& fields, const SizingCell& cell) {
  fields.record("SizingCell", "A setting, and what is to be expected of it.");
  fields("workers", cell.processes, "processes that serve");
  fields("threads", cell.threads, "of each");
  fields("median_bytes", whole(cell.median), "its plateau: the highest memory between restarts");
  fields("p95_bytes", whole(cell.high), "19 in 20 stay below");
  fields("over_quota_odds", cell.over_quota, "to pass the quota between restarts");
  fields("over_headroom_odds", cell.chance, "to pass the quota less what is to stay free");
  fields("busy_share", cell.busy, "of the time that a thread is busy");
  fields("mean_wait_seconds", std::isfinite(cell.wait) ? std::optional(cell.wait) : std::nullopt,
         "for a thread; null: more comes than can be served");
  fields("fits", cell.fits, "by its odds");
  fields("serves", cell.serves, "the requests that come");
  fields("worthwhile", cell.worthwhile, "no other one that fits needs less memory and waits less");
}

void describe(Fields& fields, const PeakCut& cut) {
  fields.record("PeakCut", "What would be gained by halving the peaks of an endpoint.");
  fields("endpoint", cut.endpoint, "that gains most");
  fields("median_bytes", whole(cut.median), "the plateau afterwards");
}

void describe(Fields& fields, const MeasuredWorkers& measured) {
  fields.record("MeasuredWorkers", "What was read of the workers that run.");
  fields("total_bytes", whole(measured.total), "of the server, shared pages counted once");
  fields("shared_bytes", whole(measured.shared), "of that, all that is not a worker's own");
  fields("private_bytes_per_worker", whole(measured.own), "that it shares with nobody, on average");
  fields("resident_bytes_summed",
         measured.resident ? std::optional(whole(*measured.resident)) : std::nullopt,
         "what adding up resident memory says; null: not known");
}

void describe(Fields& fields, const SizeAnswer& answer) {
  fields.document("size", 2, "How many workers and threads fit into a quota.", answer.notices);
  fields("quota_bytes", whole(answer.quota), "that may be used");
  fields("dyno", name_of(answer.dyno), "whose quota it is; null: of no dyno");
  fields("kill_bytes",
         answer.dyno ? static_cast<std::int64_t>(answer.dyno->kill_at) : whole(answer.quota),
         "at which the platform kills");
  fields("headroom_share", answer.headroom, "of the quota, to keep free");
  fields("seconds", answer.seconds, "between restarts");
  fields("app", answer.app, "what kind it is");
  fields("workers", answer.workers > 0 ? std::optional(answer.workers) : std::nullopt,
         "that run now; null: not known");
  fields("threads", answer.threads, "of each, now");
  fields("requests_per_second", answer.rate, "that come in all, at the busy time");
  fields("base_bytes", whole(answer.base), "of a worker before any request");
  fields("shared_bytes", whole(answer.shared), "by all workers");
  fields("known", answer.known, "what was measured, and what was taken to be so");
  fields("certainty", answer.certainty, "how good it is");
  fields("certainty_reason", answer.confidence, "why");
  fields("plateau_is_a_lower_bound", answer.at_least, "memory was not seen to settle");
  fields("measured", answer.measured, "null: nothing was read of the workers themselves");
  fields("now", answer.now, "the present setting; null: not known");
  fields("recommended", answer.chosen, "the setting to take; null: none fits and serves");
  fields("recommended_with_default_arenas", answer.scattered,
         "the same if each thread keeps what it freed; null: it has one thread");
  fields("settings", answer.settings, "what to set for it");
  fields("workers_that_fit", answer.workers_that_fit, "with the threads of now");
  fields("quota_needed_bytes", whole(answer.needed), "for the present setting, or the least one");
  fields("dyno_needed", name_of(answer.dyno_needed), "the smallest with that quota; null: none");
  fields("least_quota_bytes", whole(answer.least_needed), "for one worker with one thread");
  fields("cut_first", answer.cut, "the endpoint to make smaller; null: none gains anything");
  fields.rows("table", answer.table, "all settings, by workers, then threads");
}

}  // namespace tidemark
