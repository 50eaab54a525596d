#include <cmath>

#include "answers/estimate.h"
#include "answers/size/simulate.h"

namespace tidemark {
namespace {

std::int64_t whole(double bytes) { return std::llround(bytes); }

std::vector<std::int64_t> whole(const std::vector<double>& bytes) {
  std::vector<std::int64_t> out;
  for (const double one : bytes) out.push_back(whole(one));
  return out;
}

// Infinite: it does not come.
std::optional<double> finite(double seconds) {
  return std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

struct Rise {
  double half = 0;
  double ninety = 0;
  double ninety_nine = 0;
};

void describe(Fields& fields, const Rise& rise) {
  fields.record("Rise", "When the rise of the expected memory, the median, is done.");
  fields("seconds_to_50_percent", rise.half, "until half of it is");
  fields("seconds_to_90_percent", rise.ninety, "until nine tenths of it are");
  fields("seconds_to_99_percent", rise.ninety_nine, "until nearly all of it is");
}

// A point of the fit, and what the fitted model expects there.
struct FittedPoint {
  FitPoint measured;
  LevelBand expected;
};

void describe(Fields& fields, const FittedPoint& point) {
  fields.record("FittedPoint", "Memory as it was measured, beside the model that was fitted.");
  fields("age_seconds", point.measured.age, "since the life began");
  fields("highest_bytes", whole(point.measured.bytes), "the highest so far, measured");
  fields("expected", point.expected, "the same, by the model");
}

std::vector<FittedPoint> points_of(const ModelFit& fit) {
  std::vector<FittedPoint> out;
  for (std::size_t i = 0; i < fit.points.size(); ++i) {
    out.push_back({fit.points[i], i < fit.curve.size() ? fit.curve[i] : LevelBand{}});
  }
  return out;
}

}  // namespace

void describe(Fields& fields, const LevelSpread& spread) {
  fields.record("LevelSpread", "Levels that the highest memory stays below, with their chances.");
  fields("p5_bytes", whole(spread.low), "1 in 20 stay below");
  fields("median_bytes", whole(spread.median), "half stay below");
  fields("p95_bytes", whole(spread.high), "19 in 20 stay below");
}

void describe(Fields& fields, const LevelBand& band) {
  fields.record("LevelBand", "The highest memory so far, as expected at a time.");
  fields("seconds", band.seconds, "since the begin");
  fields("p5_bytes", whole(band.low), "1 in 20 are below");
  fields("median_bytes", whole(band.median), "half are below");
  fields("p95_bytes", whole(band.high), "19 in 20 are below");
}

void describe(Fields& fields, const LevelStep& step) {
  fields.record("LevelStep", "A new highest level.");
  fields("seconds", step.seconds, "since the begin");
  fields("bytes", whole(step.bytes), "the level");
}

void describe(Fields& fields, const Crossing& crossing) {
  fields.record("Crossing", "Whether the quota is passed.");
  fields("odds", Estimate{.value = crossing.chance, .low = crossing.low, .high = crossing.high},
         "that it is passed within the time");
  fields("by_law", crossing.from_law, "by the law of the high-water mark; else counted over runs");
  fields("median_seconds", finite(crossing.median_seconds),
         "until half of all such servers have passed it; null: they do not");
}

void describe(Fields& fields, const SimulatedServer& server) {
  fields.record("SimulatedServer", "The server that was simulated, and what it is asked.");
  fields("processes", server.processes, "that serve");
  fields("threads", server.threads, "of each process");
  fields("freed_memory_kept_by", server.ratchet, "who keeps freed memory for the next request");
  fields("heaps_per_process", server.heaps_per_process, "with a high-water mark of their own");
  fields("base_bytes", whole(server.base), "of a process before any request");
  fields("shared_bytes", whole(server.shared), "shared by all processes");
  fields("leak_bytes_per_request", server.leak, "that each request leaves behind");
  fields("gives_back_share", server.gives_back, "of freed memory that goes back to the system");
  fields("quota_bytes", server.quota ? std::optional(whole(*server.quota)) : std::nullopt,
         "that may be used; null: none was said");
  fields("arrivals", server.arrivals, "how requests come");
  fields("requests_per_second", server.completions_per_second, "served in all, when it keeps up");
  fields("busy_share", server.busy, "of the time that a thread is busy");
  fields("mean_request_seconds", server.mean_request_seconds, "that a request takes");
}

void describe(Fields& fields, const SimulatedRun& run) {
  const RunResult& result = run.result;
  fields.record("SimulatedRun", "One run, to look at.");
  fields("highest_bytes", whole(result.peak), "its highest memory");
  fields("end_bytes", whole(result.end), "its memory at the end");
  fields("one_heap_bytes", whole(run.one_heap), "its highest, if all threads were in one heap");
  fields("each_alone_bytes", whole(run.each_alone), "its highest, if each thread kept its own");
  fields("seconds_to_quota", finite(result.first_over_quota),
         "until the quota was passed; null: it was not");
  fields("seconds", result.seconds, "when it ended");
  fields("requests", result.requests, "served");
  fields("events", result.events, "simulated");
  fields("replaced_processes", result.recycled, "processes that were replaced");
  fields("mean_wait_seconds", result.mean_wait, "of a request, for a thread");
  fields("highest_so_far", result.peaks, "each time that it rose");
}

void describe(Fields& fields, const SimulatedRuns& runs) {
  fields.record("SimulatedRuns", "Many runs: the spread of what can happen.");
  fields("count", runs.peaks.size(), "runs");
  fields("over_quota", runs.over_quota, "of them, that passed the quota");
  fields("events", runs.events, "simulated in all");
  fields("spread", runs.spread, "of their highest memory");
  fields("highest_bytes", whole(runs.peaks), "of each, the lowest first");
}

void describe(Fields& fields, const FittedSeries& fitted) {
  const ModelFit& fit = fitted.fit;
  fields.record("FittedSeries", "Memory that was measured, and how well requests explain it.");
  fields("name", fitted.name, "of the series");
  fields("base_bytes", whole(fit.base), "of the whole server before the first request");
  fields("given_peaks_share", fit.factor, "peaks as fitted, over those given");
  fields("requests_per_second", fit.rate, "in all");
  fields("growth_bytes_per_hour", fit.growth, "that stay behind: not explained by requests");
  fields("median_error_share", fit.median_error, "half of the points are closer, of their level");
  fields("explained_share", fit.explained, "of the variance");
  fields("inside_band_share", fit.inside, "of the points, between 5 and 95 % of the model");
  fields("notes", fit.notes, "what keeps the fit from saying more");
  fields("points", points_of(fit), "measured and fitted");
}

void describe(Fields& fields, const SimulatedMoment& moment) {
  fields.record("SimulatedMoment", "The run at a time of its chart.");
  fields("seconds", moment.seconds, "since the begin");
  fields("held_bytes", moment.held ? std::optional(whole(*moment.held)) : std::nullopt,
         "the most that requests held since the moment before; null: nothing happened");
  fields("memory_bytes", whole(moment.memory), "of the server");
  fields("expected_p5_bytes", whole(moment.expected.low), "of the highest so far: 1 in 20 below");
  fields("expected_median_bytes", whole(moment.expected.median), "half below");
  fields("expected_p95_bytes", whole(moment.expected.high), "19 in 20 below");
  fields("thread_bytes", whole(moment.thread_held),
         "held by each thread; empty where not every request was kept");
}

void describe(Fields& fields, const SimulateAnswer& answer) {
  fields.document("simulate", 2, "What memory does when threads serve requests.", answer.notices);
  fields("seed", answer.seed, "of the run");
  fields("seconds", answer.seconds, "simulated");
  fields("server", answer.server, "what was simulated");
  fields("by_law", answer.by_law,
         "levels by the law of the high-water mark; else counted over the runs");
  fields("highest", answer.highest, "memory within the time");
  fields("one_heap", answer.one_heap, "if all threads were in one heap: the maximum of the sum");
  fields("each_alone", answer.each_alone, "if each kept its own: the sum of the maxima");
  fields("rise", Rise{answer.rise_half, answer.rise_90, answer.rise_99}, "how fast it comes");
  fields("crossing", answer.crossing, "of the quota; null: there is none");
  fields("expected", answer.curve, "the highest so far, over time");
  fields("run", answer.run, "one run to look at");
  fields.rows("moments", moments_of(answer), "that run over time; what --format csv has");
  fields("runs", answer.runs, "more runs; null: none were needed");
  fields("fit", answer.fitted, "what the server was fitted to; null: nothing");
}

}  // namespace tidemark
