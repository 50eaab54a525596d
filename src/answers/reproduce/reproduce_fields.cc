#include <cmath>

#include "answers/estimate.h"
#include "answers/reproduce/load_fields.h"
#include "answers/reproduce/reproduce.h"
#include "answers/series/shapes.h"
#include "reproduce/baseline.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

struct ThreadGrowth {
  const GrowthTrend& trend;
};

}  // namespace

static void describe(Fields& fields, const ThreadGrowth& growth) {
  fields.record("ThreadGrowth", "How many more threads there are with each request, by a line.");
  fields("points", growth.trend.points, "measurements that it is made of");
  fields("growth_per_1000_requests", scaled(growth.trend.per_request, 1000), "the line's slope");
  fields("total", std::llround(growth.trend.total), "from the first measurement to the last");
  fields("pace_kept_share", growth.trend.pace_kept,
         "the pace of the last half, to that of the whole");
  fields("rises", growth.trend.rises, "steps with more threads at their end");
}

static void describe(Fields& fields, const Conclusion& c) {
  fields.record("ReproduceConclusion", "What the measurements of a run say.");
  fields("outcome", c.outcome, "in a word");
  fields("clear", c.clear, "more requests would hardly change it");
  fields("by_heap", c.by_heap, "from live objects; else from memory of the process alone");
  const GrowthTrend& growth = growth_of(c);
  fields("growth_bytes_per_1000_requests", scaled(growth.per_request, 1000),
         "what is kept, by the measure that the outcome rests on");
  fields("least_leak_bytes_per_1000_requests", growth.least_seen() * 1000,
         "a leak this large would have shown");
  const auto trend = [&](const GrowthTrend& one) {
    return one.points >= 2 ? std::optional(one) : std::nullopt;
  };
  fields("heap", trend(c.heap), "live objects; null: no heaps");
  fields("heap_without_program", trend(c.data),
         "of them the app's own: no classes, compiled code, nor the runtime's; null: no heaps");
  fields("memory", trend(c.resident), "of the whole app");
  fields("outside_heap", trend(c.outside), "of the process, without its heap");
  fields("threads", ThreadGrowth{c.threads}, "of the process");
  fields("level_bytes", c.level, "of the app at rest, at the end");
  fields("peak_bytes", c.peak, "the most that was seen");
  fields("workers", c.workers, "processes that shared the work");
  fields("bytes_per_worker", c.per_worker, "of the app's memory, for each");
}

static void describe(Fields& fields, const MeasuredPoint& point) {
  fields.record("MeasuredPoint", "A measurement, the app at rest.");
  const auto of_heap = [&](auto value) { return point.heap ? std::optional(value) : std::nullopt; };
  fields("measured_at", format_precise_time(point.time), "when");
  fields("requests", point.requests, "answered until then");
  fields("memory_bytes", point.resident, "of the whole app");
  fields("process_bytes", point.worker_resident, "of the process whose heap is taken");
  fields("v8_pages_bytes",
         point.engine_pages > 0 ? std::optional(point.engine_pages) : std::nullopt,
         "Node.js: of that, V8's heap with what is free in it");
  fields("threads", point.threads, "of that process");
  fields("live_bytes", point.heap, "live objects; null: no heap was taken");
  fields("live_objects", of_heap(point.objects), "how many");
  fields("program_bytes", of_heap(point.program),
         "of the live bytes: classes, compiled code, the runtime's own");
  fields("dump", point.dump.empty() ? std::nullopt : std::optional(point.dump),
         "the heap's file in the folder; null: none, or not kept");
}

static void describe(Fields& fields, const CurveVerdict& curve) {
  fields.record("CurveVerdict", "What verdict says of all samples, a second read as a minute.");
  fields("verdict", curve.kind, "what the samples show");
  fields("leak_odds", curve.leak_odds, "that it leaks");
}

static void describe(Fields& fields, const NewThreads& threads) {
  fields.record("NewThreads", "Threads that came during the run.");
  fields("name", threads.name, "that most of them have");
  fields("count", threads.count, "how many have it");
}

static void describe_run(Fields& fields, const MeasuredRun& run) {
  fields("program", run.program.empty() ? std::nullopt : std::optional(run.program),
         "Ruby 3.1.2; null: neither Ruby nor Node.js");
  fields("title", run.title, "of the process");
  fields("port", run.port, "that it listens on");
  fields("traced", run.traced, "allocations were traced: memory and pace are not its own");
  fields("interrupted", run.interrupted, "concluded from what there was");
  fields("ended", run.ended, "how the app ended by itself; null: it did not");
  fields("warmup_requests", run.warmup_requests, "before the first measurement");
  fields("conclusion", run.conclusion, "what the measurements say");
  fields("load", run.load, "what was sent");
  fields("points", run.points, "the measurements, after the warm-up");
  fields("curve", run.curve, "null: too short for one");
  fields("suspects", run.suspects ? std::optional(run.suspects->suspects) : std::nullopt,
         "places that hold more at each dump, most suspicious first; null: fewer than two dumps");
  fields("first_suspect_members_per_request", run.first_suspect_members_per_request,
         "how many it gains; null: it is not known");
  fields("new_threads", run.new_threads, "null: there are none");
  fields("native_modules", run.native_modules, "loaded by the process, beside the runtime's own");
  fields("notes", run.notes, "what did not go as planned, in sentences");
}

static void describe(Fields& fields, const MeasuredRun& run) {
  fields.record("MeasuredRun", "A run of the app under load.");
  describe_run(fields, run);
}

static void describe(Fields& fields, const WorkersThatFit& fit) {
  fields.record("WorkersInMemory", "How many workers of the measured size fit in some memory.");
  fields("memory_bytes", fit.memory_bytes, "that there is");
  fields("workers", fit.workers, "that fit, with a twentieth to spare");
}

static void describe(Fields& fields, const GrowthComparison::Before& before) {
  fields.record("EarlierRun", "What an earlier run found.");
  fields("file", before.file, "its report.json");
  fields("outcome", before.outcome, "in a word");
  fields("growth_bytes_per_1000_requests", before.growth, "what was kept");
  fields("level_bytes", before.level, "of the app at rest, at the end");
  fields("peak_bytes", before.peak, "the most that was seen");
  fields("answered_per_second", before.requests_per_second, "requests answered in a second");
  fields("p99_seconds", before.p99_seconds, "99 of 100 answers took so long at most");
}

static void describe(Fields& fields, const GrowthComparison& comparison) {
  fields.record("GrowthComparison", "The growth beside what may be.");
  fields("before", comparison.before, "the earlier run; null: a limit alone was asked for");
  fields("limit_bytes_per_1000_requests", comparison.limit, "that may be kept");
  fields("exceeded", comparison.exceeded, "the whole interval of the growth lies above");
}

void describe(Fields& fields, const ReproduceAnswer& answer) {
  fields.document("reproduce", 2, "Whether an app leaks under load, and who holds what it keeps.",
                  answer.notices);
  fields("command", answer.command, "that started the app; none: it ran already");
  fields("folder", answer.folder, "where the run left its files");
  fields("files", answer.files, "in the folder: dumps and reports");
  describe_run(fields, answer.run);
  fields("traced_run", answer.traced_run,
         "Ruby: a second run with allocation tracing, for the lines of code");
  fields("quota_bytes", answer.quota, "memory that there is; null: not known");
  fields("fits", answer.fits, "workers in the quota, or in sizes that platforms sell");
  fields("comparison", answer.comparison, "null: nothing to compare with was asked for");
}

void describe(Fields& fields, const RunSample& sample) {
  fields.record("RunSample", "Memory while the app ran.");
  fields("time", sample.time, "seconds since 1970");
  fields("bytes", sample.bytes, "of the whole app");
  fields("requests", sample.requests, "since the sample before");
  fields("workers", sample.workers, "processes");
}

}  // namespace tidemark
